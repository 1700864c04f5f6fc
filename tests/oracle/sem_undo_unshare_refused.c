/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unshare(2) with CLONE_SYSVSEM that the kernel refuses, for another of its flags, leaves the
 * thread's undo list alone (check_unshare_flags(), unshare_nsproxy_namespaces()).
 */
#include "sem_util.h"

static long id;

static void try(const char *what, int flags)
{
	CALL(unshare(flags));
	say_values(what, id, 1);
}

static void unprivileged(void *arg)
{
	(void)arg;
	MUST(setgid(12345));
	MUST(setuid(12345));
	CALL(op(id, 0, -1, SEM_UNDO));
	try("a mount namespace, without capability", CLONE_SYSVSEM | CLONE_NEWNS);
	try("an IPC namespace, without capability", CLONE_NEWIPC);
	try("no other flag", CLONE_SYSVSEM);
}

static void idle(void *arg)
{
	(void)arg;
	pause();
}

static void privileged(void *arg)
{
	(void)arg;
	CALL(op(id, 0, -1, SEM_UNDO));
	try("an unknown flag", CLONE_SYSVSEM | 1);
	try("memory, alone", CLONE_SYSVSEM | CLONE_VM);
	CALL(op(id, 0, -1, SEM_UNDO));
	sc_thread("idle", idle, NULL);
	try("memory, with another thread", CLONE_SYSVSEM | CLONE_VM);
	try("a user namespace, with another thread", CLONE_SYSVSEM | CLONE_NEWUSER);
	try("files, with another thread", CLONE_SYSVSEM | CLONE_FILES);
}

void scenario(void)
{
	id = new_set(1);
	MUST(semctl(id, 0, IPC_SET, &(struct semid_ds){.sem_perm.mode = 0666}));
	CALL(setval(id, 0, 5));
	sc_wait(sc_fork("unprivileged", unprivileged, NULL));
	say_values("gone", id, 1);
	sc_wait(sc_fork("privileged", privileged, NULL));
	say_values("gone", id, 1);
}
