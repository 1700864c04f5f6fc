/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the end of a process undoes serves sleepers: those who wait for units and those who wait for
 * zero. A sleeper's own SEM_UNDO counts from the moment it is served.
 */
#include "sem_util.h"

static long id;

static void holder(void *arg)
{
	(void)arg;
	CALL(op(id, 0, -2, SEM_UNDO));
	CALL(op(id, 1, 1, SEM_UNDO));
	sc_post(0);
	sc_await(1);
}

static void served_then_stays(void *arg)
{
	(void)arg;
	CALL(op(id, 0, -1, SEM_UNDO));
	sc_post(2);
	sc_await(3);
}

void scenario(void)
{
	pid_t pid, zero, a, b;

	id = new_set(2);
	CALL(setval(id, 0, 2));
	pid = sc_fork("holder", holder, NULL);
	sc_await(0);
	zero = park_op("zero", id, 1, 0, 0);
	a = sc_fork("A", served_then_stays, NULL);
	sc_wait_parked(a);
	b = park_op("B", id, 0, -2, SEM_UNDO);
	sc_post(1);
	sc_wait(pid);
	sc_wait(zero);
	sc_await(2);
	say_sem("A has one", id, 0);
	sc_still_parked(b);
	sc_kill(a, SIGKILL);
	sc_wait(a);
	sc_wait(b);
	say_values("all undone", id, 2);
	say_set("end", id);
}
