/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec() keeps the undo entries (semop(2)): they are carried out when the program that follows ends.
 */
#include "sem_util.h"

static void takes_and_execs(void *arg)
{
	char number[24];
	long id = *(long *)arg;

	CALL(op(id, 0, -2, SEM_UNDO));
	snprintf(number, sizeof(number), "%ld", id);
	sc_exec_self(number);
}

void scenario_stage(const char *stage)
{
	long id = atol(stage);

	say_values("after exec", id, 1);
	CALL(op(id, 0, -1, SEM_UNDO));
	sc_post(0);
	sc_await(1);
}

void scenario(void)
{
	long id = new_set(1);
	pid_t pid;

	CALL(setval(id, 0, 4));
	pid = sc_fork("P", takes_and_execs, &id);
	sc_await(0);
	say_values("other program runs", id, 1);
	sc_post(1);
	sc_wait(pid);
	say_values("ended", id, 1);
}
