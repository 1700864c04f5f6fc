/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes and threads, in each other's way: a semaphore as a lock, others as counters, signal
 * handlers that do operations in the middle of operations, and somebody who looks at it all. What
 * was protected is whole, and nothing is lost.
 */
#include "sem_util.h"

#define PROCESSES 4
#define ROUNDS 400

struct shared {
	long id;
	volatile long protected; /* only with semaphore 0 */
	volatile long inside;
	_Atomic long handled, troubles;
	_Atomic int over;
};

static struct shared *crowd;

static void must(long r)
{
	if (r < 0)
		crowd->troubles++;
}

/* Once, whatever interrupts: a trapped call may be, before it has begun. */
static void once(unsigned int num, int delta)
{
	while (op(crowd->id, num, delta, 0) < 0) {
		if (errno != EINTR)
			crowd->troubles++;
	}
}

static void on_alarm(int sig)
{
	const int err = errno;

	(void)sig;
	once(1, 1);
	crowd->handled++;
	errno = err;
}

static void work(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		once(0, -1);
		if (crowd->inside++)
			crowd->troubles++;
		crowd->protected ++;
		crowd->inside--;
		once(0, 1);
		once(2, 1);
		if (i % 2)
			once(2, -1);
		/* Somebody always can: each takes only what he has given. */
		once(3, 2);
		once(3, -2);
	}
}

static void worker_thread(void *arg)
{
	(void)arg;
	work();
}

static void worker(void *arg)
{
	struct itimerval every = {.it_interval.tv_usec = 3000, .it_value.tv_usec = 1000};
	struct sigaction sa = {.sa_handler = on_alarm};

	MUST(sigaction(SIGALRM, &sa, NULL));
	MUST(setitimer(ITIMER_REAL, &every, NULL));
	if (*(const int *)arg) {
		pid_t tid = sc_thread("in_thread", worker_thread, NULL);

		work();
		every = (struct itimerval){0};
		MUST(setitimer(ITIMER_REAL, &every, NULL));
		sc_join(tid);
		return;
	}
	work();
	every = (struct itimerval){0};
	MUST(setitimer(ITIMER_REAL, &every, NULL));
}

static void onlooker(void *arg)
{
	unsigned short values[4];

	(void)arg;
	while (!crowd->over) {
		must(raw_semctl(crowd->id, 0, GETALL, values));
		if (values[0] > 1 || values[3] > 2 * (PROCESSES + 1))
			crowd->troubles++;
		must(raw_semctl(crowd->id, 0, GETPID, NULL));
		sc_msleep(1);
	}
}

void scenario(void)
{
	static const int threads[PROCESSES] = {0, 1, 0, 0};
	static const char *const roles[PROCESSES] = {"one", "two", "three", "four"};
	pid_t pid[PROCESSES], looker;

	crowd = sc_shared(sizeof(*crowd));
	crowd->id = new_set(4);
	MUST(setval(crowd->id, 0, 1));
	looker = sc_fork("onlooker", onlooker, NULL);
	for (int i = 0; i < PROCESSES; i++)
		pid[i] = sc_fork(roles[i], worker, (void *)(uintptr_t)&threads[i]);
	for (int i = 0; i < PROCESSES; i++)
		sc_wait(pid[i]);
	crowd->over = 1;
	sc_wait(looker);
	sc_say("protected %s", crowd->protected == (PROCESSES + 1) * ROUNDS ? "whole" : "torn");
	sc_say("troubles %ld", (long)crowd->troubles);
	sc_say("handlers %s", getval(crowd->id, 1) == crowd->handled ? "counted" : "lost");
	sc_say("lock %ld, units %ld, left over %ld", getval(crowd->id, 0), getval(crowd->id, 2),
	       getval(crowd->id, 3));
}
