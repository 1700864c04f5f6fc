/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One process, one set: P and V without waiting, SETVAL and GETVAL, and IPC_STAT after every step.
 */
#include "sem_util.h"

void scenario(void)
{
	long id = CALL(raw_semget(0x1234, 3, IPC_CREAT | IPC_EXCL | 0640));

	say_set("new", id);
	say_values("new", id, 3);
	say_sem("new", id, 1);
	CALL(op(id, 0, -1, IPC_NOWAIT));
	say_set("nothing done", id);
	CALL(op(id, 1, 5, 0));
	say_set("one V", id);
	say_sem("one V", id, 1);
	CALL(op(id, 1, -3, 0));
	CALL(op(id, 1, -3, IPC_NOWAIT));
	CALL(op(id, 1, -2, IPC_NOWAIT));
	CALL(op(id, 1, 0, IPC_NOWAIT));
	say_values("zero again", id, 3);
	CALL(setval(id, 2, 7));
	CALL(getval(id, 2));
	CALL(op(id, 2, 0, IPC_NOWAIT));
	CALL(op(id, 2, -8, IPC_NOWAIT));
	CALL(op(id, 2, -7, IPC_NOWAIT));
	say_sem("sem 2", id, 2);
	say_set("end", id);
	CALL(raw_semctl(id, 0, IPC_RMID, NULL));
	CALL(op(id, 0, 1, 0));
	CALL(getval(id, 0));
	say_set("removed", id);
}
