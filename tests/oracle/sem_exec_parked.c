/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec() by one thread while another sleeps in semop(): the sleeper is gone without a result, takes
 * nothing later, and the process's undo entries live on.
 */
#include "sem_util.h"

static long id;

static void sleeper(void *arg)
{
	(void)arg;
	CALL(op(id, 1, -1, SEM_UNDO));
}

static void two_threads(void *arg)
{
	char number[24];

	(void)arg;
	CALL(op(id, 0, 2, SEM_UNDO));
	sc_wait_parked(sc_thread("T", sleeper, NULL));
	snprintf(number, sizeof(number), "%ld", id);
	sc_exec_self(number);
}

void scenario_stage(const char *stage)
{
	id = atol(stage);
	say_sem("another program", id, 1);
	sc_post(0);
	CALL(op(id, 1, -1, 0));
	sc_await(1);
}

void scenario(void)
{
	pid_t pid;

	id = new_set(2);
	pid = sc_fork("P", two_threads, NULL);
	sc_await(0);
	CALL(op(id, 1, 2, 0));
	sc_post(1);
	sc_wait(pid);
	say_values("end", id, 2);
}
