/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A message sent while a receiver waits is his: it never enters the queue, the sender's own
 * O_NONBLOCK receive right afterwards finds nothing (ipc/mqueue.c pipelined_send()), and receivers
 * are served in the order in which they came, whatever the priorities of the messages.
 */
#include "mq_common.h"

static mqd_t q;
static mqd_t nonblock;

static void receiver(void *arg)
{
	(void)arg;
	mq_take("receive", q);
}

void scenario(void)
{
	static const char *const roles[] = {"first", "second", "third", "fourth"};
	unsigned int stolen = 0;
	pid_t pids[4];
	char buf[8];

	q = mq_make("/q", O_RDWR, 4, 8);
	nonblock = mq_reopen("/q", O_RDWR | O_NONBLOCK);
	for (int i = 0; i < 4; i++) {
		pids[i] = sc_fork(roles[i], receiver, NULL);
		sc_wait_parked(pids[i]);
	}
	mq_put("send prio 1", nonblock, "a", 1);
	mq_take("own receive", nonblock);
	mq_show("queue", q);
	mq_put("send prio 9", nonblock, "b", 9);
	mq_put("send prio 5", nonblock, "c", 5);
	mq_put("send empty", nonblock, "", 2);
	mq_show("queue", q);
	for (int i = 0; i < 4; i++)
		sc_wait(pids[i]);
	mq_put("send to nobody", nonblock, "e", 7);
	mq_show("queue", q);
	mq_take("own receive", nonblock);

	for (int i = 0; i < 8; i++) {
		pid_t pid = sc_fork("again", receiver, NULL);

		sc_wait_parked(pid);
		MUST(mq_send(nonblock, "x", 1, 0));
		if (mq_receive(nonblock, buf, sizeof(buf), NULL) != -1)
			stolen++;
		sc_wait(pid);
	}
	sc_say("stolen from a sleeper: %u of 8", stolen);
}
