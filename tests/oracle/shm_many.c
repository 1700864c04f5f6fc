/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * As many segments as SHMMNI allows, then ENOSPC; one removed makes room for one; all of them can
 * be attached by one process and are found again by key.
 */
#include "shm_common.h"

void scenario(void)
{
	struct shminfo limits;
	struct shm_info info;
	long count = 0;
	long attached = 0;
	long found = 0;
	int highest;

	MUST(raw_shmctl(0, IPC_INFO, &limits));
	while (count < (long)limits.shmmni + 10) {
		errno = 0;
		if (shmget((key_t)(0x10000 + count), 16, IPC_CREAT | IPC_EXCL | 0600) == -1)
			break;
		count++;
	}
	sc_say("SHMMNI %lu, made %ld, then %s", limits.shmmni, count, sc_errname(errno));
	CALL(shmget(IPC_PRIVATE, 16, 0600));
	CALL_OK(shmget(0x10007, 16, IPC_CREAT | 0600));
	MUST(shmctl((int)MUST(shmget(0x10007, 0, 0)), IPC_RMID, NULL));
	CALL_OK(shmget(0x99999, 16, IPC_CREAT | 0600));
	CALL(shmget(0x10007, 16, IPC_CREAT | 0600));
	highest = (int)MUST(raw_shmctl(0, SHM_INFO, &info));
	sc_say("used_ids %d tot %lu highest index %d", info.used_ids, info.shm_tot, highest);
	for (long i = 0; i < count; i += 41) {
		int id = shmget((key_t)(0x10000 + i), 0, 0);
		char *p;

		if (id == -1)
			continue;
		found++;
		p = shmat(id, NULL, 0);
		if (p != (void *)-1)
			attached += p[0] == 0;
	}
	sc_say("found %ld, attached %ld", found, attached);
	for (int index = 0; index <= highest; index++) {
		struct shmid_ds ds;
		long id = raw_shmctl(index, SHM_STAT, &ds);

		if (id >= 0)
			MUST(shmctl((int)id, IPC_RMID, NULL));
	}
	MUST(raw_shmctl(0, SHM_INFO, &info));
	sc_say("after removal: used_ids %d", info.used_ids);
}
