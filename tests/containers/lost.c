/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lost CALLS INTERVAL_US [restart]
 *
 * How many answers get lost under signals: makes that many calls of msgsnd, and then of msgrcv, while an
 * interval timer's signal, with a handler that does nothing (SA_RESTART if "restart"), comes every so many
 * microseconds. Looks after each call, without signals, what became of it:
 *
 *	twice	msgsnd sent its message more than once
 *	eintr	msgsnd failed with EINTR, but had sent it
 *	gone	msgrcv failed, or gave another message, and the one that it should have given is in no queue
 *
 * Says these numbers and how many signals came. Static, for containers.
 */
#include <signal.h>
#include <sys/msg.h>
#include <sys/time.h>

#include "../e2e/e2e.h"

static volatile sig_atomic_t signals;
static sigset_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	signals = signals + 1;
}

struct message {
	long type;
	unsigned long number;
};

static int queue;

/* Natively never more than one. With the signals blocked. */
static unsigned drain(unsigned long *last)
{
	struct message m;
	unsigned n = 0;

	while (msgrcv(queue, &m, sizeof(m.number), 0, IPC_NOWAIT) >= 0) {
		*last = m.number;
		n++;
	}
	CHECK(errno == ENOMSG);
	return n;
}

static void quietly(bool quiet)
{
	MUST(sigprocmask(quiet ? SIG_BLOCK : SIG_UNBLOCK, &alarms, NULL));
}

int main(int argc, char **argv)
{
	unsigned long calls, twice = 0, eintr = 0, gone = 0, last = 0;
	struct itimerval every = {0};
	struct sigaction act = {.sa_handler = on_alarm};

	if (argc < 3)
		return 2;
	calls = strtoul(argv[1], NULL, 10);
	every.it_interval.tv_usec = every.it_value.tv_usec = atoi(argv[2]);
	act.sa_flags = argc > 3 ? SA_RESTART : 0;
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	quietly(true);
	queue = (int)MUST(msgget(IPC_PRIVATE, 0600));
	MUST(sigaction(SIGALRM, &act, NULL));
	MUST(setitimer(ITIMER_REAL, &every, NULL));

	for (unsigned long i = 1; i <= calls; i++) {
		struct message m = {.type = 1, .number = i};

		quietly(false);
		int r = msgsnd(queue, &m, sizeof(m.number), IPC_NOWAIT);
		int error = errno;

		quietly(true);
		unsigned n = drain(&last);

		CHECK(r == 0 || error == EINTR);
		twice += n > 1;
		eintr += r < 0 && n > 0;
		CHECK(n > 0 || r < 0);
	}
	for (unsigned long i = 1; i <= calls; i++) {
		struct message m = {.type = 1, .number = i}, got = {0};

		MUST(msgsnd(queue, &m, sizeof(m.number), IPC_NOWAIT));
		quietly(false);
		ssize_t r = msgrcv(queue, &got, sizeof(got.number), 0, IPC_NOWAIT);

		quietly(true);
		unsigned n = drain(&last);

		gone += n == 0 && (r < 0 || got.number != i);
	}
	printf("calls=%lu signals=%d twice=%lu eintr=%lu gone=%lu\n", calls, (int)signals, twice,
	       eintr, gone);
	return 0;
}
