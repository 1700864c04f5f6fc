/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who gets the signal: the registered process only, not its fork, even when that inherited the
 * descriptor. A registration whose descriptor survives exec stays in the books (EBUSY for others)
 * and is used up by the first message, but the new program is not sent a signal that it never asked
 * for (ipc/mqueue.c __do_notify() compares self_exec_id).
 */
#include "mq_common.h"

static mqd_t q;

static void child(void *arg)
{
	(void)arg;
	mq_put("send", q, "child", 0);
	mq_got_signal("in the child", SIGUSR1, 0);
	CALL(mq_notify(q, NULL));
}

static void registered_execs(void *arg)
{
	(void)arg;
	MUST(fcntl(q, F_SETFD, 0));
	MUST(fcntl(q, F_DUPFD, 190));
	mq_want_signal("register", q, SIGUSR1, 5);
	sc_exec_self("stage");
}

void scenario_stage(const char *stage)
{
	mq_status("status in the new program", 190);
	mq_put("send", 190, stage, 0);
	mq_got_signal("own signal", SIGUSR1, 0);
	mq_status("status after", 190);
}

void scenario(void)
{
	q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);
	mq_hold_signal(SIGUSR1);
	mq_want_signal("register", q, SIGUSR1, 4);
	sc_wait(sc_fork("child", child, NULL));
	mq_got_signal("in the parent", SIGUSR1, 0);
	mq_take("receive", q);
	sc_wait(sc_fork("execs", registered_execs, NULL));
	mq_take("receive", q);
}
