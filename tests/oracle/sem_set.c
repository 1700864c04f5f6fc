/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPC_SET: which fields it takes, owner and creator, and times of the set.
 */
#include "sem_util.h"

static void nobody(void *arg)
{
	long id = *(long *)arg;
	struct semid_ds ds;

	sc_become_nobody();
	say_set("as owner", id);
	memset(&ds, 0, sizeof(ds));
	ds.sem_perm.mode = 0602;
	ds.sem_perm.uid = SC_NOBODY;
	CALL(raw_semctl(id, 0, IPC_SET, &ds));
	CALL(op(id, 0, 1, 0));
	ds.sem_perm.uid = 1;
	CALL(raw_semctl(id, 0, IPC_SET, &ds));
	CALL(op(id, 0, 1, 0));
	CALL(raw_semctl(id, 0, IPC_SET, &ds));
	CALL(raw_semctl(id, 0, IPC_RMID, NULL));
}

void scenario(void)
{
	long id = MUST(raw_semget(0x55, 2, IPC_CREAT | 0600));
	struct semid_ds ds;

	memset(&ds, 0xff, sizeof(ds));
	ds.sem_perm.uid = SC_NOBODY;
	ds.sem_perm.gid = 1;
	ds.sem_perm.mode = (unsigned short)~0066;
	ds.sem_perm.__key = 0x99;
	ds.sem_nsems = 100;
	CALL(raw_semctl(id, 0, IPC_SET, &ds));
	say_set("set", id);
	CALL(raw_semget(0x99, 0, 0));
	CALL(raw_semget(0x55, 0, 0));
	sc_wait(sc_fork("nobody", nobody, &id));
	say_set("set by its owner", id);
	say_values("altered", id, 2);
	ds.sem_perm.uid = (uid_t)-1;
	CALL(raw_semctl(id, 0, IPC_SET, &ds));
	ds.sem_perm.uid = 0;
	ds.sem_perm.gid = (gid_t)-1;
	CALL(raw_semctl(id, 0, IPC_SET, &ds));
	say_set("refused", id);
}
