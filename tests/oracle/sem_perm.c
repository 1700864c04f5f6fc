/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may wait for zero, alter, look, change and remove: read permission for what only looks,
 * write permission for what alters.
 */
#include "sem_util.h"

static void try_all(long id)
{
	struct semid_ds ds;
	unsigned short values[2] = {1, 1};
	struct sembuf both[2] = {{0, 0, IPC_NOWAIT}, {1, 1, IPC_NOWAIT}};

	memset(&ds, 0, sizeof(ds));
	CALL(op(id, 0, 0, IPC_NOWAIT));
	CALL(op(id, 0, 1, IPC_NOWAIT));
	CALL(op(id, 0, -1, IPC_NOWAIT));
	CALL(raw_semop(id, both, 2));
	CALL(op(id, 7, 1, IPC_NOWAIT));
	CALL(getval(id, 0));
	CALL(getval(id, 7));
	CALL(raw_semctl(id, 0, GETALL, values));
	CALL(raw_semctl(id, 0, GETNCNT, NULL));
	CALL(setval(id, 0, 0));
	CALL(setval(id, 7, 0));
	CALL(setval(id, 0, -1));
	CALL(raw_semctl(id, 0, SETALL, values));
	CALL(raw_semctl(id, 0, IPC_STAT, &ds));
	CALL(raw_semctl((int)id & 0x7fff, 0, SEM_STAT, &ds));
	CALL(raw_semctl((int)id & 0x7fff, 0, SEM_STAT_ANY, &ds));
	CALL(raw_semctl(id, 0, IPC_SET, &ds));
	CALL(raw_semctl(id, 0, IPC_RMID, NULL));
}

static void nobody(void *arg)
{
	const long *ids = arg;

	sc_become_nobody();
	for (int i = 0; i < 5; i++) {
		sc_say("set %d", i);
		try_all(ids[i]);
	}
	sc_say("own, mode 0066");
	try_all(MUST(raw_semget(IPC_PRIVATE, 2, 0066)));
}

void scenario(void)
{
	static const int modes[5] = {0600, 0604, 0602, 0606, 0660};
	long ids[5];

	for (int i = 0; i < 5; i++)
		ids[i] = MUST(raw_semget(IPC_PRIVATE, 2, modes[i]));
	sc_wait(sc_fork("nobody", nobody, ids));
	sc_say("root, mode 0");
	try_all(MUST(raw_semget(IPC_PRIVATE, 2, 0)));
}
