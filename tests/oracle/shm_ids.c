/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ids: handed out upwards, a freed slot is not taken again at once, and when it is its sequence
 * number differs, so a stale id is EINVAL and never another segment. (ipc/util.c ipc_idr_alloc())
 */
#include "shm_common.h"

void scenario(void)
{
	char line[512] = "";
	int last;
	int len = 0;
	int id;

	for (int i = 0; i < 4; i++)
		CALL(shmget(IPC_PRIVATE, 10, 0600));
	CALL(shmctl(1, IPC_RMID, NULL));
	CALL(shmctl(3, IPC_RMID, NULL));
	for (int i = 0; i < 3; i++)
		CALL(shmget(IPC_PRIVATE, 10, 0600));
	shm_show("freed", 1);
	CALL(shmctl(1, IPC_RMID, NULL));
	CALLP(shmat(3, NULL, 0));

	/* Round and round through the slots. */
	last = -1;
	for (int i = 0; i < 130; i++) {
		id = shm_make(10, 0600);
		if (last >= 0 && id != last + 1)
			len += snprintf(line + len, sizeof(line) - (size_t)len, " %d->%d", last,
					id);
		MUST(shmctl(id, IPC_RMID, NULL));
		last = id;
	}
	sc_say("130 times made and removed, jumps:%s; last %d", line, last);

	id = shm_make(10, 0600);
	sc_say("now %d", id);
	CALL(shmctl(id - 32768, IPC_RMID, NULL));
	CALL(shmctl(id + 32768, IPC_RMID, NULL));
	CALL(shmctl(id & 32767, IPC_RMID, NULL));
	CALL(shmctl(id, IPC_RMID, NULL));
}
