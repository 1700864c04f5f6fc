/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SIGSTOP and SIGCONT end semop() and semtimedop() with EINTR even without a handler (signal(7)); a
 * stopped sleeper has left the line.
 */
#include "sem_util.h"

static void sleeper(void *arg)
{
	long id = *(long *)arg;

	CALL(op(id, 0, -1, 0));
	CALL(op_ms(id, 0, -1, SEM_UNDO, 7000));
	CALL(op(id, 0, 0, IPC_NOWAIT));
}

void scenario(void)
{
	long id = new_set(1);
	pid_t a = sc_fork("A", sleeper, &id);
	pid_t b;

	sc_wait_parked(a);
	b = park_op("B", id, 0, -1, 0);
	sc_stop(a);
	say_sem("A stopped", id, 0);
	CALL(op(id, 0, 1, 0));
	sc_wait(b);
	CALL(op(id, 0, 1, 0));
	say_sem("left over", id, 0);
	CALL(op(id, 0, -1, 0));
	sc_cont(a);
	/* In its second call now. */
	sc_wait_parked(a);
	sc_flush(a);
	sc_stop(a);
	sc_cont(a);
	sc_wait(a);
	say_sem("end", id, 0);
}
