/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * storm [--restart] [--count N] [--seconds S]
 *
 * A sender and a receiver pass numbered messages, three of four over a System V queue and the fourth
 * over a POSIX one, while an interval timer interrupts each of them every 100 us and a third process
 * sends another signal every millisecond. Both signals are handled. An interrupted call did nothing
 * and is made again; so the receiver must see every number once and in order, and both queues must
 * be empty at the end.
 *
 * After S seconds the sender stops early; how many were passed is printed.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/time.h>

#include "e2e.h"

#define PERIOD_US 100
#define QUEUE "/e2e-storm"
#define LAST UINT64_MAX

struct message {
	long type;
	struct body {
		uint64_t number;
		uint64_t inverse; /* ~number: a message torn or mixed shows */
		char fill[48];
	} body;
};

/* Each process writes only its own part. */
struct side {
	uint64_t done;
	uint64_t interrupted_msg, interrupted_mq;
	uint64_t signals;
};

static struct side *sender, *receiver, *self;
static int flags, msqid;
static mqd_t mqd;
static uint64_t count = 100000;
static int seconds = 60;

static void on_signal(int sig)
{
	(void)sig;
	self->signals++;
}

static void storm_begins(struct side *side)
{
	struct itimerval timer = {{0, PERIOD_US}, {0, PERIOD_US}};

	self = side;
	/* The parent may be killed by a limit; nobody shall stay parked then. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	MUST(setitimer(ITIMER_REAL, &timer, NULL));
}

static bool over_mq(uint64_t n)
{
	return n % 4 == 3;
}

static void send_msg(uint64_t number)
{
	struct message m = {.type = 1, .body = {.number = number, .inverse = ~number}};

	while (msgsnd(msqid, &m, sizeof(m.body), 0) < 0) {
		if (errno != EINTR)
			e2e_fail("msgsnd of number %lu", (unsigned long)number);
		self->interrupted_msg++;
	}
}

static void send_mq(uint64_t number)
{
	struct body b = {.number = number, .inverse = ~number};

	while (mq_send(mqd, (char *)&b, sizeof(b), 0) < 0) {
		if (errno != EINTR)
			e2e_fail("mq_send of number %lu", (unsigned long)number);
		self->interrupted_mq++;
	}
}

static void be_sender(void)
{
	int64_t end = e2e_ns() + seconds * 1000000000LL;

	storm_begins(sender);
	for (uint64_t n = 0; n < count; n++) {
		if (n % 256 == 0 && e2e_ns() > end)
			break;
		if (over_mq(n))
			send_mq(n);
		else
			send_msg(n);
		sender->done++;
	}
	send_msg(LAST);
	send_mq(LAST);
}

static struct body receive_msg(void)
{
	struct message m;
	ssize_t n;

	while ((n = msgrcv(msqid, &m, sizeof(m.body), 0, 0)) < 0) {
		if (errno != EINTR)
			e2e_fail("msgrcv");
		self->interrupted_msg++;
	}
	CHECK(n == sizeof(m.body));
	CHECK(m.type == 1);
	return m.body;
}

static struct body receive_mq(void)
{
	struct body b;
	ssize_t n;

	while ((n = mq_receive(mqd, (char *)&b, sizeof(b), NULL)) < 0) {
		if (errno != EINTR)
			e2e_fail("mq_receive");
		self->interrupted_mq++;
	}
	CHECK(n == sizeof(b));
	return b;
}

static void be_receiver(void)
{
	storm_begins(receiver);
	for (uint64_t n = 0;; n++) {
		struct body b = over_mq(n) ? receive_mq() : receive_msg();

		CHECK(b.inverse == ~b.number);
		if (b.number == LAST) {
			/* The other queue's end comes after all that was sent there. */
			b = over_mq(n) ? receive_msg() : receive_mq();
			if (b.number != LAST)
				e2e_fail("number %lu after the end", (unsigned long)b.number);
			return;
		}
		if (b.number != n)
			e2e_fail("number %lu instead of %lu", (unsigned long)b.number,
				 (unsigned long)n);
		receiver->done++;
	}
}

static pid_t start(void (*fn)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		fn();
		_exit(0);
	}
	return (pid_t)MUST(pid);
}

/* Signals from another process, until the receiver has ended; a hang is a failure. */
static void make_storm(pid_t out, pid_t in)
{
	int64_t end = e2e_ns() + (seconds + 60) * 1000000000LL;
	int status;

	while (waitpid(in, &status, WNOHANG) == 0) {
		if (e2e_ns() > end) {
			kill(out, SIGKILL);
			kill(in, SIGKILL);
			e2e_fail("stuck: %lu sent, %lu received", (unsigned long)sender->done,
				 (unsigned long)receiver->done);
		}
		kill(out, SIGUSR1);
		kill(in, SIGUSR1);
		e2e_usleep(1000);
	}
	if (status != 0) {
		kill(out, SIGKILL);
		e2e_fail("the receiver ended with wait status %#x", status);
	}
	MUST(waitpid(out, &status, 0));
	if (status != 0)
		e2e_fail("the sender ended with wait status %#x", status);
}

static void options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--restart") == 0)
			flags = SA_RESTART;
		else if (strcmp(argv[i], "--count") == 0 && i + 1 < argc)
			count = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
			seconds = atoi(argv[++i]);
		else
			exit(2);
	}
}

int main(int argc, char **argv)
{
	struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = sizeof(struct body)};
	struct msqid_ds ds;
	struct side *sides = e2e_shared(2 * 4096);
	struct sigaction sa = {.sa_handler = on_signal};
	int64_t began = e2e_ns();

	options(argc, argv);
	/* Before there is anybody to be signalled. */
	sa.sa_flags = flags;
	sigaction(SIGALRM, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sender = self = sides;
	receiver = (void *)((char *)sides + 4096);
	msqid = (int)MUST(msgget(IPC_PRIVATE, 0600));
	mqd = (mqd_t)MUST(mq_open(QUEUE, O_RDWR | O_CREAT | O_EXCL, 0600, &attr));

	pid_t out = start(be_sender), in = start(be_receiver);

	make_storm(out, in);
	double took = (double)(e2e_ns() - began) / 1e9;

	printf("%s: %lu sent, %lu received in %.1f s; signals handled %lu and %lu (%.0f a second "
	       "each); EINTR from msgsnd %lu, msgrcv %lu, mq_send %lu, mq_receive %lu\n",
	       flags ? "SA_RESTART" : "no SA_RESTART", (unsigned long)sender->done,
	       (unsigned long)receiver->done, took, (unsigned long)sender->signals,
	       (unsigned long)receiver->signals,
	       (double)(sender->signals + receiver->signals) / 2 / took,
	       (unsigned long)sender->interrupted_msg, (unsigned long)receiver->interrupted_msg,
	       (unsigned long)sender->interrupted_mq, (unsigned long)receiver->interrupted_mq);
	fflush(stdout);

	CHECK(sender->done == receiver->done);
	CHECK(sender->done > 0);
	CHECK(msgctl(msqid, IPC_STAT, &ds) == 0 && ds.msg_qnum == 0 && ds.msg_cbytes == 0);
	CHECK(mq_getattr(mqd, &attr) == 0 && attr.mq_curmsgs == 0);
	/* A storm that did not blow proves nothing. */
	CHECK(sender->signals > 500 * took && receiver->signals > 500 * took);
	/* mq_overview(7), signal(7): these calls are restarted when the handler says so. */
	if (flags)
		CHECK(sender->interrupted_mq + receiver->interrupted_mq == 0);
	MUST(msgctl(msqid, IPC_RMID, NULL));
	MUST(mq_close(mqd));
	MUST(mq_unlink(QUEUE));
	return 0;
}
