/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * semtimedop(): when the time is up, EAGAIN, nothing changed and no sleeper left; a zero timeout
 * never sleeps; what can be done is done whatever the timeout says.
 */
#include "sem_util.h"

static void in_time(void *arg)
{
	long start = sc_mstime();

	CALL(op_ms(*(long *)arg, 0, -1, 0, 6000));
	sc_say_elapsed("before its timeout", start, 0, 5000);
}

void scenario(void)
{
	long id = new_set(2);
	long start = sc_mstime();
	pid_t pid;

	CALL(op_ms(id, 0, -1, 0, 150));
	sc_say_elapsed("150 ms", start, 150, 2000);
	start = sc_mstime();
	CALL(op_ms(id, 0, -1, 0, 0));
	CALL(op_ms(id, 0, 0, 0, 0));
	CALL(op_ms(id, 0, -1, IPC_NOWAIT, 5000));
	CALL(op_ms(id, 0, 1, 0, 0));
	CALL(op_ms(id, 0, -1, 0, 5000));
	sc_say_elapsed("no wait", start, 0, 2000);
	CALL(setval(id, 1, 1));
	start = sc_mstime();
	CALL(op_ms(id, 1, 0, 0, 100));
	sc_say_elapsed("100 ms for zero", start, 100, 2000);
	CALL(op_ms(id, 1, -2, SEM_UNDO, 100));
	sc_say_elapsed("200 ms in all", start, 200, 3000);
	say_sem("no sleeper left", id, 0);
	say_sem("no sleeper left", id, 1);
	say_set("end", id);
	pid = sc_fork("in time", in_time, &id);
	sc_wait_parked(pid);
	CALL(op(id, 0, 1, 0));
	sc_wait(pid);
}
