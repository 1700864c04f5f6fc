/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec() by one thread while another sleeps in msgrcv(): the sleeper is gone without a result, and a
 * later message stays for the program that follows.
 */
#include "msg_util.h"

static long queue;

static void sleeper(void *arg)
{
	(void)arg;
	recv_say(queue, 100, 0, 0);
}

static void two_threads(void *arg)
{
	char number[24];
	pid_t tid;

	(void)arg;
	tid = sc_thread("T", sleeper, NULL);
	sc_wait_parked(tid);
	snprintf(number, sizeof(number), "%ld", queue);
	sc_say("exec");
	sc_exec_self(number);
}

void scenario_stage(const char *stage)
{
	queue = atol(stage);
	sc_say("another program");
	sc_post(0);
	recv_say(queue, 100, 1, 0);
	recv_say(queue, 100, 0, 0);
}

void scenario(void)
{
	pid_t pid;

	queue = new_queue();
	pid = sc_fork("P", two_threads, NULL);
	sc_await(0);
	CALL(send_text(queue, 2, "two", 0));
	CALL(send_text(queue, 1, "one", 0));
	sc_wait(pid);
	say_fill("end", queue);
}
