/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Selection by type: 0 takes the oldest, > 0 the oldest of that type, < 0 the oldest of the lowest
 * type that is not above the absolute value (msgop(2); linux ipc/msg.c, find_msg()).
 */
#include "msg_util.h"

static void fill(long id)
{
	MUST(send_text(id, 5, "five-a", 0));
	MUST(send_text(id, 3, "three-a", 0));
	MUST(send_text(id, 9, "nine-a", 0));
	MUST(send_text(id, 3, "three-b", 0));
	MUST(send_text(id, 1, "one-a", 0));
	MUST(send_text(id, 5, "five-b", 0));
}

void scenario(void)
{
	static const long lowest[] = {-1, -2, -4, -5, LONG_MIN, LONG_MIN + 1, -9, -8};
	static const long exact[] = {9, 3, 4, 3, 3, 5, LONG_MAX, 1, 5, 5};
	long id = new_queue();

	fill(id);
	for (int i = 0; i < 7; i++)
		recv_say(id, 100, 0, IPC_NOWAIT);
	fill(id);
	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
		recv_say(id, 100, exact[i], IPC_NOWAIT);
	fill(id);
	for (size_t i = 0; i < sizeof(lowest) / sizeof(lowest[0]); i++)
		recv_say(id, 100, lowest[i], IPC_NOWAIT);
	say_fill("end", id);
	CALL(send_text(id, LONG_MAX, "max", 0));
	recv_say(id, 100, -LONG_MAX, IPC_NOWAIT);
	CALL(send_text(id, LONG_MAX, "max", 0));
	recv_say(id, 100, LONG_MIN, IPC_NOWAIT);
}
