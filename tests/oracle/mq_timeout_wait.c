/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Time limits that run out: receiver and sender sleep for as long as they were told, not less, get
 * ETIMEDOUT, and leave nothing behind: the sender's message does not appear later, and a message
 * that comes later is not given to the receiver that has gone.
 */
#include "mq_common.h"

static mqd_t q;

static void receiver(void *arg)
{
	struct timespec until = mq_in_ms(*(long *)arg);
	long start = sc_mstime();

	mq_take_until("receive", q, &until);
	if (*(long *)arg < 1000)
		sc_say_elapsed("waited", start, *(long *)arg - 2, 4000);
}

static void sender(void *arg)
{
	struct timespec until = mq_in_ms(*(long *)arg);
	long start = sc_mstime();

	CALL(mq_timedsend(q, "late", 4, 9, &until));
	if (*(long *)arg < 1000)
		sc_say_elapsed("waited", start, *(long *)arg - 2, 4000);
}

void scenario(void)
{
	long ms = 250;
	long longer = 5000;
	pid_t first;
	pid_t second;

	q = mq_make("/q", O_RDWR, 1, 8);
	sc_wait(sc_fork("receiver", receiver, &ms));
	mq_put("send", q, "one", 0);
	mq_show("it stays", q);
	sc_wait(sc_fork("sender", sender, &ms));
	mq_take("receive", q);
	mq_show("nothing came after it", q);

	/* One that gives up makes way for the next. */
	first = sc_fork("short", receiver, &ms);
	sc_wait_parked(first);
	second = sc_fork("long", receiver, &longer);
	sc_wait_parked(second);
	sc_wait(first);
	mq_put("send", q, "two", 1);
	sc_wait(second);

	/* A limit that is not reached does not matter. */
	mq_put("fill", q, "three", 0);
	first = sc_fork("patient", sender, &longer);
	sc_wait_parked(first);
	mq_take("receive", q);
	sc_wait(first);
	mq_take("receive", q);
}
