/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads share one undo list (clone(2), CLONE_SYSVSEM): a thread's end undoes nothing, the end of
 * the last one everything.
 */
#include "sem_util.h"

static long id;

static void taker(void *arg)
{
	(void)arg;
	CALL(op(id, 0, -1, SEM_UNDO));
}

static void giver(void *arg)
{
	(void)arg;
	CALL(op(id, 0, 1, SEM_UNDO));
	CALL(op(id, 1, 2, SEM_UNDO));
}

static void process(void *arg)
{
	(void)arg;
	CALL(op(id, 0, -1, SEM_UNDO));
	sc_join(sc_thread("taker", taker, NULL));
	say_values("taker gone", id, 2);
	sc_join(sc_thread("taker2", taker, NULL));
	sc_join(sc_thread("giver", giver, NULL));
	say_values("all gone", id, 2);
}

static void outlives(void *arg)
{
	(void)arg;
	MUST(op(id, 0, -1, SEM_UNDO));
	sc_await(2);
	MUST(op(id, 1, 1, SEM_UNDO));
	sc_post(3);
	sc_await(4);
}

static void leader_ends(void *arg)
{
	(void)arg;
	sc_thread("thread", outlives, NULL);
	MUST(op(id, 0, -1, SEM_UNDO));
	sc_post(1);
	/* The bare call ends the leader alone: the process lives on in its other thread. */
	syscall(SYS_exit, 0);
}

void scenario(void)
{
	pid_t pid;

	id = new_set(2);
	CALL(setval(id, 0, 5));
	sc_wait(sc_fork("P", process, NULL));
	say_values("process gone", id, 2);
	pid = sc_fork("Q", leader_ends, NULL);
	sc_await(1);
	sc_msleep(50);
	sc_post(2);
	sc_await(3);
	say_values("leader gone", id, 2);
	sc_post(4);
	sc_wait(pid);
	say_values("Q gone", id, 2);
}
