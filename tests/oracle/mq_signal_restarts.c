/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A handler with SA_RESTART runs at once and the call goes on waiting: mq_send, mq_receive and
 * their timed forms, whose absolute limit stays what it was (signal(7)). The order of waiting is
 * by the time of the restart: who was interrupted stands behind who came meanwhile.
 */
#include "mq_common.h"

static mqd_t empty;
static mqd_t full;

static void receiver(void *arg)
{
	struct timespec until = mq_in_ms(6000);

	sc_catch(SIGUSR1, SA_RESTART);
	mq_take_until("receive", empty, arg ? &until : NULL);
	sc_say("handler ran %d times", sc_caught(SIGUSR1));
}

static void sender(void *arg)
{
	struct timespec until = mq_in_ms(6000);

	sc_catch(SIGUSR1, SA_RESTART);
	CALL_Q("send", arg ? mq_timedsend(full, "s", 1, 2, &until) : mq_send(full, "s", 1, 2));
	sc_say("handler ran %d times", sc_caught(SIGUSR1));
}

static void limited(void *arg)
{
	struct timespec until = mq_in_ms(400);
	long start = sc_mstime();

	(void)arg;
	sc_catch(SIGUSR1, SA_RESTART);
	mq_take_until("receive", empty, &until);
	sc_say_elapsed("waited", start, 398, 4000);
	sc_say("handler ran %d times", sc_caught(SIGUSR1));
}

static void disturb(const char *receiver_role, const char *sender_role, void *timed)
{
	pid_t in = sc_fork(receiver_role, receiver, timed);
	pid_t out = sc_fork(sender_role, sender, timed);

	for (int i = 0; i < 2; i++) {
		sc_wait_parked(in);
		sc_wait_parked(out);
		sc_kill(in, SIGUSR1);
		sc_kill(out, SIGUSR1);
	}
	sc_wait_parked(in);
	sc_wait_parked(out);
	mq_put("send", empty, "x", 4);
	sc_wait(in);
	mq_take("make room", full);
	sc_wait(out);
	mq_show("empty", empty);
	mq_show("full", full);
}

void scenario(void)
{
	int timed = 1;
	pid_t first;
	pid_t second;

	empty = mq_make("/empty", O_RDWR, 1, 8);
	full = mq_make("/full", O_RDWR, 1, 8);
	mq_put("fill", full, "f", 0);
	disturb("receiver", "sender", NULL);
	disturb("timed receiver", "timed sender", &timed);

	first = sc_fork("limited", limited, NULL);
	sc_wait_parked(first);
	sc_kill(first, SIGUSR1);
	sc_wait(first);

	first = sc_fork("first", receiver, NULL);
	sc_wait_parked(first);
	second = sc_fork("second", receiver, NULL);
	sc_wait_parked(second);
	sc_kill(first, SIGUSR1);
	sc_wait_parked(first);
	mq_put("send", empty, "1", 0);
	sc_wait(second);
	mq_put("send", empty, "2", 0);
	sc_wait(first);
}
