/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SETALL and GETALL: all values at once, the last process of each, ctime; a set of one and a large
 * one.
 */
#include "sem_util.h"

static void child(void *arg)
{
	unsigned short values[3] = {9, 8, 7};

	CALL(raw_semctl(*(long *)arg, 0, SETALL, values));
}

static void large(void)
{
	static unsigned short values[32000];
	long id = CALL(raw_semget(IPC_PRIVATE, 32000, 0600));
	long sum = 0;

	for (int i = 0; i < 32000; i++)
		values[i] = (unsigned short)i;
	CALL(raw_semctl(id, 0, SETALL, values));
	CALL(op(id, 31999, -1, 0));
	CALL(op(id, 32000, 1, 0));
	memset(values, 0, sizeof(values));
	CALL(raw_semctl(id, 0, GETALL, values));
	for (int i = 0; i < 32000; i++)
		sum += values[i];
	sc_say("sum %ld last %u", sum, values[31999]);
	CALL(raw_semctl(id, 0, IPC_RMID, NULL));
}

void scenario(void)
{
	long id = new_set(3);
	long one = new_set(1);
	unsigned short values[3] = {1, 2, 3};
	unsigned short value[2] = {4, 4};

	CALL(raw_semctl(id, 0, SETALL, values));
	say_values("set", id, 3);
	for (int i = 0; i < 3; i++)
		say_sem("set", id, i);
	say_set("set", id);
	sc_wait(sc_fork("child", child, &id));
	say_values("by child", id, 3);
	for (int i = 0; i < 3; i++)
		say_sem("by child", id, i);
	CALL(op(id, 1, -1, 0));
	say_sem("mine again", id, 1);
	CALL(raw_semctl(one, 5, SETALL, value));
	value[0] = 0;
	CALL(raw_semctl(one, -5, GETALL, value));
	sc_say("%u %u", value[0], value[1]);
	large();
}
