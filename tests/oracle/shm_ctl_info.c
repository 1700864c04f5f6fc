/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPC_INFO gives the namespace's limits, SHM_INFO what is in use (segments, pages made and pages
 * resident); both return the highest index in use, 0 for none, and need no permission.
 */
#include "shm_common.h"

static void limits(void)
{
	struct shminfo info;
	long ret;

	memset(&info, 0xff, sizeof(info));
	errno = 0;
	ret = sc_result("IPC_INFO", raw_shmctl(0, IPC_INFO, &info));
	if (ret >= 0)
		sc_say("  shmmax %lu shmmin %lu shmmni %lu shmseg %lu shmall %lu", info.shmmax,
		       info.shmmin, info.shmmni, info.shmseg, info.shmall);
}

static void usage(const char *label)
{
	struct shm_info info;
	long ret;

	memset(&info, 0xff, sizeof(info));
	errno = 0;
	ret = sc_result(label, raw_shmctl(0, SHM_INFO, &info));
	if (ret >= 0)
		sc_say("  used_ids %d tot %lu rss %lu swp %lu attempts %lu successes %lu",
		       info.used_ids, info.shm_tot, info.shm_rss, info.shm_swp, info.swap_attempts,
		       info.swap_successes);
}

static void nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	limits();
	usage("SHM_INFO");
}

void scenario(void)
{
	int id[4];
	char *p;

	limits();
	usage("none");
	id[0] = shm_make(1, 0600);
	usage("one of one byte");
	id[1] = shm_make(5 * 4096 + 1, 0600);
	id[2] = shm_make(4096, 0600);
	usage("three");
	p = shm_map(id[1]);
	p[0] = 1;
	p[4096] = 1;
	p[5 * 4096] = 1;
	usage("three pages touched");
	MUST(shmctl(id[0], IPC_RMID, NULL));
	usage("first removed");
	MUST(shmctl(id[1], IPC_RMID, NULL));
	usage("second marked");
	MUST(shmdt(p));
	usage("second gone");
	sc_wait(sc_fork("nobody", nobody, NULL));
	MUST(shmctl(id[2], IPC_RMID, NULL));
	usage("none left");
	limits();
	CALL(raw_shmctl(0, IPC_INFO, sc_bad_page()));
	CALL(raw_shmctl(0, SHM_INFO, sc_bad_page()));
	CALL(raw_shmctl(0, SHM_INFO, sc_page_end(sizeof(struct shm_info) - 1)));
	CALL(raw_shmctl(-1, IPC_INFO, sc_ro_page()));
	CALL(raw_shmctl(12345, SHM_INFO, sc_page_end(sizeof(struct shm_info))));
}
