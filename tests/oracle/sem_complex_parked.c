/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sleepers with several operations: they go only when all can be done, keep their place among simple
 * ones, and change nothing while they sleep.
 */
#include "sem_util.h"

static void both_down(void *arg)
{
	struct sembuf ops[2] = {{0, -1, 0}, {1, -1, 0}};

	CALL(raw_semop(*(long *)arg, ops, 2));
}

static void both_up(long id)
{
	struct sembuf ops[2] = {{0, 1, 0}, {1, 1, 0}};

	CALL(raw_semop(id, ops, 2));
}

static pid_t park_both(const char *role, long id)
{
	pid_t pid = sc_fork(role, both_down, &id);

	sc_wait_parked(pid);
	return pid;
}

void scenario(void)
{
	long id = new_set(2);
	pid_t complex = park_both("complex", id);
	pid_t simple;
	pid_t other;

	CALL(op(id, 0, 1, 0));
	sc_still_parked(complex);
	say_values("half", id, 2);
	CALL(op(id, 0, -1, IPC_NOWAIT));
	CALL(op(id, 1, 1, 0));
	CALL(op(id, 0, 1, 0));
	sc_wait(complex);
	say_values("taken", id, 2);

	complex = park_both("complex", id);
	simple = park_op("simple", id, 0, -1, 0);
	CALL(op(id, 0, 1, 0));
	sc_wait(simple);
	sc_still_parked(complex);
	simple = park_op("simple", id, 0, -1, 0);
	both_up(id);
	sc_wait(complex);
	sc_still_parked(simple);
	complex = park_both("complex", id);
	other = park_both("other", id);
	both_up(id);
	sc_wait(simple);
	sc_still_parked(complex);
	say_values("simple one was first", id, 2);
	CALL(op(id, 0, 1, 0));
	sc_wait(complex);
	sc_still_parked(other);
	both_up(id);
	sc_wait(other);
	say_values("end", id, 2);
}
