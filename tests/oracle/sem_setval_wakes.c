/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SETVAL and SETALL serve sleepers as V does; a value that is not enough serves none.
 */
#include "sem_util.h"

void scenario(void)
{
	long id = new_set(3);
	unsigned short values[3] = {1, 0, 2};
	pid_t a, b, c, z;

	a = park_op("A", id, 0, -1, 0);
	b = park_op("B", id, 0, -2, 0);
	c = park_op("C", id, 0, -1, 0);
	CALL(setval(id, 0, 0));
	sc_still_parked(a);
	CALL(setval(id, 0, 3));
	sc_wait(a);
	sc_wait(b);
	sc_still_parked(c);
	say_sem("3 given", id, 0);
	CALL(op(id, 1, 1, 0));
	z = park_op("Z", id, 1, 0, 0);
	b = park_op("B", id, 2, -2, 0);
	CALL(raw_semctl(id, 0, SETALL, values));
	sc_wait(c);
	sc_wait(z);
	sc_wait(b);
	say_values("all given", id, 3);
	for (int i = 0; i < 3; i++)
		say_sem("all given", id, i);
}
