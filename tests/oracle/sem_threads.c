/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads of one process as sleepers: places of their own in the line, thread-directed signals, and
 * the process's pid as the last one.
 */
#include "sem_util.h"

static long id;

static void down(void *arg)
{
	(void)arg;
	CALL(op(id, 0, -1, 0));
}

void scenario(void)
{
	pid_t a, b, c;

	id = new_set(1);
	sc_catch(SIGUSR1, SA_RESTART);
	a = sc_thread("A", down, NULL);
	sc_wait_parked(a);
	b = sc_thread("B", down, NULL);
	sc_wait_parked(b);
	c = sc_thread("C", down, NULL);
	sc_wait_parked(c);
	say_sem("three sleep", id, 0);
	sc_tkill(b, SIGUSR1);
	sc_join(b);
	say_sem("B interrupted", id, 0);
	CALL(op(id, 0, 1, 0));
	sc_join(a);
	sc_still_parked(c);
	CALL(op(id, 0, 1, 0));
	sc_join(c);
	say_sem("end", id, 0);
	sc_say("handled %d", sc_caught(SIGUSR1));
}
