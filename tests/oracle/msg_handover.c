/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hand-over, not wake-and-retry: when a receiver sleeps, the sender's own IPC_NOWAIT receive right
 * after its send never steals the message.
 */
#include "msg_util.h"

#define ROUNDS 40

static void receiver(void *arg)
{
	long id = *(long *)arg;
	struct text_msg msg;
	int got = 0;

	for (int i = 0; i < ROUNDS; i++) {
		if (raw_msgrcv(id, &msg, 100, 0, 0) == 1 && msg.type == i + 1)
			got++;
		sc_post(1);
		sc_await(0);
	}
	sc_say("got %d of %d", got, ROUNDS);
}

void scenario(void)
{
	long id = new_queue();
	struct text_msg msg;
	int stolen = 0;
	int other = 0;
	pid_t pid = sc_fork("receiver", receiver, &id);

	for (int i = 0; i < ROUNDS; i++) {
		sc_wait_parked(pid);
		MUST(send_text(id, i + 1, "x", 0));
		if (raw_msgrcv(id, &msg, 100, 0, IPC_NOWAIT) >= 0)
			stolen++;
		else if (errno != ENOMSG)
			other++;
		if (stolen)
			break;
		sc_await(1);
		sc_post(0);
	}
	sc_say("stolen %d, other errors %d", stolen, other);
	sc_wait(pid);
}
