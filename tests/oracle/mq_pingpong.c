/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two processes that wait for each other 300 times, with queues for one message and lengths and
 * priorities that change: nothing lost, doubled, cut or mixed up.
 */
#include "mq_common.h"

#define ROUNDS 300

static mqd_t there;
static mqd_t back;

static size_t fill(char *buf, unsigned int round)
{
	size_t len = round * 37 % 1024;

	for (size_t i = 0; i < len; i++)
		buf[i] = (char)(round + i * 7);
	return len;
}

static void echo(void *arg)
{
	char buf[1024];
	unsigned int prio;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		ssize_t n = MUST(mq_receive(there, buf, sizeof(buf), &prio));

		MUST(mq_send(back, buf, (size_t)n, prio + 1));
	}
	mq_show("there", there);
}

void scenario(void)
{
	unsigned int wrong = 0;
	pid_t pid;

	there = mq_make("/there", O_RDWR, 1, 1024);
	back = mq_make("/back", O_RDWR, 1, 1024);
	pid = sc_fork("echo", echo, NULL);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		char out[1024];
		char in[1024];
		unsigned int prio;
		size_t len = fill(out, i);
		ssize_t n;

		MUST(mq_send(there, out, len, i));
		n = MUST(mq_receive(back, in, sizeof(in), &prio));
		if ((size_t)n != len || prio != i + 1 || memcmp(in, out, len) != 0)
			wrong++;
	}
	sc_wait(pid);
	sc_say("%u of %d wrong", wrong, ROUNDS);
	mq_show("back", back);
}
