/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting for zero: all who wait for it go at once, before any who would alter the value, and only
 * if it really becomes zero at the end of a call.
 */
#include "sem_util.h"

static void zero_then_up(void *arg)
{
	struct sembuf ops[2] = {{0, 0, 0}, {0, 1, 0}};

	CALL(raw_semop(*(long *)arg, ops, 2));
}

void scenario(void)
{
	long id = new_set(2);
	struct sembuf through_zero[2] = {{0, -1, 0}, {0, 1, 0}};
	pid_t a, b, lock, lock2;

	CALL(setval(id, 0, 1));
	a = park_op("A", id, 0, 0, 0);
	b = park_op("B", id, 0, 0, 0);
	say_sem("two wait", id, 0);
	CALL(raw_semop(id, through_zero, 2));
	sc_still_parked(a);
	CALL(op(id, 0, 1, 0));
	CALL(op(id, 0, -2, 0));
	sc_wait(a);
	sc_wait(b);
	say_sem("zero", id, 0);

	CALL(op(id, 0, 1, 0));
	lock = sc_fork("lock", zero_then_up, &id);
	sc_wait_parked(lock);
	a = park_op("A", id, 0, 0, 0);
	lock2 = sc_fork("lock2", zero_then_up, &id);
	sc_wait_parked(lock2);
	CALL(op(id, 0, -1, 0));
	sc_wait(a);
	sc_wait(lock);
	sc_still_parked(lock2);
	say_sem("locked", id, 0);
	CALL(setval(id, 0, 0));
	sc_wait(lock2);
	say_sem("locked again", id, 0);
	CALL(op(id, 0, -1, 0));
	CALL(op(id, 0, 0, 0));
}
