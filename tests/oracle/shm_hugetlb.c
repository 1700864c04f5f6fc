/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SHM_HUGETLB: what shmget(2) answers for page sizes that do not exist, sizes that no pool can
 * have, and callers without the right; a failure leaves nothing in use. What there is of huge
 * pages is the machine's business, so only refusals that do not depend on it are here.
 */
#include "shm_common.h"

#ifndef SHM_HUGE_SHIFT
#define SHM_HUGE_SHIFT 26
#endif

static void ask(void)
{
	CALL(shmget(IPC_PRIVATE, 4096, SHM_HUGETLB | 63 << SHM_HUGE_SHIFT | 0600));
	CALL(shmget(IPC_PRIVATE, 4096, SHM_HUGETLB | 13 << SHM_HUGE_SHIFT | 0600));
	CALL(shmget(IPC_PRIVATE, (size_t)(1ULL << 46), SHM_HUGETLB | 0600));
	CALL(shmget(IPC_PRIVATE, 0, SHM_HUGETLB | 0600));
	CALL(shmget(0x717, 4096, SHM_HUGETLB | 0600));
}

static void nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	ask();
	CALL(shmget(IPC_PRIVATE, 4096, SHM_HUGETLB | 0600));
}

void scenario(void)
{
	struct shm_info info;
	int plain;

	ask();
	sc_wait(sc_fork("nobody", nobody, NULL));
	CALL(raw_shmctl(0, SHM_INFO, &info));
	sc_say("used_ids %d", info.used_ids);
	plain = (int)MUST(shmget(0x718, 4096, IPC_CREAT | 0600));
	CALL(shmget(0x718, 4096, SHM_HUGETLB | 0600) == plain);
}
