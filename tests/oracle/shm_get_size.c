/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sizes in shmget(2): a new segment needs at least one byte and at most SHMMAX, is remembered in
 * bytes and mapped in pages; an existing one may be asked for with any size up to its own, also 0.
 */
#include "shm_common.h"

static void try_size(size_t size)
{
	char label[48];
	long id;

	snprintf(label, sizeof(label), "new of %zu", size);
	errno = 0;
	id = sc_result_ok(label, shmget(IPC_PRIVATE, size, 0600));
	if (id == -1)
		return;
	shm_show("  ", (int)id);
	MUST(shmctl((int)id, IPC_RMID, NULL));
}

void scenario(void)
{
	static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 1 << 20, 0x10001};
	char *p;
	int id;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		try_size(sizes[i]);
	CALL(shmget(IPC_PRIVATE, SIZE_MAX, 0600));
	CALL(shmget(IPC_PRIVATE, (size_t)(1ULL << 63), 0600));
	CALL(shmget(IPC_PRIVATE, SIZE_MAX - 4096, 0600));
	CALL(shmget(77, 0, IPC_CREAT | 0600));
	CALL(shmget(77, 0, 0600));

	id = (int)MUST(shmget(77, 5000, IPC_CREAT | 0600));
	CALL(shmget(77, 0, 0) == id);
	CALL(shmget(77, 1, IPC_CREAT | 0600) == id);
	CALL(shmget(77, 5000, 0600) == id);
	CALL(shmget(77, 5001, 0600));
	CALL(shmget(77, 5001, IPC_CREAT | 0600));
	CALL(shmget(77, SIZE_MAX, IPC_CREAT | 0600));
	CALL(shmget(77, 0, IPC_CREAT | IPC_EXCL | 0600));

	p = shm_map(id);
	memset(p, 'x', 8192);
	sc_say("written up to the end of the last page");
}
