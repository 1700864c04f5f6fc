/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GETNCNT, GETZCNT and GETPID while processes sleep: each counts for the one semaphore it cannot
 * pass, not for the others of its call (linux ipc/sem.c, count_semcnt()).
 */
#include "sem_util.h"

static void complex_wait(void *arg)
{
	struct sembuf ops[3] = {{0, 1, 0}, {1, -1, 0}, {2, 0, 0}};

	CALL(raw_semop(*(long *)arg, ops, 3));
}

static void say_all(const char *label, long id)
{
	for (int i = 0; i < 3; i++)
		say_sem(label, id, i);
}

void scenario(void)
{
	long id = new_set(3);
	pid_t a, b, c, z, complex;

	say_all("new", id);
	CALL(setval(id, 2, 1));
	a = park_op("A", id, 0, -1, 0);
	b = park_op("B", id, 0, -1, 0);
	c = park_op("C", id, 1, -2, SEM_UNDO);
	z = park_op("Z", id, 2, 0, 0);
	complex = sc_fork("complex", complex_wait, &id);
	sc_wait_parked(complex);
	say_all("five sleep", id);
	CALL(op(id, 1, 1, 0));
	say_all("complex waits for zero now", id);
	CALL(op(id, 2, -1, 0));
	sc_wait(z);
	sc_wait(complex);
	/* The complex one's V on 0 let A go. */
	sc_wait(a);
	say_all("two left", id);
	sc_kill(b, SIGKILL);
	sc_wait(b);
	say_all("B killed", id);
	CALL(op(id, 1, 2, 0));
	sc_wait(c);
	say_all("end", id);
}
