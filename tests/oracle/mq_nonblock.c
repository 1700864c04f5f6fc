/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * O_NONBLOCK belongs to the open file description: dup(2) and fork(2) share it, a second open does
 * not, and mq_setattr(3) and fcntl(F_SETFL) change and show the same bit.
 */
#include "mq_common.h"

static void bits(const char *label, mqd_t q)
{
	struct mq_attr a;

	MUST(mq_getattr(q, &a));
	sc_say("%s: F_GETFL %#o, mq_flags %#lo", label,
	       fcntl(q, F_GETFL) & (O_ACCMODE | O_NONBLOCK), a.mq_flags);
}

static void set(const char *label, mqd_t q, long flags)
{
	struct mq_attr a = {.mq_flags = flags};

	CALL_Q(label, mq_setattr(q, &a, NULL));
}

static void child(void *arg)
{
	mqd_t *q = arg;

	bits("inherited", q[0]);
	set("mq_setattr O_NONBLOCK", q[0], O_NONBLOCK);
	mq_take("receive from the empty queue", q[0]);
	bits("a second open", mq_reopen("/q", O_RDWR));
}

void scenario(void)
{
	mqd_t q[3];

	q[0] = mq_make("/q", O_RDWR, 1, 8);
	q[1] = (mqd_t)MUST(dup(q[0]));
	q[2] = mq_reopen("/q", O_RDWR | O_NONBLOCK);
	bits("first", q[0]);
	bits("dup", q[1]);
	bits("second open", q[2]);
	sc_wait(sc_fork("child", child, q));
	bits("first after the child's mq_setattr", q[0]);
	bits("dup after the child's mq_setattr", q[1]);
	mq_take("receive by the dup", q[1]);
	mq_put("send", q[1], "one", 0);
	mq_put("send to the full queue", q[0], "two", 0);
	CALL(fcntl(q[1], F_SETFL, fcntl(q[1], F_GETFL) & ~O_NONBLOCK));
	bits("first after fcntl", q[0]);
	set("mq_setattr 0 on the second", q[2], 0);
	bits("second", q[2]);
	CALL(fcntl(q[2], F_SETFL, O_NONBLOCK));
	bits("second after fcntl", q[2]);
	mq_put("send by the second", q[2], "three", 0);
	mq_take("receive by the first", q[0]);
	mq_take("receive by the second", q[2]);
}
