/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shmdt(2) takes the address of an attach and nothing else: EINVAL for unaligned addresses, other
 * mappings, a place in the middle, a second time; several attaches are detached one by one; munmap
 * of all of it is a detach, too.
 */
#include "shm_common.h"

#define PAGE 4096

void scenario(void)
{
	int id = shm_make(3 * PAGE, 0600);
	char *anon;
	char *p[3];

	shm_nattch("fresh", id);
	for (int i = 0; i < 3; i++)
		p[i] = shm_map(id);
	p[0][5] = 'a';
	sc_say("three attaches, one memory: '%c' '%c'", p[1][5], p[2][5]);
	shm_nattch("three", id);
	CALL(shmdt(p[0] + 1));
	CALL(shmdt(p[0] + PAGE));
	CALL(shmdt(NULL));
	CALL(shmdt((void *)-1));
	CALL(shmdt((void *)-PAGE));
	CALL(shmdt(&anon));
	anon = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CALL(shmdt(anon));
	shm_nattch("still three", id);
	CALL(shmdt(p[1]));
	shm_nattch("two", id);
	CALL(shmdt(p[1]));
	sc_say("the others stay: '%c' '%c'", p[0][5], p[2][5]);

	/* Part of an attach unmapped: it counts until the last page goes. */
	CALL(munmap(p[0], PAGE));
	shm_nattch("first page unmapped", id);
	CALL(shmdt(p[0]));
	shm_nattch("shmdt at its old start", id);
	CALL(munmap(p[2] + PAGE, PAGE));
	shm_nattch("hole in the middle", id);
	CALL(shmdt(p[2]));
	shm_nattch("both sides gone", id);

	p[0] = shm_map(id);
	CALL(munmap(p[0], 3 * PAGE));
	shm_nattch("unmapped wholly", id);
	CALL(shmdt(p[0]));
	p[0] = shm_map(id);
	CALL(mprotect(p[0] + PAGE, PAGE, PROT_READ));
	shm_nattch("split by mprotect", id);
	CALL(shmdt(p[0]));
	shm_nattch("detached whole", id);

	p[0] = shm_map(id);
	p[1] = mremap(p[0], 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		      shm_free_range(3 * PAGE));
	sc_say("moved: '%c'", p[1] == MAP_FAILED ? '-' : p[1][5]);
	shm_nattch("moved", id);
	CALL(shmdt(p[0]));
	CALL(shmdt(p[1]));
	shm_nattch("end", id);
}
