/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an attach may do: SHM_RDONLY needs read permission and a write then kills with SIGSEGV; a
 * read-write attach needs both, SHM_EXEC the execute bit too; permissions count at the attach, not
 * later; the creator has his rights also when somebody else owns the segment.
 */
#include <sys/resource.h>

#include "shm_common.h"

static int ids[4];

static void write_read_only(void *arg)
{
	struct rlimit none = {0, 0};
	char *p;

	(void)arg;
	MUST(setrlimit(RLIMIT_CORE, &none));
	p = shmat(ids[0], NULL, SHM_RDONLY);
	sc_say("reads '%c'", p[0]);
	p[0] = 'w';
	sc_say("wrote");
}

static void make_writable(void *arg)
{
	char *p = shmat(ids[0], NULL, SHM_RDONLY);

	(void)arg;
	CALL(mprotect(p, 4096, PROT_READ | PROT_WRITE));
	CALL(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static void nobody(void *arg)
{
	static const int flags[] = {0, SHM_RDONLY, SHM_EXEC, SHM_RDONLY | SHM_EXEC};
	static const char *const names[] = {"read-write", "SHM_RDONLY", "SHM_EXEC",
					    "SHM_RDONLY|SHM_EXEC"};

	(void)arg;
	sc_become_nobody();
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 4; j++) {
			char label[64];

			snprintf(label, sizeof(label), "segment %d %s", i, names[j]);
			CALLP_Q(label, shmat(ids[i], NULL, flags[j]));
		}
}

static void late(void *arg)
{
	char *p;

	(void)arg;
	sc_become_nobody();
	p = shmat(ids[3], NULL, 0);
	sc_post(1);
	sc_await(2);
	CALLP(shmat(ids[3], NULL, SHM_RDONLY));
	p[1] = 'l';
	sc_say("still writes");
}

static void creator(void *arg)
{
	struct shmid_ds ds = {.shm_perm.uid = 42001, .shm_perm.gid = 42001, .shm_perm.mode = 0600};
	int id;

	(void)arg;
	sc_become_nobody();
	id = shm_make(10, 0600);
	CALL(shmctl(id, IPC_SET, &ds));
	shm_show("given away", id);
	CALLP(shmat(id, NULL, 0));
	CALL(shmctl(id, IPC_RMID, NULL));
}

void scenario(void)
{
	static const int modes[] = {0600, 0604, 0606, 0607};
	struct shmid_ds ds = {0};
	pid_t pid;
	char *p;

	for (int i = 0; i < 4; i++)
		ids[i] = shm_make(4096, modes[i]);
	p = shm_map(ids[0]);
	p[0] = 'r';
	sc_wait(sc_fork("read-only", write_read_only, NULL));
	sc_say("still '%c'", p[0]);
	sc_wait(sc_fork("mprotect", make_writable, NULL));
	sc_wait(sc_fork("nobody", nobody, NULL));
	/* Root is not bound by modes, except by SHM_RDONLY itself. */
	CALLP(shmat(shm_make(10, 0), NULL, 0));
	CALLP(shmat(shm_make(10, 0), NULL, SHM_EXEC));

	pid = sc_fork("late", late, NULL);
	sc_await(1);
	ds.shm_perm.mode = 0600;
	CALL(shmctl(ids[3], IPC_SET, &ds));
	sc_post(2);
	sc_wait(pid);
	p = shm_map(ids[3]);
	sc_say("'%c' arrived", p[1]);
	sc_wait(sc_fork("creator", creator, NULL));
}
