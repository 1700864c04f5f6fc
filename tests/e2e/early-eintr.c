/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * early-eintr SECONDS HERTZ
 *
 * How often does a signal, whose handler has no SA_RESTART, interrupt a call that never waits? It
 * makes such calls (a semaphore up, then down) without a pause while a timer sends signals, and
 * prints "calls N signals N eintr N". A call that says EINTR must have done nothing: the semaphore
 * tells. With SA_RESTART none may say it, which is tried for a fourth of the time first.
 */
#include <sys/ipc.h>
#include <sys/sem.h>

#include "e2e.h"

static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	(void)sig;
	signals++;
}

static void arm(timer_t timer, long hertz)
{
	struct itimerspec every = {0};

	if (hertz) {
		every.it_interval.tv_nsec = 1000000000 / hertz;
		every.it_value = every.it_interval;
	}
	MUST(timer_settime(timer, 0, &every, NULL));
}

/* Return: how many calls said EINTR. */
static long calls_for(int id, int64_t ns, long *calls)
{
	struct sembuf op = {.sem_op = 1};
	const int64_t end = e2e_ns() + ns;
	int expected = 0;
	long interrupted = 0;

	while (semctl(id, 0, SETVAL, 0) == -1 && errno == EINTR)
		;
	for (*calls = 0; e2e_ns() < end; ++*calls) {
		if (semop(id, &op, 1) == 0) {
			expected += op.sem_op;
			op.sem_op = (short)-op.sem_op;
		} else if (errno == EINTR) {
			interrupted++;
		} else {
			e2e_fail("semop");
		}
	}
	int value;

	while ((value = semctl(id, 0, GETVAL)) == -1 && errno == EINTR)
		;
	if (value != expected)
		e2e_fail("the semaphore is %d, not %d", value, expected);
	return interrupted;
}

int main(int argc, char **argv)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	long calls, interrupted;
	timer_t timer;

	if (argc != 3)
		return 2;
	const int64_t ns = strtol(argv[1], NULL, 10) * 1000000000LL;
	const long hertz = strtol(argv[2], NULL, 10);
	const int id = (int)MUST(semget(IPC_PRIVATE, 1, 0600));

	MUST(timer_create(CLOCK_MONOTONIC, &ev, &timer));
	MUST(sigaction(SIGALRM, &sa, NULL));
	arm(timer, hertz);
	interrupted = calls_for(id, ns / 4, &calls);
	CHECK(interrupted == 0 && signals > 0);

	sa.sa_flags = 0;
	MUST(sigaction(SIGALRM, &sa, NULL));
	signals = 0;
	interrupted = calls_for(id, ns, &calls);
	arm(timer, 0);
	MUST(semctl(id, 0, IPC_RMID));
	printf("calls %ld signals %ld eintr %ld\n", calls, (long)signals, interrupted);
	return 0;
}
