/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A handler without SA_RESTART ends a waiting mq_receive(), mq_send() and their timed forms with
 * EINTR, once per signal, and nothing was sent or taken. mq_overview(7), signal(7).
 */
#include "mq_common.h"

static mqd_t empty;
static mqd_t full;

static void receiver(void *arg)
{
	struct timespec until = mq_in_ms(6000);

	sc_catch(SIGUSR1, 0);
	mq_take_until("receive", empty, arg ? &until : NULL);
	sc_say("handler ran %d times", sc_caught(SIGUSR1));
	mq_take_until("receive again", empty, arg ? &until : NULL);
}

static void sender(void *arg)
{
	struct timespec until = mq_in_ms(6000);

	sc_catch(SIGUSR1, 0);
	CALL_Q("send", arg ? mq_timedsend(full, "s", 1, 2, &until) : mq_send(full, "s", 1, 2));
	sc_say("handler ran %d times", sc_caught(SIGUSR1));
	CALL_Q("send again",
	       arg ? mq_timedsend(full, "t", 1, 2, &until) : mq_send(full, "t", 1, 2));
}

static void interrupt_both(const char *receiver_role, const char *sender_role, void *timed)
{
	pid_t in = sc_fork(receiver_role, receiver, timed);
	pid_t out = sc_fork(sender_role, sender, timed);

	sc_wait_parked(in);
	sc_wait_parked(out);
	sc_kill(in, SIGUSR1);
	sc_kill(out, SIGUSR1);
	sc_wait_parked(in);
	sc_wait_parked(out);
	mq_show("empty", empty);
	mq_show("full", full);
	mq_put("send", empty, "x", 4);
	sc_wait(in);
	mq_take("make room", full);
	sc_wait(out);
	mq_take("what the sender sent", full);
	mq_show("full", full);
	mq_put("fill again", full, "f", 0);
}

void scenario(void)
{
	int timed = 1;

	empty = mq_make("/empty", O_RDWR, 1, 8);
	full = mq_make("/full", O_RDWR, 1, 8);
	mq_put("fill", full, "f", 0);
	interrupt_both("receiver", "sender", NULL);
	interrupt_both("timed receiver", "timed sender", &timed);
}
