/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ids, commands and pointers that are none, and which error comes first (ipc/shm.c): EINVAL for
 * negative ids and unknown commands before anything is read; ids that never were or are no more.
 */
#include "shm_common.h"

void scenario(void)
{
	static const int commands[] = {IPC_RMID,
				       IPC_SET,
				       IPC_STAT,
				       IPC_INFO,
				       SHM_LOCK,
				       SHM_UNLOCK,
				       SHM_STAT,
				       SHM_INFO,
				       SHM_STAT_ANY,
				       4,
				       5,
				       10,
				       16,
				       99,
				       -1,
				       INT_MIN,
				       IPC_STAT | 0x100};
	static const int ids[] = {-1, INT_MIN, INT_MAX, 1, 32768};
	struct shmid_ds ds = {.shm_perm.mode = 0600};
	int id = shm_make(100, 0600);
	char label[64];

	for (size_t c = 0; c < sizeof(commands) / sizeof(commands[0]); c++) {
		for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
			char buf[256] = {0};

			snprintf(label, sizeof(label), "command %d of %d", commands[c], ids[i]);
			CALL_Q(label, raw_shmctl(ids[i], commands[c], buf));
		}
		if (commands[c] != IPC_RMID) {
			snprintf(label, sizeof(label), "command %d, bad pointer", commands[c]);
			CALL_Q(label, raw_shmctl(id, commands[c], sc_bad_page()));
		}
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		snprintf(label, sizeof(label), "shmat of %d", ids[i]);
		CALLP_Q(label, shmat(ids[i], NULL, 0));
		snprintf(label, sizeof(label), "shmat of %d, unaligned", ids[i]);
		CALLP_Q(label, shmat(ids[i], (void *)0x7001, 0));
	}
	CALL(shmctl(id, IPC_SET, &ds));
	CALLP(shmat(id, NULL, 0x40000));
	CALL(raw_shmctl(id, IPC_RMID, sc_bad_page()));
	shm_nattch("removed while attached", id);
}
