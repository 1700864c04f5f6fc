/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where shmat(2) attaches: anywhere for NULL, exactly there for an aligned free address, rounded
 * down with SHM_RND, over existing mappings only with SHM_REMAP, which needs an address.
 */
#include "shm_common.h"

#define PAGE 4096
#define SIZE (4 * PAGE)

static int id;

static void at(const char *label, char *addr, int flags, const char *expected)
{
	char *p;

	errno = 0;
	p = shmat(id, addr, flags);
	if (p == (void *)-1) {
		sc_result(label, -1);
		return;
	}
	sc_say("%s: %s, first byte '%c'", label, p == expected ? "there" : "elsewhere", p[0]);
	MUST(shmdt(p));
}

void scenario(void)
{
	char *range = shm_free_range(4 * SIZE);
	char *mapped;
	char *p;

	id = shm_make(SIZE - 1, 0600);
	p = shm_map(id);
	memset(p, 's', SIZE);
	MUST(shmdt(p));

	at("aligned", range + SIZE, 0, range + SIZE);
	at("unaligned", range + SIZE + 1, 0, NULL);
	at("unaligned, SHM_RND", range + SIZE + 1, SHM_RND, range + SIZE);
	at("last byte of a page, SHM_RND", range + SIZE + PAGE - 1, SHM_RND, range + SIZE);
	at("aligned, SHM_RND", range, SHM_RND, range);
	at("NULL, SHM_REMAP", NULL, SHM_REMAP, NULL);
	at("1, SHM_RND|SHM_REMAP", (char *)1, SHM_RND | SHM_REMAP, NULL);
	at("unaligned, SHM_REMAP", range + 1, SHM_REMAP, NULL);
	at("free, SHM_REMAP", range, SHM_REMAP, range);
	at("beyond the address space", (char *)(uintptr_t)(1ULL << 60), 0, NULL);
	at("wraps around", (char *)(-PAGE), 0, NULL);

	mapped = mmap(range, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		      -1, 0);
	memset(mapped, 'm', SIZE);
	at("occupied", mapped, 0, NULL);
	at("end reaches into it", mapped - SIZE + PAGE, 0, NULL);
	at("unaligned and occupied, SHM_RND", mapped + 5, SHM_RND, NULL);
	sc_say("the mapping is as it was: '%c'", mapped[SIZE - 1]);
	at("occupied, SHM_REMAP", mapped, SHM_REMAP, mapped);
	shm_nattch("after all", id);

	/* A segment over another one: that one is detached. */
	{
		int second = shm_make(SIZE, 0600);
		char *q = shm_map(second);

		shm_nattch("second", second);
		CALL(shmat(id, q, 0) == q);
		CALL(shmat(id, q, SHM_REMAP) == q);
		shm_nattch("second, covered", second);
		shm_nattch("first, covering", id);
		sc_say("shows '%c'", q[1]);
		CALL(shmdt(q));
		shm_nattch("first, detached", id);
	}
	/* Half of one only. */
	p = shm_map(id);
	{
		int half = shm_make(SIZE / 2, 0600);

		CALL(shmat(half, p + SIZE / 2, SHM_REMAP) == p + SIZE / 2);
		sc_say("'%c' and %d", p[0], p[SIZE / 2]);
		shm_nattch("first, half covered", id);
		CALL(shmdt(p));
		shm_nattch("first", id);
		shm_nattch("the other", half);
		CALL(shmdt(p + SIZE / 2));
		shm_nattch("the other", half);
	}
}
