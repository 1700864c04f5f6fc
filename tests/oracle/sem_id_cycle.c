/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ids of sets are slot and sequence, dealt in a cycle; a stale id is never another set, its key is
 * free at once.
 */
#include "sem_util.h"

void scenario(void)
{
	long first = CALL(raw_semget(1, 1, IPC_CREAT | 0600));
	long stale = CALL(raw_semget(2, 1, IPC_CREAT | 0600));
	long id = -1;

	CALL(raw_semctl(stale, 0, IPC_RMID, NULL));
	CALL(raw_semget(2, 0, 0));
	CALL(raw_semget(2, 2, IPC_CREAT | IPC_EXCL | 0600));
	CALL(op(stale, 0, 1, 0));
	CALL(getval(stale, 0));
	CALL(raw_semctl(stale, 0, IPC_RMID, NULL));
	for (int i = 0; i < 130; i++) {
		id = MUST(raw_semget(IPC_PRIVATE, 1, 0600));
		MUST(raw_semctl(id, 0, IPC_RMID, NULL));
		if (i % 10 == 0 || (id & 0x7fff) < 5)
			sc_say("round %d: slot %ld sequence %ld", i, id & 0x7fff, id >> 15);
	}
	id = CALL(raw_semget(IPC_PRIVATE, 1, 0600));
	say_set("late one", id);
	CALL(op(id & 0x7fff, 0, 1, 0));
	CALL(op(id, 0, 1, 0));
	CALL(op(first, 0, 1, 0));
	CALL(op(-1, 0, 1, 0));
	CALL(op(INT_MAX, 0, 1, 0));
	CALL(op(77, 0, 1, 0));
}
