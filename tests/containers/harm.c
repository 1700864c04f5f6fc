/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a container may try against those who serve it; static, as act.c.
 *
 *	harm filter		puts filters of its own over the one that it has, and says what msgget
 *				comes to under each
 *	harm trace		children that wait in calls, whose tracer it is: stops them there, changes
 *				the call, its arguments and its answer, kills them, until it is killed
 *	harm bomb N		N children at a time, all in calls that wait, and all killed, and again
 *	harm flood		objects of every kind until there is no room, how many, some thousand
 *				times more, and waits
 *
 * All but the first say "ready" when it has begun.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <stddef.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/user.h>

#include "../e2e/e2e.h"

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

/* ---- filter ---- */

static long put_filter(uint32_t verdict, unsigned int flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_msgget, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, verdict),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = 4, .filter = code};

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

static void under(const char *name, uint32_t verdict, unsigned int flags)
{
	fflush(stdout);
	if (MUST(fork()) == 0) {
		if (put_filter(verdict, flags) < 0)
			printf("%s=not:%s ", name, strerrorname_np(errno));
		else
			printf("%s=%s ", name,
			       msgget(IPC_PRIVATE, 0600) < 0 ? strerrorname_np(errno) : "ok");
		fflush(stdout);
		_exit(0);
	}
	MUST(wait(NULL));
}

static int filter(void)
{
	under("allow", SECCOMP_RET_ALLOW, 0);
	under("errno", SECCOMP_RET_ERRNO | EDOM, 0);
	under("listener", SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	under("nobody", SECCOMP_RET_USER_NOTIF, 0);
	under("trace", SECCOMP_RET_TRACE, 0);
	printf("afterwards=%s\n", msgget(IPC_PRIVATE, 0600) < 0 ? strerrorname_np(errno) : "ok");
	return 0;
}

/* ---- children in calls that wait ---- */

static int queue, set;
static mqd_t mqd;

static void make_objects(void)
{
	struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 8};

	queue = (int)MUST(msgget(IPC_PRIVATE, 0600));
	set = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
	mqd = (mqd_t)MUST(mq_open("/harm", O_RDWR | O_CREAT, 0600, &attr));
}

static pid_t waiting(unsigned int kind)
{
	struct timespec until = {.tv_sec = INT32_MAX}, rel = {.tv_sec = 1000};
	struct sembuf down = {.sem_op = -1, .sem_flg = SEM_UNDO};
	char buf[64];
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		switch (kind % 4) {
		case 0:
			(void)syscall(SYS_msgrcv, queue, buf, 16, 7, 0);
			break;
		case 1:
			(void)syscall(SYS_semop, set, &down, 1);
			break;
		case 2:
			(void)syscall(SYS_semtimedop, set, &down, 1, &rel);
			break;
		default:
			(void)syscall(SYS_mq_timedreceive, mqd, buf, 8, NULL, &until);
		}
	}
}

/* ---- trace ---- */

static void mangle(pid_t pid, uint64_t *random)
{
	static const long calls[] = {SYS_msgrcv,	SYS_msgsnd, SYS_semop,
				     SYS_msgget,	SYS_shmctl, SYS_mq_timedreceive,
				     SYS_mq_getsetattr, SYS_getpid};
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, 0, &regs) < 0)
		return;
	switch (e2e_random(random) % 7) {
	case 0: /* no restart, whatever it is told */
		regs.orig_rax = (unsigned long)-1;
		regs.rax = 0;
		break;
	case 1: /* made anew as another call */
		regs.orig_rax = (unsigned long)-1;
		regs.rax = (unsigned long)calls[e2e_random(random) % 8];
		regs.rip -= 2;
		break;
	case 2: /* with other arguments */
		regs.rdi = e2e_random(random) % 8;
		break;
	case 3:
		regs.rsi = e2e_random(random);
		break;
	case 4:
		regs.rax = (unsigned long)-(long)(512 + e2e_random(random) % 5);
		break;
	default:
		return;
	}
	(void)ptrace(PTRACE_SETREGS, pid, 0, &regs);
}

#define TRACED 8

static _Noreturn void trace(void)
{
	uint64_t random = (uint64_t)e2e_ns() | 1;
	pid_t child[TRACED] = {0};
	unsigned long rounds = 0;

	make_objects();
	for (;; rounds++) {
		unsigned int i = (unsigned int)(e2e_random(&random) % TRACED);
		int status;

		if (rounds == 50)
			ready();
		if (!child[i]) {
			child[i] = waiting(i);
			CHECK(child[i] > 0);
			MUST(ptrace(PTRACE_SEIZE, child[i], 0,
				    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
		}
		e2e_usleep((long)(e2e_random(&random) % 2000));
		(void)ptrace(PTRACE_INTERRUPT, child[i], 0, 0);
		if (waitpid(child[i], &status, __WALL) < 0 || !WIFSTOPPED(status)) {
			child[i] = 0;
			continue;
		}
		mangle(child[i], &random);
		if (e2e_random(&random) % 20 == 0) {
			kill(child[i], SIGKILL);
			(void)waitpid(child[i], &status, __WALL);
			child[i] = 0;
			continue;
		}
		/* To the next call in or out, which is then a stop that waits for us. */
		(void)ptrace(rounds % 2 ? PTRACE_CONT : PTRACE_SYSCALL, child[i], 0, 0);
	}
}

/* ---- bomb ---- */

static _Noreturn void bomb(unsigned int n)
{
	pid_t *child = calloc(n, sizeof(*child));

	CHECK(child);
	make_objects();
	for (unsigned long rounds = 0;; rounds++) {
		for (unsigned int i = 0; i < n; i++)
			child[i] = waiting(i);
		e2e_usleep(20000);
		for (unsigned int i = 0; i < n; i++) {
			if (child[i] > 0)
				kill(child[i], SIGKILL);
		}
		while (wait(NULL) > 0)
			;
		if (rounds == 1)
			ready();
	}
}

/* ---- flood ---- */

static _Noreturn void flood(void)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 8};
	unsigned long queues = 0, sets = 0, segments = 0, mqueues = 0;
	char name[32];
	mqd_t d;

	while (queues < 1000000 && msgget(IPC_PRIVATE, 0600) >= 0)
		queues++;
	printf("msg=%lu %s ", queues, strerrorname_np(errno));
	while (sets < 1000000 && semget(IPC_PRIVATE, 1, 0600) >= 0)
		sets++;
	printf("sem=%lu %s ", sets, strerrorname_np(errno));
	while (segments < 1000000 && shmget(IPC_PRIVATE, 4096, 0600) >= 0)
		segments++;
	printf("shm=%lu %s ", segments, strerrorname_np(errno));
	for (;; mqueues++) {
		snprintf(name, sizeof(name), "/flood.%lu", mqueues);
		d = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
		if (d < 0)
			break;
		(void)close(d);
	}
	printf("mq=%lu %s\n", mqueues, strerrorname_np(errno));
	/* And again: nothing changes but that somebody is asked. */
	for (int i = 0; i < 2000; i++) {
		(void)msgget(IPC_PRIVATE, 0600);
		(void)semget(IPC_PRIVATE, 1, 0600);
		(void)shmget(IPC_PRIVATE, 4096, 0600);
		(void)mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	}
	ready();
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "filter") == 0)
		return filter();
	if (strcmp(what, "trace") == 0)
		trace();
	if (strcmp(what, "bomb") == 0 && argc == 3)
		bomb((unsigned int)atoi(argv[2]));
	if (strcmp(what, "flood") == 0)
		flood();
	return 2;
}
