/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A killed sleeper takes nothing and leaves the line at once; the one behind it is served.
 */
#include "sem_util.h"

static void undo_and_sleep(void *arg)
{
	long id = *(long *)arg;

	CALL(op(id, 1, -1, SEM_UNDO));
	CALL(op(id, 0, -1, SEM_UNDO));
}

void scenario(void)
{
	long id = new_set(2);
	pid_t a = park_op("A", id, 0, -1, 0);
	pid_t b = park_op("B", id, 0, -1, 0);

	sc_kill(a, SIGKILL);
	sc_wait(a);
	say_sem("A dead", id, 0);
	CALL(op(id, 0, 1, 0));
	sc_wait(b);
	say_sem("B served", id, 0);
	a = park_op("A", id, 0, -1, 0);
	sc_kill(a, SIGTERM);
	sc_wait(a);
	CALL(op(id, 0, 1, 0));
	CALL(op(id, 0, -1, IPC_NOWAIT));

	CALL(setval(id, 1, 1));
	a = sc_fork("A", undo_and_sleep, &id);
	sc_wait_parked(a);
	b = park_op("B", id, 1, -1, 0);
	say_values("A holds 1", id, 2);
	sc_kill(a, SIGKILL);
	sc_wait(a);
	sc_wait(b);
	say_sem("A undone, B served", id, 1);
	say_sem("A undone, B served", id, 0);
}
