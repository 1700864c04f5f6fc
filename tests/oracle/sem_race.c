/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Four processes use one semaphore as a lock around a shared counter, with and without SEM_UNDO: no
 * increment is lost and the semaphore ends as it began.
 */
#include "sem_util.h"

#define WORKERS 4
#define EACH 150

struct work {
	long id;
	int flags;
	volatile long *counter;
};

static void worker(void *arg)
{
	const struct work *work = arg;
	int failed = 0;

	for (int i = 0; i < EACH; i++) {
		if (op(work->id, 0, -1, work->flags))
			failed++;
		*work->counter = *work->counter + 1;
		if (op(work->id, 0, 1, work->flags))
			failed++;
	}
	sc_say("failed %d", failed);
}

static void run(int flags)
{
	struct work work = {.id = new_set(1), .flags = flags, .counter = sc_shared(sizeof(long))};
	pid_t pids[WORKERS];
	char role[8];

	CALL(setval(work.id, 0, 1));
	for (int i = 0; i < WORKERS; i++) {
		snprintf(role, sizeof(role), "W%d", i);
		pids[i] = sc_fork(role, worker, &work);
	}
	for (int i = 0; i < WORKERS; i++)
		sc_wait(pids[i]);
	sc_say("counter %ld value %ld", *work.counter, getval(work.id, 0));
}

void scenario(void)
{
	run(0);
	run(SEM_UNDO);
}
