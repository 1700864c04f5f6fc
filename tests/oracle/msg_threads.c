/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads of one process as sleepers of their own: each has its place in the line, a thread-directed
 * signal interrupts that thread alone, and a process-directed one a thread that does not block it.
 */
#include "msg_util.h"

static long queue;

static void receives(void *arg)
{
	(void)arg;
	recv_say(queue, 100, 0, 0);
}

static void receives_blocked(void *arg)
{
	sigset_t set;

	(void)arg;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	recv_say(queue, 100, 0, 0);
}

void scenario(void)
{
	sigset_t set;
	pid_t a;
	pid_t b;
	pid_t c;

	queue = new_queue();
	sc_catch(SIGUSR1, SA_RESTART);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	a = sc_thread("A", receives, NULL);
	sc_wait_parked(a);
	b = sc_thread("B", receives, NULL);
	sc_wait_parked(b);
	c = sc_thread("C", receives_blocked, NULL);
	sc_wait_parked(c);
	sc_tkill(b, SIGUSR1);
	sc_join(b);
	sc_say("handled %d", sc_caught(SIGUSR1));
	sc_still_parked(a);
	CALL(send_text(queue, 1, "for A", 0));
	sc_join(a);
	sc_tkill(c, SIGUSR1);
	sc_still_parked(c);
	say_queue("received by a thread", queue);

	a = sc_thread("D", receives, NULL);
	sc_wait_parked(a);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sc_kill(getpid(), SIGUSR1);
	sc_join(a);
	sc_still_parked(c);
	CALL(send_text(queue, 1, "for C", 0));
	sc_join(c);
	sc_say("handled %d", sc_caught(SIGUSR1));
}
