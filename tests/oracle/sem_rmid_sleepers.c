/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPC_RMID ends every sleeper with EIDRM, whatever it waits for; those who come later get EINVAL, and
 * undo entries for the set are forgotten.
 */
#include "sem_util.h"

static void with_undo(void *arg)
{
	long id = *(long *)arg;

	CALL(op(id, 2, 1, SEM_UNDO));
	CALL(op_ms(id, 0, -1, SEM_UNDO, 7000));
	CALL(op(id, 0, -1, 0));
	CALL(getval(id, 0));
}

void scenario(void)
{
	long id = MUST(raw_semget(42, 3, IPC_CREAT | 0600));
	long next;
	pid_t pids[4];

	CALL(setval(id, 1, 1));
	pids[0] = park_op("P", id, 0, -1, 0);
	pids[1] = park_op("zero", id, 1, 0, 0);
	pids[2] = park_op("undo", id, 0, -5, SEM_UNDO);
	pids[3] = sc_fork("timed", with_undo, &id);
	sc_wait_parked(pids[3]);
	CALL(raw_semctl(id, 0, IPC_RMID, NULL));
	for (int i = 0; i < 4; i++)
		sc_wait(pids[i]);
	next = CALL(raw_semget(42, 3, IPC_CREAT | IPC_EXCL | 0600));
	say_values("next", next, 3);
	pids[0] = park_op("P", next, 0, -1, 0);
	CALL(raw_semctl(id, 0, IPC_RMID, NULL));
	sc_still_parked(pids[0]);
	CALL(raw_semctl(next, 0, IPC_RMID, NULL));
	sc_wait(pids[0]);
}
