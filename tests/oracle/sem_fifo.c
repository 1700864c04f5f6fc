/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sleepers are served in the order in which they came, except that one whose demand cannot be met is
 * passed by a smaller one behind it; value and last process are right before the sleepers have run.
 */
#include "sem_util.h"

static void equal_demands(void)
{
	long id = new_set(1);
	pid_t b;
	pid_t c;

	park_op("A", id, 0, -1, 0);
	b = park_op("B", id, 0, -1, 0);
	c = park_op("C", id, 0, -1, 0);
	CALL(op(id, 0, 1, 0));
	say_sem("one V", id, 0);
	sc_wait_next();
	sc_still_parked(b);
	sc_still_parked(c);
	CALL(op(id, 0, 1, 0));
	sc_wait_next();
	CALL(op(id, 0, 2, 0));
	sc_wait_next();
	say_sem("all served", id, 0);
}

static void large_first(void)
{
	long id = new_set(1);
	pid_t large = park_op("large", id, 0, -3, 0);
	pid_t small = park_op("small", id, 0, -1, 0);
	pid_t small2 = park_op("small2", id, 0, -1, 0);

	CALL(op(id, 0, 1, 0));
	sc_wait(small);
	sc_still_parked(large);
	CALL(op(id, 0, 3, 0));
	sc_wait(large);
	sc_still_parked(small2);
	say_sem("large one first", id, 0);
	CALL(op(id, 0, 1, IPC_NOWAIT));
	sc_wait(small2);
}

void scenario(void)
{
	equal_demands();
	large_first();
}
