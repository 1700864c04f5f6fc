/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ignored, blocked and by default harmless signals do not disturb a sleeper, keep its place in the
 * line and do not lengthen its timeout.
 */
#include "sem_util.h"

static void sleeper(void *arg)
{
	sigset_t set;
	long start = sc_mstime();

	signal(SIGUSR1, SIG_IGN);
	sc_catch(SIGUSR2, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CALL(op(*(long *)arg, 0, -1, 0));
	CALL(op_ms(*(long *)arg, 0, -1, 0, 600));
	sc_say_elapsed("600 ms", start, 600, 5000);
	sc_say("SIGUSR2 handled %d", sc_caught(SIGUSR2));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sc_say("SIGUSR2 handled %d", sc_caught(SIGUSR2));
}

void scenario(void)
{
	long id = new_set(1);
	pid_t first = sc_fork("first", sleeper, &id);
	pid_t second;

	sc_wait_parked(first);
	second = park_op("second", id, 0, -5, 0);
	sc_kill(first, SIGUSR1);
	sc_kill(first, SIGUSR2);
	sc_kill(first, SIGCHLD);
	sc_kill(first, SIGCONT);
	sc_still_parked(first);
	say_sem("undisturbed", id, 0);
	CALL(op(id, 0, 1, 0));
	sc_wait_parked(first);
	for (int i = 0; i < 5; i++) {
		sc_msleep(40);
		sc_must("kill", kill(first, SIGUSR1));
	}
	sc_wait(first);
	say_sem("second sleeps", id, 0);
	CALL(op(id, 0, 5, 0));
	sc_wait(second);
}
