/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two processes answer each other over one queue by type, a few hundred times: nothing lost, nothing
 * doubled, order kept.
 */
#include "msg_util.h"

#define ROUNDS 300

static void echo(void *arg)
{
	long id = *(long *)arg;
	struct text_msg msg;
	int wrong = 0;

	for (int i = 0; i < ROUNDS; i++) {
		long n = raw_msgrcv(id, &msg, sizeof(msg.text), 1, 0);

		if (n != i % 200 || (n > 0 && msg.text[n - 1] != 'p'))
			wrong++;
		if (send_fill(id, 2, 'q', (size_t)(i % 100), 0) != 0)
			wrong++;
	}
	sc_say("wrong %d", wrong);
}

void scenario(void)
{
	long id = new_queue();
	struct text_msg msg;
	pid_t pid = sc_fork("echo", echo, &id);
	int wrong = 0;

	for (int i = 0; i < ROUNDS; i++) {
		if (send_fill(id, 1, 'p', (size_t)(i % 200), 0) != 0)
			wrong++;
		if (raw_msgrcv(id, &msg, sizeof(msg.text), 2, 0) != i % 100)
			wrong++;
	}
	sc_say("wrong %d", wrong);
	sc_wait(pid);
	say_queue("end", id);
}
