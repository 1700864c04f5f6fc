/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The program in the tests' containers, static, since there is nothing else in them but busybox.
 *
 *	act make KEY TEXT	a message queue with a message TEXT, a semaphore of value 7, a segment with
 *				TEXT, all of KEY, and a POSIX queue /KEY with TEXT
 *	act look KEY		what of that is there
 *	act hold KEY TEXT	make, say "ready", and wait for a signal
 *	act park KEY		wait for a message of type 5 in the queue of KEY, and say what came of it
 *	act wake KEY TEXT	send that
 *	act meet KEY		attach a segment of KEY, made if need be, say "ready", and wait until somebody has put a
 *				text there; say that and how many are attached, put "thanks" in its place, and detach
 *	act put KEY TEXT	put that there, and say what is there then
 *	act view		which file systems are seen, whether any of the views can be written
 *	act block PATH		mount a file system there that never answers, say "ready", and wait for a signal
 *
 * Each outcome is one word after a name: "msg=TEXT" or "msg=ENOENT".
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/vfs.h>
#include <unistd.h>

#define TEXT_MAX 64

struct text {
	long type;
	char text[TEXT_MAX];
};

static const char *outcome(int r, const char *good)
{
	return r < 0 ? strerrorname_np(errno) : good;
}

static void name_of(char out[16], key_t key)
{
	snprintf(out, 16, "/%d", key);
}

static void make(key_t key, const char *text)
{
	struct text m = {.type = 1};
	char name[16];
	int q = msgget(key, IPC_CREAT | IPC_EXCL | 0600), r = q;

	snprintf(m.text, sizeof(m.text), "%s", text);
	if (q >= 0)
		r = msgsnd(q, &m, sizeof(m.text), IPC_NOWAIT);
	printf("msg=%s", outcome(r, text));
	r = semget(key, 1, IPC_CREAT | IPC_EXCL | 0600);
	if (r >= 0)
		r = semctl(r, 0, SETVAL, 7);
	printf(" sem=%s", outcome(r, "7"));
	r = shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600);
	if (r >= 0) {
		char *at = shmat(r, NULL, 0);

		if (at == (void *)-1) {
			r = -1;
		} else {
			strcpy(at, m.text);
			(void)shmdt(at);
		}
	}
	printf(" shm=%s", outcome(r, text));
	name_of(name, key);
	mqd_t d = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL);

	r = d;
	if (d >= 0)
		r = mq_send(d, text, strlen(text) + 1, 0);
	printf(" mq=%s\n", outcome(r, text));
	fflush(stdout);
}

static void look(key_t key)
{
	char name[16], number[16];
	struct msqid_ds ds;
	int q = msgget(key, 0), r;

	r = q < 0 ? q : msgctl(q, IPC_STAT, &ds);
	snprintf(number, sizeof(number), "%lu", r < 0 ? 0 : ds.msg_qnum);
	printf("msg=%s", outcome(r, number));
	r = semget(key, 0, 0);
	if (r >= 0)
		r = semctl(r, 0, GETVAL);
	snprintf(number, sizeof(number), "%d", r);
	printf(" sem=%s", outcome(r, number));
	r = shmget(key, 0, 0);
	const char *at = r < 0 ? (void *)-1 : shmat(r, NULL, 0);

	printf(" shm=%s", outcome(at == (void *)-1 ? -1 : 0, at));
	name_of(name, key);
	mqd_t d = mq_open(name, O_RDONLY);
	struct mq_attr attr = {0};

	r = d < 0 ? -1 : mq_getattr(d, &attr);
	snprintf(number, sizeof(number), "%ld", attr.mq_curmsgs);
	printf(" mq=%s\n", outcome(r, number));
}

static void park(key_t key)
{
	struct text m;
	int q = msgget(key, 0);

	printf("parked=%s\n",
	       outcome(q < 0 ? -1 : (int)msgrcv(q, &m, sizeof(m.text), 5, 0), m.text));
}

static void wake(key_t key, const char *text)
{
	struct text m = {.type = 5};
	int q = msgget(key, 0);

	snprintf(m.text, sizeof(m.text), "%s", text);
	printf("sent=%s\n", outcome(q < 0 ? -1 : msgsnd(q, &m, sizeof(m.text), 0), text));
}

/* Both have it attached at the same time. */
static char *attach(key_t key, int flags)
{
	int id = shmget(key, 4096, flags | 0600);
	char *at = id < 0 ? (void *)-1 : shmat(id, NULL, 0);

	if (at == (void *)-1) {
		printf("shm=%s\n", strerrorname_np(errno));
		exit(1);
	}
	return at;
}

/* Until somebody has said something else than @text. */
static void await_other(const volatile char *at, const char *text)
{
	for (int i = 0; i < 1000 && (!at[0] || strcmp((const char *)at, text) == 0); i++)
		usleep(10000);
}

static void meet(key_t key)
{
	char *at = attach(key, IPC_CREAT);
	struct shmid_ds ds = {0};

	puts("ready");
	fflush(stdout);
	await_other(at, "");
	(void)shmctl(shmget(key, 0, 0), IPC_STAT, &ds);
	printf("got=%s attached=%lu\n", at, (unsigned long)ds.shm_nattch);
	fflush(stdout);
	strcpy(at, "thanks");
	printf("detached=%s\n", outcome(shmdt(at), "ok"));
}

static void put(key_t key, const char *text)
{
	char *at = attach(key, 0);

	strcpy(at, text);
	await_other(at, text);
	printf("answer=%s\n", at);
}

static void view(void)
{
	static const char *const paths[] = {
		"/dev/mqueue",	     "/proc/sysvipc/msg",	"/proc/sysvipc/sem",
		"/proc/sysvipc/shm", "/proc/sys/kernel/msgmni", "/proc/sys/fs/mqueue/queues_max"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct statfs fs;
		int r = statfs(paths[i], &fs);

		printf("%s=%s%s ", strrchr(paths[i], '/') + 1,
		       r < 0			 ? strerrorname_np(errno)
		       : fs.f_type == 0x65735546 ? "fuse"
		       : fs.f_type == 0x19800202 ? "mqueue"
		       : fs.f_type == 0x9fa0	 ? "proc"
						 : "other",
		       r == 0 && fs.f_flags & 1 ? ",ro" : "");
	}
	putchar('\n');
}

/* One that nobody serves: not even its first request is answered. */
static int block(const char *path)
{
	char options[64];
	int fd = open("/dev/fuse", O_RDWR);

	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (fd >= 0 && mount("block", path, "fuse", 0, options) == 0)
		return 0;
	perror("block");
	return 1;
}

static void hold(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	puts("ready");
	fflush(stdout);
	(void)sigwait(&set, &sig);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const key_t key = argc > 2 ? atoi(argv[2]) : 0;
	const char *text = argc > 3 ? argv[3] : "";

	if (strcmp(what, "make") == 0 || strcmp(what, "hold") == 0)
		make(key, text);
	else if (strcmp(what, "look") == 0)
		look(key);
	else if (strcmp(what, "park") == 0)
		park(key);
	else if (strcmp(what, "wake") == 0)
		wake(key, text);
	else if (strcmp(what, "meet") == 0)
		meet(key);
	else if (strcmp(what, "put") == 0)
		put(key, text);
	else if (strcmp(what, "view") == 0)
		view();
	else if (strcmp(what, "block") != 0)
		return 2;
	else if (argc < 3 || block(argv[2]))
		return 1;
	if (strcmp(what, "hold") == 0 || strcmp(what, "block") == 0)
		hold();
	return 0;
}
