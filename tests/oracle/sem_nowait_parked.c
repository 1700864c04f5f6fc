/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sleepers that have IPC_NOWAIT on an operation before the one they sleep on: when that earlier one
 * could not be done any more, they are to fail. Whoever changes something is looked at after every
 * change. Who only waits for zero is looked at when some semaphore has become zero, not before.
 */
#include "sem_util.h"

static void first_zero_then(long id, int delta)
{
	struct sembuf ops[2] = {{0, 0, IPC_NOWAIT}, {1, (short)delta, 0}};

	CALL(raw_semop(id, ops, 2));
}

static void both_zero(void *arg)
{
	first_zero_then(*(long *)arg, 0);
}

static void zero_and_take(void *arg)
{
	first_zero_then(*(long *)arg, -5);
}

static pid_t park(const char *role, void (*fn)(void *), long id)
{
	pid_t pid = sc_fork(role, fn, &id);

	sc_wait_parked(pid);
	return pid;
}

static void say_sleepers(const char *label, long id)
{
	for (int i = 0; i < 3; i++)
		say_sem(label, id, i);
}

void scenario(void)
{
	long id = new_set(3);
	pid_t zero, take;

	/* No semaphore becomes zero: it sleeps on, though a new call would fail. */
	CALL(setval(id, 1, 1));
	zero = park("zero", both_zero, id);
	CALL(op(id, 0, 1, 0));
	sc_still_parked(zero);
	say_sleepers("0 taken away", id);
	CALL_Q("a new one", raw_semop(id, (struct sembuf[]){{0, 0, IPC_NOWAIT}, {1, 0, 0}}, 2));
	CALL(op(id, 1, 1, 0));
	CALL(op(id, 2, 1, 0));
	sc_still_parked(zero);
	/* One that it does not name does. */
	CALL(op(id, 2, -1, 0));
	sc_wait(zero);
	say_sleepers("another became zero", id);

	/* What comes back in time was never missed. */
	CALL(op(id, 0, -1, 0));
	zero = park("zero", both_zero, id);
	CALL(op(id, 0, 1, 0));
	CALL(op(id, 0, -1, 0));
	sc_still_parked(zero);
	CALL(op(id, 0, 1, 0));
	CALL(op(id, 0, -1, 0));
	CALL(op(id, 1, -2, 0));
	sc_wait(zero);

	/* Who would change something fails at once, and the other sleeps on. */
	CALL(setval(id, 1, 1));
	zero = park("zero", both_zero, id);
	take = park("take", zero_and_take, id);
	say_sleepers("both asleep", id);
	CALL(op(id, 0, 1, 0));
	sc_wait(take);
	sc_still_parked(zero);
	/* SETVAL does not know what changed: a zero anywhere will do. */
	CALL(op(id, 2, 1, 0));
	CALL(setval(id, 0, 2));
	sc_still_parked(zero);
	CALL(op(id, 0, -1, 0));
	sc_still_parked(zero);
	CALL(setval(id, 2, 0));
	sc_wait(zero);
	say_values("end", id, 3);
}
