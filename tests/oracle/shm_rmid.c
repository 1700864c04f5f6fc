/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPC_RMID: unattached segments go at once; attached ones are marked (SHM_DEST), lose their key,
 * stay usable and, on Linux, attachable by id until the last detach, exit or exec.
 */
#include "shm_common.h"

#define KEY 0x5ead

static int id;

static void attaches_dead(void *arg)
{
	char *p;

	(void)arg;
	CALLP(p = shmat(id, NULL, 0));
	sc_say("reads '%s'", p);
	strcpy(p, "from the child");
	shm_nattch("child", id);
}

static void holds(void *arg)
{
	(void)arg;
	shm_map(id);
	sc_post(1);
	for (;;)
		pause();
}

void scenario(void)
{
	char *p;
	int fresh;
	pid_t pid;

	id = (int)MUST(shmget(KEY, 100, IPC_CREAT | 0600));
	CALL(shmctl(id, IPC_RMID, NULL));
	CALL(shmctl(id, IPC_RMID, NULL));
	CALLP(shmat(id, NULL, 0));
	shm_show("gone", id);
	CALL(shmget(KEY, 100, 0600));

	id = (int)MUST(shmget(KEY, 100, IPC_CREAT | 0640));
	p = shm_map(id);
	strcpy(p, "still here");
	CALL(shmctl(id, IPC_RMID, NULL));
	shm_show("marked", id);
	CALL(shmctl(id, IPC_RMID, NULL));
	CALL(shmget(KEY, 100, 0600));
	sc_wait(sc_fork("child", attaches_dead, NULL));
	sc_say("'%s'", p);
	fresh = (int)MUST(shmget(KEY, 50, IPC_CREAT | IPC_EXCL | 0600));
	shm_show("a new one of that key", fresh);
	shm_show("the old one", id);
	{
		struct shmid_ds ds = {.shm_perm.mode = 0600};

		CALL(shmctl(id, IPC_SET, &ds));
		shm_show("IPC_SET on the old one", id);
	}
	CALL(shmdt(p));
	shm_show("last detach", id);
	CALLP(shmat(id, NULL, 0));
	shm_show("the new one", fresh);
	MUST(shmctl(fresh, IPC_RMID, NULL));

	id = shm_make(4096, 0600);
	pid = sc_fork("holds", holds, NULL);
	sc_await(1);
	CALL(shmctl(id, IPC_RMID, NULL));
	shm_nattch("held by the child", id);
	sc_kill(pid, SIGKILL);
	sc_wait(pid);
	shm_nattch("the child is dead", id);
}
