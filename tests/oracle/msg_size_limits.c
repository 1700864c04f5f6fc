/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sizes and types at and past their limits, and which error is seen when several apply
 * (linux ipc/msg.c: do_msgsnd() checks size, id, then type and memory).
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();
	struct text_msg msg = {.type = 1};

	CALL(send_fill(id, 1, 'x', 8192, 0));
	recv_say(id, 8192, 0, 0);
	CALL(raw_msgsnd(id, &msg, 8193, 0));
	CALL(raw_msgsnd(id, &msg, 8193, IPC_NOWAIT));
	CALL(raw_msgsnd(id, &msg, (size_t)-1, 0));
	CALL(raw_msgsnd(id, &msg, (size_t)LONG_MAX, 0));
	CALL(raw_msgsnd(id, &msg, (size_t)(1ULL << 32), 0));
	CALL(send_text(id, 0, "x", 0));
	CALL(send_text(id, -1, "x", 0));
	CALL(send_text(id, LONG_MIN, "x", 0));
	CALL(send_text(id, (long)(1LL << 40), "wide", 0));
	recv_say(id, 10, 0, IPC_NOWAIT);
	recv_say(id, (size_t)-1, 0, IPC_NOWAIT);
	recv_say(id, (size_t)LONG_MAX + 1, 0, 0);
	recv_say(id, (size_t)LONG_MAX, 0, IPC_NOWAIT);
	recv_say(id, (size_t)(1ULL << 32), 0, IPC_NOWAIT);
	CALL(raw_msgsnd(-1, &msg, 1, 0));
	CALL(raw_msgsnd(-1, sc_bad_page(), 1, 0));
	CALL(raw_msgsnd(99, sc_bad_page(), 1, 0));
	CALL(raw_msgsnd(99, &msg, 8193, 0));
	CALL(raw_msgsnd(id, sc_bad_page(), 8193, 0));
	msg.type = 0;
	CALL(raw_msgsnd(99, &msg, 1, 0));
	CALL(raw_msgsnd(id, &msg, 8193, 0));
	CALL(raw_msgsnd(id, sc_page_end(sizeof(long)), 1, 0));
	msg.type = 1;
	CALL(raw_msgsnd(id, &msg, 1, ~IPC_NOWAIT));
	recv_say(id, 10, 0, ~(MSG_COPY | MSG_EXCEPT));
	say_queue("end", id);
}
