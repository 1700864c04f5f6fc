/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SEM_UNDO is carried out when the process ends, by return, by _exit() or by a signal, and is visible
 * the moment its parent's wait returns. Forked children inherit none.
 */
#include "sem_util.h"

static long id;

static void takes(void *arg)
{
	(void)arg;
	CALL(op(id, 0, -2, SEM_UNDO));
	CALL(op(id, 1, 3, SEM_UNDO));
	CALL(op(id, 2, -1, 0));
	say_values("held", id, 3);
}

static void exits_5(void *arg)
{
	takes(arg);
	_exit(5);
}

static void killed(void *arg)
{
	takes(arg);
	raise(SIGKILL);
}

static void child_of_taker(void *arg)
{
	(void)arg;
	say_values("child of a taker", id, 3);
}

static void forks(void *arg)
{
	takes(arg);
	sc_wait(sc_fork("grandchild", child_of_taker, NULL));
	say_values("child gone", id, 3);
	CALL(op(id, 0, 1, SEM_UNDO));
}

static void repeats(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++) {
		MUST(op(id, 0, -1, SEM_UNDO));
		MUST(op(id, 0, 1, SEM_UNDO));
	}
	MUST(op(id, 0, 1, SEM_UNDO));
}

void scenario(void)
{
	id = new_set(3);
	CALL(setval(id, 0, 5));
	CALL(setval(id, 2, 9));
	sc_wait(sc_fork("returns", takes, NULL));
	say_values("returned", id, 3);
	say_sem("returned", id, 0);
	say_sem("returned", id, 2);
	sc_wait(sc_fork("exits", exits_5, NULL));
	say_values("exited", id, 3);
	sc_wait(sc_fork("killed", killed, NULL));
	say_values("killed", id, 3);
	sc_wait(sc_fork("forks", forks, NULL));
	say_values("forked", id, 3);
	for (int i = 0; i < 20; i++) {
		pid_t pid = sc_fork("R", repeats, NULL);

		while (waitpid(pid, NULL, 0) < 0)
			;
		if (getval(id, 0) != 5)
			sc_say("round %d: value %ld", i, getval(id, 0));
	}
	say_values("end", id, 3);
	say_set("end", id);
}
