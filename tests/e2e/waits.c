/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls of every kind that wait, each in a thread of one process, for tests that disturb them:
 * debuggers and freezers. What must be the same as natively is what they answer, that nothing is
 * lost or taken twice, and how often they are interrupted.
 *
 *	waits park KEY MS	makes the objects of KEY and waits, two of the calls for MS at most;
 *				at the end a line for each: NAME RESULT eintr=TIMES; "lost" and
 *				"late" if so
 *	waits await PID		until all threads of that process but the main one rest in such calls
 *	waits wake KEY		does what those without a timeout wait for
 *	waits both KEY MS	park, with a child that does the other two
 */
#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <sys/msg.h>
#include <sys/sem.h>

#include "e2e.h"

#define TYPE 5
#define LATE_MS 400

struct message {
	long type;
	uint64_t number;
};

enum kind { MSGRCV, MSGSND, SEMOP, SEM_LONG, MQ_RECEIVE, MQ_SEND, MQ_LONG, SEM_SHORT, MQ_SHORT };

#define KINDS 9
#define WOKEN SEM_SHORT /* as many are woken */

static const char *const names[KINDS] = {
	"msgrcv",	   "msgsnd",	       "semop",
	"semtimedop",	   "mq_receive",       "mq_send",
	"mq_timedreceive", "semtimedop short", "mq_timedreceive short",
};

struct waiter {
	enum kind kind;
	int object;
	long ms;
	unsigned int interrupted;
	const char *result, *wrong;
};

static bool is_mq(enum kind kind)
{
	return kind >= MQ_RECEIVE && kind != SEM_SHORT;
}

static void name_of(char out[32], key_t key, enum kind kind)
{
	snprintf(out, 32, "/waits.%d.%d", key, kind);
}

/* The object of one kind; what is to be full is filled up by one message of number 1. */
static int object(key_t key, enum kind kind, int flags)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = sizeof(uint64_t)};
	struct message m = {.type = TYPE, .number = 1};
	struct msqid_ds ds;
	char name[32];
	int id;

	if (is_mq(kind)) {
		name_of(name, key, kind);
		id = MUST(mq_open(name, O_RDWR | (flags ? O_CREAT | O_EXCL : 0), 0600, &attr));
		if (flags && kind == MQ_SEND)
			MUST(mq_send(id, (char *)&m.number, sizeof(m.number), 0));
		return id;
	}
	if (kind != MSGRCV && kind != MSGSND)
		return (int)MUST(semget(key + (int)kind, 1, flags));
	id = (int)MUST(msgget(key + (int)kind, flags));
	if (flags && kind == MSGSND) {
		MUST(msgctl(id, IPC_STAT, &ds));
		ds.msg_qbytes = sizeof(m.number);
		MUST(msgctl(id, IPC_SET, &ds));
		MUST(msgsnd(id, &m, sizeof(m.number), IPC_NOWAIT));
	}
	return id;
}

static long left_in(const struct waiter *w)
{
	struct msqid_ds ds;
	struct mq_attr attr;

	if (is_mq(w->kind)) {
		MUST(mq_getattr(w->object, &attr));
		return attr.mq_curmsgs;
	}
	if (w->kind != MSGRCV && w->kind != MSGSND)
		return MUST(semctl(w->object, 0, GETVAL));
	MUST(msgctl(w->object, IPC_STAT, &ds));
	return (long)ds.msg_qnum;
}

static void removed(const struct waiter *w, key_t key)
{
	char name[32];

	if (is_mq(w->kind)) {
		name_of(name, key, w->kind);
		MUST(mq_unlink(name));
	} else if (w->kind == MSGRCV || w->kind == MSGSND) {
		MUST(msgctl(w->object, IPC_RMID, NULL));
	} else {
		MUST(semctl(w->object, 0, IPC_RMID));
	}
}

static struct timespec in_ms(clockid_t clock, long ms)
{
	struct timespec t = {0};

	if (clock >= 0)
		clock_gettime(clock, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

/* One call. What is received must be the waker's number 2, or is said to be wrong. */
static long call(struct waiter *w, const struct timespec *until)
{
	struct message m = {.type = TYPE, .number = 2};
	struct sembuf down = {.sem_op = -1};
	struct timespec rel = in_ms(-1, w->ms);
	long r;

	switch (w->kind) {
	case MSGSND:
		return msgsnd(w->object, &m, sizeof(m.number), 0);
	case SEMOP:
		return semop(w->object, &down, 1);
	case SEM_LONG:
	case SEM_SHORT:
		return semtimedop(w->object, &down, 1, &rel);
	case MQ_SEND:
		return mq_send(w->object, (char *)&m.number, sizeof(m.number), 0);
	case MSGRCV:
		m.number = 0;
		r = msgrcv(w->object, &m, sizeof(m.number), TYPE, 0);
		break;
	default:
		m.number = 0;
		r = w->kind == MQ_RECEIVE
			    ? mq_receive(w->object, (char *)&m.number, sizeof(m.number), NULL)
			    : mq_timedreceive(w->object, (char *)&m.number, sizeof(m.number), NULL,
					      until);
	}
	if (r >= 0 && (r != sizeof(m.number) || m.number != 2))
		w->wrong = "another message";
	return r;
}

static void *waiting(void *arg)
{
	struct waiter *w = arg;
	struct timespec until = in_ms(CLOCK_REALTIME, w->ms);
	int64_t begun = e2e_ns();
	long r;

	while ((r = call(w, &until)) < 0 && errno == EINTR) {
		w->interrupted++;
		/* A moment in time stays, a time begins anew. */
		if (!is_mq(w->kind))
			begun = e2e_ns();
	}
	w->result = r < 0 ? strerrorname_np(errno) : "ok";
	if (w->kind >= WOKEN) {
		int64_t ms = (e2e_ns() - begun) / 1000000;

		/* The clocks are not read at the same time. */
		if (ms < w->ms - 5)
			w->wrong = "early";
		else if (ms > w->ms + LATE_MS)
			w->wrong = "late";
	}
	return NULL;
}

static int park(key_t key, long ms)
{
	struct waiter waiters[KINDS];
	pthread_t thread[KINDS];

	for (enum kind k = 0; k < KINDS; k++)
		waiters[k] = (struct waiter){.kind = k,
					     .object = object(key, k, IPC_CREAT | IPC_EXCL | 0600),
					     .ms = k < WOKEN ? 60000 : ms};
	for (enum kind k = 0; k < KINDS; k++)
		CHECK(pthread_create(&thread[k], NULL, waiting, &waiters[k]) == 0);
	puts("ready");
	fflush(stdout);
	for (enum kind k = 0; k < KINDS; k++)
		CHECK(pthread_join(thread[k], NULL) == 0);
	for (enum kind k = 0; k < KINDS; k++) {
		const struct waiter *w = &waiters[k];
		/* Who waited to send has sent, once. */
		bool lost = left_in(w) != (k == MSGSND || k == MQ_SEND);

		printf("%s %s eintr=%u%s%s%s\n", names[k], w->result, w->interrupted,
		       w->wrong ? " " : "", w->wrong ? w->wrong : "", lost ? " lost" : "");
		removed(w, key);
	}
	fflush(stdout);
	return 0;
}

static void wake(key_t key)
{
	struct message m = {.type = TYPE, .number = 2};
	struct sembuf up = {.sem_op = 1};

	for (enum kind k = 0; k < WOKEN; k++) {
		int id = object(key, k, 0);

		if (k == MSGRCV) {
			MUST(msgsnd(id, &m, sizeof(m.number), 0));
		} else if (k == MSGSND) {
			CHECK(msgrcv(id, &m, sizeof(m.number), 0, 0) == 8 && m.number == 1);
		} else if (k == MQ_SEND) {
			CHECK(mq_receive(id, (char *)&m.number, 8, NULL) == 8 && m.number == 1);
		} else if (is_mq(k)) {
			MUST(mq_send(id, (char *)&m.number, sizeof(m.number), 0));
		} else {
			MUST(semop(id, &up, 1));
		}
		m.number = 2;
	}
}

/* Asleep, and neither stopped nor at a tracer's hand, in a call of those. */
static bool rests(pid_t tid)
{
	static const long calls[] = {SYS_msgrcv,     SYS_msgsnd,       SYS_semop,
				     SYS_semtimedop, SYS_mq_timedsend, SYS_mq_timedreceive};
	char path[64], text[300] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	size_t n = fread(text, 1, sizeof(text) - 1, f);

	fclose(f);
	text[n] = 0;

	const char *state = strrchr(text, ')');

	if (!state || (state[2] != 'S' && state[2] != 'D'))
		return false;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (e2e_in_call(tid, calls[i]))
			return true;
	}
	return false;
}

static int await(pid_t pid)
{
	int64_t end = e2e_ns() + 20000000000LL;
	char task[64];

	snprintf(task, sizeof(task), "/proc/%d/task", pid);
	while (e2e_ns() < end) {
		DIR *dir = opendir(task);
		unsigned int all = 0, resting = 0;

		if (!dir)
			e2e_fail("%d is gone", pid);
		for (const struct dirent *d; (d = readdir(dir));) {
			if (d->d_name[0] == '.')
				continue;
			all++;
			resting += rests((pid_t)strtol(d->d_name, NULL, 10));
		}
		closedir(dir);
		/* All but the main thread, and those whose time is over. */
		if (resting >= WOKEN && resting + 1 == all)
			return 0;
		e2e_usleep(2000);
	}
	e2e_fail("%d: not all of its threads wait", pid);
}

/* The parent's calls with a timeout may be over by then: it is only made sure that the others wait. */
static void wake_parent(key_t key)
{
	e2e_usleep(100000);
	(void)await(getppid());
	wake(key);
	_exit(0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long number = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	long ms = argc > 3 ? strtol(argv[3], NULL, 10) : 0;

	if (strcmp(what, "await") == 0 && argc == 3)
		return await((pid_t)number);
	if (strcmp(what, "wake") == 0 && argc == 3) {
		wake((key_t)number);
		return 0;
	}
	if (strcmp(what, "both") == 0 && argc == 4) {
		int status;
		/* Before there are threads. */
		pid_t child = (pid_t)MUST(fork());

		if (child == 0)
			wake_parent((key_t)number);
		(void)park((key_t)number, ms);
		MUST(waitpid(child, &status, 0));
		return status != 0;
	}
	if (strcmp(what, "park") == 0 && argc == 4)
		return park((key_t)number, ms);
	return 2;
}
