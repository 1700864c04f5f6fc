/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How many operations a call takes, semaphore numbers out of range, and which error comes first.
 */
#include "sem_util.h"

void scenario(void)
{
	long id = new_set(2);
	struct sembuf ops[501];
	struct sembuf wrong[2] = {{0, 1, 0}, {2, 1, 0}};

	for (int i = 0; i < 501; i++)
		ops[i] = (struct sembuf){.sem_num = (unsigned short)(i & 1), .sem_op = 1};
	CALL(raw_semop(id, ops, 0));
	CALL(raw_semop(id, NULL, 0));
	CALL(raw_semop(id, ops, 500));
	say_values("500", id, 2);
	CALL(raw_semop(id, ops, 501));
	CALL(raw_semop(id, NULL, 501));
	CALL(raw_semop(id, ops, 65536));
	CALL(raw_semop(id, ops, (size_t)-1));
	CALL(raw_semop(id, ops, (size_t)((1ULL << 32) + 1)));
	CALL(raw_semop(-1, ops, 501));
	CALL(raw_semop(99, ops, 501));
	CALL(raw_semop(-1, NULL, 1));
	CALL(raw_semop(99, NULL, 1));
	CALL(raw_semop(99, ops, 1));
	CALL(raw_semop(-1, ops, 0));
	CALL(raw_semop(id, wrong, 2));
	wrong[1].sem_num = 65535;
	CALL(raw_semop(id, wrong, 2));
	wrong[0].sem_op = -30000;
	wrong[0].sem_flg = IPC_NOWAIT;
	CALL(raw_semop(id, wrong, 2));
	CALL(raw_semop(99, wrong, 2));
	CALL(op(id, 0, 1, 0x7fff & ~SEM_UNDO));
	say_values("end", id, 2);
}
