/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads that wait on one descriptor: each is a waiter of its own; closing the descriptor from
 * another thread does not end their waits (the call holds the open file), nor does unlinking the
 * name; a signal to one thread interrupts that one only.
 */
#include "mq_common.h"

static mqd_t q;

static void receiver(void *arg)
{
	(void)arg;
	mq_take("receive", q);
}

void scenario(void)
{
	static const char *const roles[] = {"one", "two", "three"};
	mqd_t other;
	pid_t tids[3];

	q = mq_make("/q", O_RDWR, 2, 8);
	other = mq_reopen("/q", O_RDWR | O_NONBLOCK);
	sc_catch(SIGUSR1, 0);
	for (int i = 0; i < 3; i++) {
		tids[i] = sc_thread(roles[i], receiver, NULL);
		sc_wait_parked(tids[i]);
	}
	sc_tkill(tids[1], SIGUSR1);
	sc_join(tids[1]);
	sc_say("handler ran %d times", sc_caught(SIGUSR1));
	CALL(mq_close(q));
	CALL(mq_unlink("/q"));
	sc_still_parked(tids[0]);
	sc_still_parked(tids[2]);
	mq_put("send by the other descriptor", other, "x", 1);
	sc_join(tids[0]);
	mq_put("send by the other descriptor", other, "y", 2);
	sc_join(tids[2]);
	CALL(mq_send(q, "z", 1, 0));
	mq_put("send by the other descriptor", other, "z", 0);
	mq_show("other", other);
	CALL(mq_open("/q", O_RDWR));
}
