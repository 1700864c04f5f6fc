/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A handled signal ends semop() and semtimedop() with EINTR, SA_RESTART or not (signal(7)); nothing
 * is changed and the count of sleepers falls.
 */
#include "sem_util.h"

struct task {
	long id;
	int sa_flags;
	bool timed;
};

static void sleeper(void *arg)
{
	const struct task *task = arg;

	sc_catch(SIGUSR1, task->sa_flags);
	for (int i = 0; i < 2; i++) {
		if (task->timed)
			CALL_Q("semtimedop", op_ms(task->id, 0, -1, 0, 7000));
		else
			CALL_Q("semop", op(task->id, 0, -1, SEM_UNDO));
		sc_say("handler ran %d", sc_caught(SIGUSR1));
	}
}

static void run(int sa_flags, bool timed)
{
	struct task task = {.id = new_set(1), .sa_flags = sa_flags, .timed = timed};
	pid_t pid;

	sc_say("%s, %s", timed ? "timed" : "untimed", sa_flags ? "SA_RESTART" : "no SA_RESTART");
	pid = sc_fork("S", sleeper, &task);
	sc_wait_parked(pid);
	say_sem("sleeps", task.id, 0);
	sc_kill(pid, SIGUSR1);
	/* Parked again only in its second call. */
	sc_wait_parked(pid);
	sc_flush(pid);
	CALL(op(task.id, 0, 1, 0));
	sc_wait(pid);
	say_sem("end", task.id, 0);
}

void scenario(void)
{
	run(0, false);
	run(SA_RESTART, false);
	run(0, true);
	run(SA_RESTART, true);
}
