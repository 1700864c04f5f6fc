/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unshare(CLONE_SYSVSEM) carries out what the thread leaves behind if nobody else shares it, and the
 * thread begins a list of its own (unshare(2)).
 */
#include "sem_util.h"

static long id;

static void alone(void *arg)
{
	(void)arg;
	CALL(op(id, 0, -1, SEM_UNDO));
	CALL(unshare(CLONE_SYSVSEM));
	say_values("unshared", id, 1);
	CALL(op(id, 0, -2, SEM_UNDO));
}

static void thread(void *arg)
{
	(void)arg;
	CALL(op(id, 0, -1, SEM_UNDO));
	CALL(unshare(CLONE_SYSVSEM));
	say_values("thread unshared", id, 1);
	CALL(op(id, 0, -1, SEM_UNDO));
}

static void shared(void *arg)
{
	(void)arg;
	CALL(op(id, 0, -1, SEM_UNDO));
	sc_join(sc_thread("thread", thread, NULL));
	/* Joining does not wait for the kernel's part of the thread's end. */
	for (int i = 0; i < 2000 && getval(id, 0) != 3; i++)
		sc_msleep(1);
	say_values("thread gone", id, 1);
}

void scenario(void)
{
	id = new_set(1);
	CALL(setval(id, 0, 5));
	sc_wait(sc_fork("alone", alone, NULL));
	say_values("alone gone", id, 1);
	sc_wait(sc_fork("shared", shared, NULL));
	say_values("shared gone", id, 1);
}
