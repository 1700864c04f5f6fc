/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values at and past SEMVMX: SETVAL, SETALL and semop() say ERANGE and change nothing.
 */
#include "sem_util.h"

void scenario(void)
{
	long id = new_set(2);
	unsigned short values[2] = {32767, 32768};

	CALL(setval(id, 0, 32767));
	CALL(setval(id, 0, 32768));
	CALL(setval(id, 0, -1));
	CALL(setval(id, 0, INT_MIN));
	CALL(setval(id, 0, (long)((1LL << 32) + 5)));
	CALL(getval(id, 0));
	CALL(setval(id, 0, 32766));
	CALL(op(id, 0, 1, 0));
	CALL(op(id, 0, 1, 0));
	CALL(op(id, 0, 1, IPC_NOWAIT));
	CALL(op(id, 0, 32767, 0));
	CALL(getval(id, 0));
	CALL(op(id, 0, -32767, IPC_NOWAIT));
	CALL(op(id, 0, -32768, IPC_NOWAIT));
	CALL(op(id, 0, 32767, 0));
	CALL(op(id, 0, -32768, IPC_NOWAIT));
	CALL(raw_semctl(id, 0, SETALL, values));
	say_values("refused", id, 2);
	values[1] = 65535;
	CALL(raw_semctl(id, 0, SETALL, values));
	values[1] = 1;
	CALL(raw_semctl(id, 99, SETALL, values));
	say_values("set", id, 2);
	CALL(setval(id, 2, 1));
	CALL(setval(id, -1, 1));
	CALL(setval(id, 2, 32768));
	CALL(getval(id, 2));
	CALL(getval(id, -1));
	CALL(raw_semctl(id, 2, GETPID, NULL));
	CALL(raw_semctl(id, 2, GETNCNT, NULL));
	CALL(raw_semctl(id, -1, GETZCNT, NULL));
	CALL(raw_semctl(id, 65536, GETVAL, NULL));
}
