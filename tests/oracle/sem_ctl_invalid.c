/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * semctl() with commands, ids, numbers and pointers that are wrong, and the order in which it
 * notices.
 */
#include "sem_util.h"

void scenario(void)
{
	static const int unknown[] = {4, 5, 10, 21, 22, 100, 0x100, 0x102, INT_MAX, -1, INT_MIN};
	long id = new_set(2);
	struct semid_ds ds;

	memset(&ds, 0, sizeof(ds));
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		sc_say("command %d", unknown[i]);
		CALL(raw_semctl(id, 0, unknown[i], &ds));
		CALL(raw_semctl(id, 9, unknown[i], sc_bad_page()));
		CALL(raw_semctl(-1, 0, unknown[i], NULL));
	}
	CALL(raw_semctl(99, 0, IPC_STAT, &ds));
	CALL(raw_semctl(99, 0, IPC_STAT, sc_bad_page()));
	CALL(raw_semctl(99, 0, IPC_SET, sc_bad_page()));
	CALL(raw_semctl(-1, 0, IPC_SET, sc_bad_page()));
	CALL(raw_semctl(99, 0, IPC_SET, &ds));
	CALL(raw_semctl(99, 9, SETVAL, (void *)-1L));
	CALL(raw_semctl(id, 9, SETVAL, (void *)-1L));
	CALL(raw_semctl(99, 0, GETALL, sc_bad_page()));
	CALL(raw_semctl(99, 0, SETALL, sc_bad_page()));
	CALL(raw_semctl(id, 9, IPC_STAT, &ds));
	CALL(raw_semctl(id, -9, IPC_SET, &ds));
	CALL(raw_semctl(1, 0, SEM_STAT, &ds));
	CALL(raw_semctl(40000, 0, SEM_STAT, &ds));
	CALL(raw_semctl(-1, 0, SEM_STAT, &ds));
	CALL(raw_semctl(-1, 0, SEM_INFO, &ds));
	CALL(raw_semctl(-1, 0, IPC_INFO, sc_bad_page()));
	CALL(raw_semctl(id, 99, IPC_RMID, sc_bad_page()));
	CALL(raw_semctl(id, 0, GETVAL, NULL));
}
