/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One V that serves several sleepers at once, and several without a pause: everybody who can go
 * goes, in order, and the rest stays.
 */
#include "sem_util.h"

void scenario(void)
{
	long id = new_set(1);
	pid_t pids[4];

	pids[0] = park_op("A", id, 0, -2, 0);
	pids[1] = park_op("B", id, 0, -1, 0);
	pids[2] = park_op("C", id, 0, -2, 0);
	pids[3] = park_op("D", id, 0, -1, 0);
	CALL(op(id, 0, 4, 0));
	say_sem("V 4", id, 0);
	sc_wait(pids[0]);
	sc_wait(pids[1]);
	sc_wait(pids[3]);
	sc_still_parked(pids[2]);
	CALL(op(id, 0, 1, 0));
	say_sem("V 1", id, 0);
	sc_still_parked(pids[2]);
	CALL(op(id, 0, 1, 0));
	sc_wait(pids[2]);

	for (int i = 0; i < 4; i++)
		pids[i] = park_op("S", id, 0, -1, 0);
	for (int i = 0; i < 5; i++)
		CALL(op(id, 0, 1, 0));
	say_sem("five times V", id, 0);
	for (int i = 0; i < 4; i++)
		sc_wait(pids[i]);
}
