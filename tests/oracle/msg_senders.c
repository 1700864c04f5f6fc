/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several sleeping senders. The kernel wakes every sender whose message would fit by itself, and who
 * gets the room is then a race: so of equal ones only "one at a time, each exactly once" is a rule.
 * A large one at the head that does not fit is passed by a small one behind it (linux ipc/msg.c,
 * ss_wakeup()).
 */
#include "msg_util.h"

static void one_by_one(void)
{
	static const char *const texts[3] = {"aaaa", "bbbb", "cccc"};
	static const char *const roles[3] = {"A", "B", "C"};
	long id = new_queue();
	int seen[3] = {0};
	pid_t pids[3];

	MUST(set_qbytes(id, 4));
	MUST(send_text(id, 1, "full", 0));
	for (int i = 0; i < 3; i++)
		pids[i] = park_sender(roles[i], id, 1, texts[i]);
	for (int i = 0; i < 4; i++) {
		struct text_msg msg;

		if (CALL(raw_msgrcv(id, &msg, 4, 0, 0)) != 4)
			continue;
		if (i == 0)
			sc_say("first out \"%.4s\"", msg.text);
		for (int k = 0; k < 3; k++)
			seen[k] += memcmp(msg.text, texts[k], 4) == 0;
	}
	sc_say("seen %d %d %d", seen[0], seen[1], seen[2]);
	for (int i = 0; i < 3; i++)
		sc_wait(pids[i]);
	say_fill("empty", id);
}

static void small_behind_large(void)
{
	long id = new_queue();
	pid_t large;
	pid_t small;

	MUST(set_qbytes(id, 10));
	MUST(send_text(id, 1, "aa", 0));
	MUST(send_text(id, 2, "bbbbbbbb", 0));
	large = park_sender("large", id, 3, "LLLLLL");
	small = park_sender("small", id, 4, "s");
	recv_say(id, 100, 1, 0);
	sc_wait(small);
	sc_still_parked(large);
	say_fill("small one passed", id);
	recv_say(id, 100, 2, 0);
	sc_wait(large);
	recv_say(id, 100, 0, 0);
	recv_say(id, 100, 0, 0);
}

void scenario(void)
{
	one_by_one();
	small_behind_large();
}
