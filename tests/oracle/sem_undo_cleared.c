/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SETVAL and SETALL clear undo entries of every process for the semaphores they set, and no others;
 * a removed set's entries die with it.
 */
#include "sem_util.h"

static long id;

static void holder(void *arg)
{
	(void)arg;
	CALL(op(id, 0, -1, SEM_UNDO));
	CALL(op(id, 1, -1, SEM_UNDO));
	CALL(op(id, 2, 4, SEM_UNDO));
	sc_post(0);
	sc_await(1);
}

static void holder_goes_on(void *arg)
{
	holder(arg);
	CALL(op(id, 0, -1, SEM_UNDO));
}

static void run(const char *role, void (*fn)(void *), int cmd)
{
	unsigned short values[3] = {6, 6, 6};
	pid_t pid;

	MUST(raw_semctl(id, 0, SETALL, (unsigned short[3]){5, 5, 5}));
	pid = sc_fork(role, fn, NULL);
	sc_await(0);
	if (cmd == SETVAL)
		CALL(setval(id, 1, 7));
	else if (cmd == SETALL)
		CALL(raw_semctl(id, 0, SETALL, values));
	say_values("before its end", id, 3);
	sc_post(1);
	sc_wait(pid);
	say_values("after its end", id, 3);
}

void scenario(void)
{
	pid_t pid;

	id = new_set(3);
	run("untouched", holder, 0);
	run("setval", holder, SETVAL);
	run("setall", holder, SETALL);
	run("goes on", holder_goes_on, SETALL);

	pid = sc_fork("removed", holder, NULL);
	sc_await(0);
	CALL(raw_semctl(id, 0, IPC_RMID, NULL));
	id = CALL(raw_semget(IPC_PRIVATE, 3, 0600));
	CALL(setval(id, 0, 5));
	sc_post(1);
	sc_wait(pid);
	say_values("another set", id, 3);
}
