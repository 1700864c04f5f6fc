/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * semget(): number of semaphores at creation and at lookup, keys, IPC_CREAT, IPC_EXCL, mode bits,
 * and lookup by a process that may not have what it asks for (linux ipc/sem.c, ksys_semget()).
 */
#include "sem_util.h"

static void nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	CALL(raw_semget(11, 0, 0));
	CALL(raw_semget(11, 2, 0004));
	CALL(raw_semget(11, 3, 0004));
	CALL(raw_semget(11, 0, 0002));
	CALL(raw_semget(11, 3, 0002));
	CALL(raw_semget(11, 0, 0444));
	CALL(raw_semget(11, 2, IPC_CREAT | 0666));
	CALL(raw_semget(11, 2, IPC_CREAT | IPC_EXCL | 0666));
	CALL(raw_semget(12, 1, IPC_CREAT | 0600));
}

void scenario(void)
{
	long id;

	CALL(raw_semget(10, 1, 0));
	CALL(raw_semget(10, 0, IPC_CREAT | 0600));
	CALL(raw_semget(10, -1, IPC_CREAT | 0600));
	CALL(raw_semget(10, 32001, IPC_CREAT | 0600));
	CALL(raw_semget(10, INT_MAX, 0));
	CALL(raw_semget(10, 4, IPC_CREAT | 0600));
	CALL(raw_semget(10, 0, 0));
	CALL(raw_semget(10, 3, 0));
	CALL(raw_semget(10, 4, 0600));
	CALL(raw_semget(10, 5, 0600));
	CALL(raw_semget(10, 5, IPC_CREAT));
	CALL(raw_semget(10, -1, 0));
	CALL(raw_semget(10, 32001, 0));
	CALL(raw_semget(10, 0, IPC_CREAT | IPC_EXCL | 0600));
	CALL(raw_semget(10, 5, IPC_CREAT | IPC_EXCL | 0600));
	CALL(raw_semget(10, 0, IPC_EXCL));
	CALL(raw_semget(IPC_PRIVATE, 0, 0600));
	id = CALL(raw_semget(IPC_PRIVATE, 1, 0));
	say_set("private", id);
	id = CALL(raw_semget(-1, 2, IPC_CREAT | 07777));
	say_set("mode bits", id);
	CALL(raw_semget(11, 2, IPC_CREAT | 0604));
	sc_wait(sc_fork("nobody", nobody, NULL));
	say_set("nobody's", CALL(raw_semget(12, 0, 0)));
}
