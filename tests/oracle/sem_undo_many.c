/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Undo over many sets and semaphores at once, mixed with operations without it, and a set whose
 * owner may no longer alter it.
 */
#include "sem_util.h"

#define SETS 20

static long ids[SETS];

static void holder(void *arg)
{
	struct sembuf ops[3] = {{0, -1, SEM_UNDO}, {1, 2, 0}, {2, 3, SEM_UNDO}};

	(void)arg;
	for (int i = 0; i < SETS; i++)
		MUST(raw_semop(ids[i], ops, 3));
	for (int i = 0; i < SETS; i += 2)
		MUST(op(ids[i], 0, -(i + 1), SEM_UNDO));
	sc_post(0);
	sc_await(1);
}

static void nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	CALL(op(ids[0], 0, -1, SEM_UNDO));
	sc_post(0);
	sc_await(1);
	CALL(op(ids[0], 0, -1, SEM_UNDO));
}

void scenario(void)
{
	pid_t pid;

	for (int i = 0; i < SETS; i++) {
		ids[i] = MUST(raw_semget(IPC_PRIVATE, 3, 0666));
		MUST(setval(ids[i], 0, 100));
	}
	pid = sc_fork("holder", holder, NULL);
	sc_await(0);
	for (int i = 0; i < SETS; i += 5)
		say_values("held", ids[i], 3);
	MUST(raw_semctl(ids[5], 0, IPC_RMID, NULL));
	sc_post(1);
	sc_wait(pid);
	for (int i = 0; i < SETS; i++)
		say_values("undone", ids[i], 3);
	pid = sc_fork("nobody", nobody, NULL);
	sc_await(0);
	CALL(sem_set_mode(ids[0], 0600));
	sc_post(1);
	sc_wait(pid);
	say_values("undone without permission", ids[0], 3);
}
