/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When a notification is due: a message enters an empty queue. Not when the queue already held one
 * at registration, not for the second message, not when a receiver waits and takes the message; and
 * a sender's wait that ends because room was made is no arrival in an empty queue, except in a
 * queue for one.
 */
#include "mq_common.h"

static mqd_t q;

static void receiver(void *arg)
{
	(void)arg;
	mq_take("receive", q);
}

static void sender(void *arg)
{
	mq_put("send", q, arg, 0);
}

void scenario(void)
{
	mqd_t nonblock;
	pid_t pid;

	q = mq_make("/q", O_RDWR, 2, 8);
	nonblock = mq_reopen("/q", O_RDWR | O_NONBLOCK);
	mq_hold_signal(SIGUSR1);

	mq_put("send before", q, "a", 0);
	mq_want_signal("register", q, SIGUSR1, 1);
	mq_got_signal("at registration", SIGUSR1, 0);
	mq_put("second message", q, "b", 0);
	mq_got_signal("after the second", SIGUSR1, 0);
	mq_take("drain", nonblock);
	mq_take("drain", nonblock);
	mq_got_signal("drained", SIGUSR1, 0);
	mq_put("first message", q, "c", 0);
	mq_got_signal("now", SIGUSR1, 0);
	mq_take("drain", nonblock);

	mq_want_signal("register", q, SIGUSR1, 2);
	pid = sc_fork("receiver", receiver, NULL);
	sc_wait_parked(pid);
	mq_put("to the receiver", q, "d", 0);
	sc_wait(pid);
	mq_got_signal("a receiver was there", SIGUSR1, 0);
	mq_status("still registered", q);
	mq_put("to nobody", q, "e", 0);
	mq_got_signal("nobody was there", SIGUSR1, 0);

	mq_put("fill", q, "f", 0);
	pid = sc_fork("sender", sender, "g");
	sc_wait_parked(pid);
	mq_want_signal("register", q, SIGUSR1, 3);
	mq_take("make room", q);
	sc_wait(pid);
	mq_got_signal("a waiting sender's message", SIGUSR1, 0);
	mq_status("still registered", q);
	mq_take("drain", nonblock);
	mq_take("drain", nonblock);
	mq_take("drain", nonblock);
	mq_close(nonblock);
	mq_status("closing a descriptor removed it", q);
	mq_close(q);
	MUST(mq_unlink("/q"));

	q = mq_make("/one", O_RDWR, 1, 8);
	mq_put("fill", q, "h", 0);
	pid = sc_fork("sender", sender, "i");
	sc_wait_parked(pid);
	mq_want_signal("register", q, SIGUSR1, 4);
	mq_take("make room", q);
	sc_wait(pid);
	mq_got_signal("a queue for one", SIGUSR1, 0);
	mq_status("queue for one", q);
}
