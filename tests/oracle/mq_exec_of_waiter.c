/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process whose threads wait in mq_receive() and mq_send() execs: the threads end, their waits
 * with them; the message that comes next is for the queue, and what the sender offered is not sent.
 */
#include "mq_common.h"

static mqd_t empty;
static mqd_t full;

static void receives(void *arg)
{
	(void)arg;
	mq_take("receive", empty);
}

static void sends(void *arg)
{
	(void)arg;
	mq_put("send", full, "never", 9);
}

static void execs(void *arg)
{
	pid_t in = sc_thread("in", receives, NULL);
	pid_t out = sc_thread("out", sends, NULL);

	(void)arg;
	sc_wait_parked(in);
	sc_wait_parked(out);
	sc_exec_self("new program");
}

void scenario_stage(const char *stage)
{
	sc_say("%s", stage);
	sc_post(1);
	sc_await(2);
}

void scenario(void)
{
	pid_t pid;

	empty = mq_make("/empty", O_RDWR, 2, 8);
	full = mq_make("/full", O_RDWR, 1, 8);
	mq_put("fill", full, "full", 0);
	pid = sc_fork("execs", execs, NULL);
	sc_await(1);
	mq_put("send", empty, "later", 0);
	mq_show("empty", empty);
	mq_take("receive", empty);
	mq_take("receive", full);
	mq_show("full", full);
	sc_post(2);
	sc_wait(pid);
}
