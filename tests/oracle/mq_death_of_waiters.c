/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting senders that die take their messages along; what they had sent before stays. Killing
 * one in the middle of the line leaves the others in order.
 */
#include "mq_common.h"

static mqd_t q;

static void sender(void *arg)
{
	mq_put("send", q, arg, 4);
}

static void sends_twice(void *arg)
{
	mq_put("send", q, arg, 1);
	mq_put("send", q, "second", 9);
}

static void receiver(void *arg)
{
	(void)arg;
	mq_take("receive", q);
}

void scenario(void)
{
	static const char *const roles[] = {"a", "b", "c", "d"};
	static const int signals[] = {SIGKILL, SIGTERM};
	mqd_t nonblock;
	pid_t pids[4];
	char text[4][8];

	q = mq_make("/q", O_RDWR, 1, 8);
	nonblock = mq_reopen("/q", O_RDWR | O_NONBLOCK);

	pids[0] = sc_fork("twice", sends_twice, "first");
	sc_wait_parked(pids[0]);
	sc_kill(pids[0], SIGKILL);
	sc_wait(pids[0]);
	mq_take("receive", nonblock);
	mq_take("receive", nonblock);

	mq_put("fill", q, "full", 0);
	for (int i = 0; i < 4; i++) {
		snprintf(text[i], sizeof(text[i]), "msg %s", roles[i]);
		pids[i] = sc_fork(roles[i], sender, text[i]);
		sc_wait_parked(pids[i]);
	}
	for (int i = 0; i < 2; i++) {
		sc_kill(pids[1 + i], signals[i]);
		sc_wait(pids[1 + i]);
	}
	for (int i = 0; i < 4; i++)
		mq_take("receive", nonblock);
	sc_wait(pids[0]);
	sc_wait(pids[3]);

	for (int i = 0; i < 4; i++) {
		pids[i] = sc_fork(roles[i], receiver, NULL);
		sc_wait_parked(pids[i]);
	}
	sc_kill(pids[0], SIGKILL);
	sc_wait(pids[0]);
	sc_kill(pids[2], SIGKILL);
	sc_wait(pids[2]);
	mq_put("send", q, "one", 0);
	mq_put("send", q, "two", 0);
	mq_put("send", q, "three", 0);
	sc_wait(pids[1]);
	sc_wait(pids[3]);
	mq_take("receive", nonblock);
}
