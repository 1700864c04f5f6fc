/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dying HOW WHAT [ROUNDS]
 *
 * A child that only calls is ended at a random moment, ROUNDS times, often between the trap and the
 * reply; HOW is "kill" (SIGKILL) or "exec" (its main thread executes another program, which ends the
 * calling thread). WHAT is send, receive, mqsend, mqreceive or undo. After each round the books are
 * audited: every call that returned counted exactly once, and at most the one that was under way
 * may have happened besides.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>

#include "e2e.h"

#define PRELOADED 40

struct message {
	long type;
	uint64_t number;
};

struct shared {
	uint64_t done;	  /* calls that returned */
	uint64_t running; /* the child has begun */
};

static struct shared *shared;
static int msqid, semid;
static mqd_t mqd;
static struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = sizeof(uint64_t)};
static uint64_t seed = 0x9e3779b97f4a7c15ULL;
static bool by_exec;

/* What the child does until it is ended; each counts in shared->done after it returned. */

static void do_send(void)
{
	struct message m = {.type = 1};

	for (uint64_t n = 1;; n++) {
		m.number = n;
		/* Stops by itself before the queue is full: a parked sender is another test's. */
		if (n > 500 || msgsnd(msqid, &m, sizeof(m.number), 0) < 0)
			return;
		__atomic_store_n(&shared->done, n, __ATOMIC_SEQ_CST);
	}
}

static void do_receive(void)
{
	struct message m;

	for (uint64_t n = 1;; n++) {
		/* Parks when all are taken. */
		if (msgrcv(msqid, &m, sizeof(m.number), 0, 0) < 0 || m.number != n)
			return;
		__atomic_store_n(&shared->done, n, __ATOMIC_SEQ_CST);
	}
}

static void do_mqsend(void)
{
	for (uint64_t n = 1;; n++) {
		if (mq_send(mqd, (char *)&n, sizeof(n), 0) < 0)
			return;
		__atomic_store_n(&shared->done, n, __ATOMIC_SEQ_CST);
	}
}

static void do_mqreceive(void)
{
	for (uint64_t n = 1;; n++) {
		uint64_t number = 0;

		if (mq_receive(mqd, (char *)&number, sizeof(number), NULL) < 0 || number != n)
			return;
		__atomic_store_n(&shared->done, n, __ATOMIC_SEQ_CST);
	}
}

static void do_undo(void)
{
	struct sembuf up = {.sem_op = 1, .sem_flg = SEM_UNDO};

	for (uint64_t n = 1; semop(semid, &up, 1) == 0; n++)
		__atomic_store_n(&shared->done, n, __ATOMIC_SEQ_CST);
}

/* Before a round, and after it: the books. */

static void fill(bool over_mq, uint64_t n)
{
	struct message m = {.type = 1};

	for (m.number = 1; m.number <= n; m.number++) {
		if (over_mq)
			MUST(mq_send(mqd, (char *)&m.number, sizeof(m.number), 0));
		else
			MUST(msgsnd(msqid, &m, sizeof(m.number), IPC_NOWAIT));
	}
}

/* Takes one out; 0: the queue is empty. */
static uint64_t take(bool over_mq)
{
	static const struct timespec past;
	struct message m = {0};
	ssize_t n = over_mq ? mq_timedreceive(mqd, (char *)&m.number, sizeof(m.number), NULL, &past)
			    : msgrcv(msqid, &m, sizeof(m.number), 0, IPC_NOWAIT);

	if (n < 0) {
		CHECK(errno == ENOMSG || errno == ETIMEDOUT);
		return 0;
	}
	CHECK(n == sizeof(m.number) && m.number != 0);
	return m.number;
}

/* What was sent is 1, 2, 3, …: all that returned, at most one more. */
static void audit_sent(bool over_mq)
{
	uint64_t done = shared->done, n, expected = 1;

	while ((n = take(over_mq)) != 0) {
		if (n != expected)
			e2e_fail("%lu instead of %lu (of %lu sent)", (unsigned long)n,
				 (unsigned long)expected, (unsigned long)done);
		expected++;
	}
	if (expected - 1 != done && expected - 1 != done + 1)
		e2e_fail("%lu sends returned, %lu messages are there", (unsigned long)done,
			 (unsigned long)expected - 1);
}

/* What is left of 1 … preloaded follows what was received; at most one went with the receiver. */
static void audit_received(bool over_mq, uint64_t preloaded)
{
	uint64_t done = shared->done, n, expected = 0;

	while ((n = take(over_mq)) != 0) {
		if (expected == 0) {
			if (n != done + 1 && n != done + 2)
				e2e_fail("%lu receives returned, the next there is %lu",
					 (unsigned long)done, (unsigned long)n);
		} else if (n != expected) {
			e2e_fail("%lu instead of %lu", (unsigned long)n, (unsigned long)expected);
		}
		expected = n + 1;
	}
	if (expected == 0 && done != preloaded && done + 1 != preloaded)
		e2e_fail("%lu of %lu received, and none is left", (unsigned long)done,
			 (unsigned long)preloaded);
	if (expected != 0 && expected != preloaded + 1)
		e2e_fail("the last one left is %lu", (unsigned long)expected - 1);
}

static void *caller(void *what)
{
	((void (*)(void))what)();
	return NULL;
}

static void be_child(void (*what)(void))
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	__atomic_store_n(&shared->running, 1, __ATOMIC_SEQ_CST);
	if (!by_exec) {
		what();
		pause();
	}
	if (pthread_create(&thread, NULL, caller, (void *)what) != 0)
		_exit(3);
	e2e_usleep((long)(e2e_random(&seed) % 600));
	/* Ends the other thread wherever it is; the program only has to end well. */
	execl("/proc/self/exe", "dying", "--nothing", (char *)NULL);
	_exit(4);
}

static void round_of(void (*what)(void))
{
	int status;
	pid_t pid;

	shared->done = shared->running = 0;
	(void)e2e_random(&seed);
	pid = (pid_t)MUST(fork());
	if (pid == 0)
		be_child(what);
	if (!by_exec) {
		while (!__atomic_load_n(&shared->running, __ATOMIC_SEQ_CST))
			e2e_usleep(20);
		e2e_usleep((long)(e2e_random(&seed) % 400));
		kill(pid, SIGKILL);
	}
	MUST(waitpid(pid, &status, 0));
	CHECK(by_exec ? status == 0 : WIFSIGNALED(status));
}

static void audit_undo(void)
{
	/* semop(2): at termination; visible as soon as the parent may know of it. */
	int value = semctl(semid, 0, GETVAL);

	if (by_exec) {
		/* execve(2) keeps undo values; they went with the program that was executed. */
		CHECK(value == 0);
		return;
	}
	if (value != 0)
		e2e_fail("%d of %lu were not undone", value, (unsigned long)shared->done);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--nothing") == 0)
		return 0;
	if (argc < 3)
		return 2;

	const char *what = argv[2];
	long rounds = argc > 3 ? atol(argv[3]) : 1000;
	uint64_t total = 0;
	bool mq = strncmp(what, "mq", 2) == 0;

	by_exec = strcmp(argv[1], "exec") == 0;
	shared = e2e_shared(sizeof(*shared));
	msqid = (int)MUST(msgget(IPC_PRIVATE, 0600));
	semid = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
	mqd = (mqd_t)MUST(mq_open("/e2e-dying", O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
	for (long i = 0; i < rounds; i++) {
		uint64_t preloaded = mq ? (uint64_t)attr.mq_maxmsg : PRELOADED;

		if (strcmp(what, "send") == 0 || strcmp(what, "mqsend") == 0) {
			round_of(mq ? do_mqsend : do_send);
			audit_sent(mq);
		} else if (strcmp(what, "receive") == 0 || strcmp(what, "mqreceive") == 0) {
			fill(mq, preloaded);
			round_of(mq ? do_mqreceive : do_receive);
			audit_received(mq, preloaded);
		} else if (strcmp(what, "undo") == 0) {
			round_of(do_undo);
			audit_undo();
		} else {
			return 2;
		}
		total += shared->done;
	}
	/* Children that never got to a call would prove nothing. */
	CHECK(total > (uint64_t)rounds / 4);
	MUST(msgctl(msqid, IPC_RMID, NULL));
	MUST(semctl(semid, 0, IPC_RMID));
	MUST(mq_unlink("/e2e-dying"));
	printf("%s %s: %ld rounds, %lu calls returned\n", argv[1], what, rounds,
	       (unsigned long)total);
	return 0;
}
