/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sender that waits for room: whoever takes a message puts the first waiting sender's message in
 * at once (ipc/mqueue.c pipelined_receive()), so the queue stays full, no other sender can slip in,
 * and the message takes its place by priority among those in the queue.
 */
#include "mq_common.h"

struct letter {
	const char *text;
	unsigned int prio;
};

static mqd_t q;
static mqd_t nonblock;

static void sender(void *arg)
{
	const struct letter *letter = arg;

	mq_put("send", q, letter->text, letter->prio);
}

void scenario(void)
{
	struct letter letters[] = {{"low", 0}, {"high", 20}, {"mid", 5}, {"low2", 0}};
	static const char *const roles[] = {"low", "high", "mid", "low2"};
	pid_t pids[4];

	q = mq_make("/q", O_RDWR, 2, 8);
	nonblock = mq_reopen("/q", O_RDWR | O_NONBLOCK);
	mq_put("fill", q, "A", 10);
	mq_put("fill", q, "B", 1);
	for (int i = 0; i < 4; i++) {
		pids[i] = sc_fork(roles[i], sender, &letters[i]);
		sc_wait_parked(pids[i]);
	}
	mq_put("over full", nonblock, "x", 30);
	mq_show("full", q);
	mq_take("receive", nonblock);
	mq_show("still full", q);
	mq_put("slip in", nonblock, "x", 30);
	sc_wait(pids[0]);
	/* B leaves, and the second in line, of higher priority than all, comes in. */
	mq_take("receive", nonblock);
	sc_wait(pids[1]);
	mq_take("receive", nonblock);
	sc_wait(pids[2]);
	mq_take("receive", nonblock);
	sc_wait(pids[3]);
	mq_put("slip in", nonblock, "x", 30);
	for (int i = 0; i < 3; i++)
		mq_take("receive", nonblock);
	mq_show("empty", q);
}
