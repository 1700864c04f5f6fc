/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPC_SET: changes owner, group and the nine permission bits, nothing else, and sets the change
 * time; EPERM unless the caller is owner or creator or capable, whatever the mode.
 */
#include "shm_common.h"

#define OWNER 42001

static int id;

static void set(const char *label, uid_t uid, gid_t gid, unsigned short mode)
{
	struct shmid_ds ds;

	memset(&ds, 0x5a, sizeof(ds));
	ds.shm_perm.uid = uid;
	ds.shm_perm.gid = gid;
	ds.shm_perm.mode = mode;
	CALL_Q(label, shmctl(id, IPC_SET, &ds));
	shm_show("  ", id);
}

static void as_owner(void *arg)
{
	(void)arg;
	MUST(setresgid(OWNER, OWNER, OWNER));
	MUST(setresuid(OWNER, OWNER, OWNER));
	set("owner changes the mode", OWNER, OWNER, 0606);
	set("owner gives it away", SC_NOBODY, SC_NOBODY, 0666);
	set("and is no owner any more", OWNER, OWNER, 0600);
	CALL(shmctl(id, IPC_RMID, NULL));
}

static void as_nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	set("nobody", SC_NOBODY, SC_NOBODY, 0666);
	CALL(shmctl(id, IPC_RMID, NULL));
}

static void bad_owner(void *arg)
{
	(void)arg;
	sc_become_nobody();
	CALL(shmctl(id, IPC_RMID, NULL));
}

void scenario(void)
{
	id = (int)MUST(shmget(55, 100, IPC_CREAT | 0600));
	set("root to others", OWNER, OWNER + 1, 0640);
	set("bits beyond the nine", OWNER, OWNER + 1, 0177777 & ~0777);
	set("all bits", OWNER, OWNER + 1, 0177777);
	set("uid -1", (uid_t)-1, OWNER, 0600);
	set("gid -1", OWNER, (gid_t)-1, 0600);
	set("back", OWNER, OWNER, 0600);
	sc_wait(sc_fork("nobody", as_nobody, NULL));
	sc_wait(sc_fork("owner", as_owner, NULL));
	shm_show("main", id);
	CALL(raw_shmctl(id, IPC_SET, NULL));
	CALL(raw_shmctl(id, IPC_SET, sc_bad_page()));
	CALL(raw_shmctl(id, IPC_SET, sc_page_end(sizeof(struct shmid_ds) - 1)));
	CALL(raw_shmctl(99, IPC_SET, sc_bad_page()));
	shm_show_use("unused", id);
	sc_wait(sc_fork("new-owner", bad_owner, NULL));
	shm_show("main", id);
}
