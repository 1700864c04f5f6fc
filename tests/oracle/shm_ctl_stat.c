/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPC_STAT by id, SHM_STAT and SHM_STAT_ANY by index, and who may ask: reading permission for the
 * first two, nobody needs any for the third (shmctl(2)).
 */
#include "shm_common.h"

static int readable;
static int hidden;

static void by_index(const char *label, int cmd)
{
	for (int index = -1; index < 5; index++) {
		struct shmid_ds ds;
		char line[64];
		long id;

		memset(&ds, 0, sizeof(ds));
		snprintf(line, sizeof(line), "%s %d", label, index);
		errno = 0;
		id = sc_result(line, raw_shmctl(index, cmd, &ds));
		if (id >= 0)
			sc_say("  size %zu mode %o nattch %lu", ds.shm_segsz, ds.shm_perm.mode,
			       ds.shm_nattch);
	}
}

static void nobody(void *arg)
{
	struct shmid_ds ds;

	(void)arg;
	sc_become_nobody();
	CALL(shmctl(readable, IPC_STAT, &ds));
	CALL(shmctl(hidden, IPC_STAT, &ds));
	by_index("SHM_STAT", SHM_STAT);
	by_index("SHM_STAT_ANY", SHM_STAT_ANY);
}

void scenario(void)
{
	int gone;

	shm_make(11, 0600);
	gone = shm_make(22, 0600);
	readable = shm_make(33, 0644);
	hidden = shm_make(44, 0600);
	MUST(shmctl(gone, IPC_RMID, NULL));
	by_index("SHM_STAT", SHM_STAT);
	by_index("SHM_STAT_ANY", SHM_STAT_ANY);
	by_index("IPC_STAT", IPC_STAT);
	sc_wait(sc_fork("nobody", nobody, NULL));

	/* Once the slot is used again, the index gives the id with its sequence. */
	for (int i = 0; i < 70; i++)
		MUST(shmctl(shm_make(1, 0600), IPC_RMID, NULL));
	shm_map(shm_make(55, 0600));
	{
		struct shmid_ds ds;
		struct shm_info info;
		int highest = (int)MUST(shmctl(0, SHM_INFO, (struct shmid_ds *)&info));

		sc_say("highest index %d", highest);
		CALL(raw_shmctl(highest, SHM_STAT, &ds));
		CALL(raw_shmctl(highest | 0x8000, SHM_STAT, &ds));
	}
	CALL(raw_shmctl(readable, IPC_STAT, sc_bad_page()));
	CALL(raw_shmctl(readable, SHM_STAT, sc_bad_page()));
	CALL(raw_shmctl(77, IPC_STAT, sc_bad_page()));
	CALL(raw_shmctl(readable, IPC_STAT, sc_page_end(sizeof(struct shmid_ds))));
	CALL(raw_shmctl(readable, IPC_STAT, sc_page_end(sizeof(struct shmid_ds) - 1)));
}
