/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SHM_LOCK and SHM_UNLOCK: a bit in the mode (SHM_LOCKED), for the owner or creator within
 * RLIMIT_MEMLOCK, or a capable caller; unlocking what is not locked is nothing; nobody else may.
 */
#include <sys/resource.h>

#include "shm_common.h"

static int id;

static void show_locked(int own)
{
	struct shmid_ds ds;

	MUST(shmctl(own, IPC_STAT, &ds));
	sc_say("own: mode %o", ds.shm_perm.mode);
}

static void plain_user(void *arg)
{
	/* A user of this run's own: locked memory is counted per user, over all processes. */
	uid_t uid = 300000 + (uid_t)getpid();
	int own;
	struct rlimit limit = {0, 0};

	(void)arg;
	MUST(setresgid(uid, uid, uid));
	MUST(setresuid(uid, uid, uid));
	CALL(shmctl(id, SHM_LOCK, NULL));
	CALL(shmctl(id, SHM_UNLOCK, NULL));
	own = shm_make(4096, 0600);
	CALL(shmctl(own, SHM_LOCK, NULL));
	show_locked(own);
	CALL(shmctl(own, SHM_UNLOCK, NULL));
	MUST(getrlimit(RLIMIT_MEMLOCK, &limit));
	limit.rlim_cur = 4096;
	MUST(setrlimit(RLIMIT_MEMLOCK, &limit));
	CALL(shmctl(own, SHM_LOCK, NULL));
	CALL(shmctl(shm_make(8192, 0600), SHM_LOCK, NULL));
	limit.rlim_cur = 0;
	MUST(setrlimit(RLIMIT_MEMLOCK, &limit));
	CALL(shmctl(own, SHM_UNLOCK, NULL));
	CALL(shmctl(own, SHM_LOCK, NULL));
	CALL(shmctl(own, IPC_RMID, NULL));
}

void scenario(void)
{
	id = shm_make(3 * 4096, 0666);
	CALL(shmctl(id, SHM_UNLOCK, NULL));
	CALL(shmctl(id, SHM_LOCK, NULL));
	shm_show("locked", id);
	CALL(shmctl(id, SHM_LOCK, NULL));
	{
		struct shmid_ds ds = {.shm_perm.mode = 0644};

		CALL(shmctl(id, IPC_SET, &ds));
	}
	shm_show("mode changed", id);
	sc_wait(sc_fork("user", plain_user, NULL));
	CALL(shmctl(id, SHM_UNLOCK, NULL));
	shm_show("unlocked", id);
	CALL(shmctl(id, SHM_UNLOCK, NULL));
	CALL(raw_shmctl(id, SHM_LOCK, sc_bad_page()));
	CALL(shmctl(id, IPC_RMID, NULL));
	CALL(shmctl(id, SHM_LOCK, NULL));
	CALL(shmctl(-1, SHM_LOCK, NULL));
}
