/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who counts as a segment's last user: natively also who inherits an attach and exits. (With it goes
 * what is no different: how many there are.)
 */
#include "../shm_common.h"

static int id;

static void inherits(void *arg)
{
	(void)arg;
	sc_post(1);
	sc_await(2);
}

static void show(const char *label)
{
	struct shmid_ds ds;

	MUST(shmctl(id, IPC_STAT, &ds));
	sc_say("%s: nattch %lu, last %s", label, ds.shm_nattch, sc_role(ds.shm_lpid));
}

void scenario(void)
{
	pid_t pid;
	char *p;

	id = shm_make(4096, 0600);
	p = shm_map(id);
	show("attached");
	pid = sc_fork("heir", inherits, NULL);
	sc_await(1);
	show("inherited");
	sc_post(2);
	sc_wait(pid);
	show("the heir has gone");
	MUST(munmap(p, 4096));
	show("unmapped");
}
