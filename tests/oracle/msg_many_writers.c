/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Four writers through a queue of 64 bytes to one reader: each writer's messages arrive in its own
 * order, and all arrive, though writers and reader sleep all the time.
 */
#include "msg_util.h"

#define WRITERS 4
#define EACH 100

struct writer {
	long id;
	int number;
};

static void writer(void *arg)
{
	const struct writer *self = arg;
	char text[32];
	int failed = 0;

	for (int i = 0; i < EACH; i++) {
		snprintf(text, sizeof(text), "%d", i);
		if (send_text(self->id, self->number + 1, text, 0) != 0)
			failed++;
	}
	sc_say("failed %d", failed);
}

void scenario(void)
{
	struct writer self = {.id = new_queue()};
	pid_t pids[WRITERS];
	int next[WRITERS] = {0};
	int wrong = 0;
	struct text_msg msg;
	char role[8];

	MUST(set_qbytes(self.id, 64));
	for (int i = 0; i < WRITERS; i++) {
		self.number = i;
		snprintf(role, sizeof(role), "W%d", i);
		pids[i] = sc_fork(role, writer, &self);
	}
	for (int i = 0; i < WRITERS * EACH; i++) {
		long n = raw_msgrcv(self.id, &msg, sizeof(msg.text) - 1, 0, 0);

		if (n < 0 || msg.type < 1 || msg.type > WRITERS) {
			wrong++;
			continue;
		}
		msg.text[n] = 0;
		if (atoi(msg.text) != next[msg.type - 1]++)
			wrong++;
	}
	sc_say("wrong %d", wrong);
	for (int i = 0; i < WRITERS; i++)
		sc_wait(pids[i]);
	say_fill("end", self.id);
}
