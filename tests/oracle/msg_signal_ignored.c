/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signals that are ignored, blocked, or do nothing by default neither end nor disturb a sleeping
 * call; a blocked one runs its handler when it is unblocked.
 */
#include "msg_util.h"

static void sleeper(void *arg)
{
	sigset_t set;

	signal(SIGUSR1, SIG_IGN);
	sc_catch(SIGUSR2, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	recv_say(*(long *)arg, 100, 0, 0);
	sc_say("SIGUSR2 handled %d", sc_caught(SIGUSR2));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sc_say("SIGUSR2 handled %d", sc_caught(SIGUSR2));
}

void scenario(void)
{
	long id = new_queue();
	pid_t first = sc_fork("first", sleeper, &id);
	pid_t second;

	sc_wait_parked(first);
	second = park_receiver("second", id, 100, 0, 0);
	sc_kill(first, SIGUSR1);
	sc_still_parked(first);
	sc_kill(first, SIGUSR2);
	sc_still_parked(first);
	sc_kill(first, SIGCHLD);
	sc_kill(first, SIGWINCH);
	sc_kill(first, SIGCONT);
	sc_still_parked(first);
	CALL(send_text(id, 1, "one", 0));
	sc_wait_next();
	sc_still_parked(second);
	CALL(send_text(id, 1, "two", 0));
	sc_wait_next();
}
