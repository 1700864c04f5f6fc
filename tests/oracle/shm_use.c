/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Creator, last user and times: attach and detach set the last pid and their time, also by munmap,
 * fork and the exit of who inherited one; IPC_STAT and a failed attach set nothing.
 */
#include "shm_common.h"

static int id;

static void attaches(void *arg)
{
	char *p = shm_map(id);

	MUST(shmdt(p));
	if (arg)
		shm_show_use("inside", id);
}

static void fails(void *arg)
{
	(void)arg;
	sc_become_nobody();
	CALLP(shmat(id, NULL, 0));
}

static void exits_attached(void *arg)
{
	(void)arg;
	shm_map(id);
}

static void inherits(void *arg)
{
	(void)arg;
	sc_post(1);
	sc_await(2);
}

void scenario(void)
{
	char *p;
	pid_t pid;

	id = shm_make(10, 0600);
	shm_show_use("fresh", id);
	sc_wait(sc_fork("attaches", attaches, &id));
	shm_show_use("after the child", id);
	sc_wait(sc_fork("fails", fails, NULL));
	shm_show_use("after a failure", id);
	p = shm_map(id);
	shm_show_use("attached by main", id);
	pid = sc_fork("inherits", inherits, NULL);
	sc_await(1);
	shm_show_use("inherited", id);
	sc_post(2);
	sc_wait(pid);
	shm_show_use("the heir has gone", id);
	MUST(munmap(p, 4096));
	shm_show_use("unmapped by main", id);
	sc_wait(sc_fork("exits", exits_attached, NULL));
	shm_show_use("exited attached", id);
}
