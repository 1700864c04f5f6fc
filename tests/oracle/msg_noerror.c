/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A message longer than the buffer: E2BIG leaves it where it is, MSG_NOERROR cuts it off, and the
 * rest is lost.
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();

	CALL(send_text(id, 1, "0123456789", 0));
	CALL(send_text(id, 2, "abc", 0));
	recv_say(id, 9, 0, 0);
	recv_say(id, 0, 0, 0);
	recv_say(id, 9, 1, IPC_NOWAIT);
	recv_say(id, 9, -5, IPC_NOWAIT);
	say_queue("after E2BIG", id);
	recv_say(id, 3, 2, 0);
	recv_say(id, 4, 0, MSG_NOERROR);
	say_queue("after cut", id);
	CALL(send_text(id, 1, "0123456789", 0));
	recv_say(id, 0, 0, MSG_NOERROR);
	say_fill("after cut to nothing", id);
	CALL(send_text(id, 1, "0123456789", 0));
	recv_say(id, 10, 0, MSG_NOERROR);
	CALL(send_fill(id, 1, 'x', 8000, 0));
	recv_say(id, 5000, 0, 0);
	recv_say(id, 5000, 0, MSG_NOERROR);
	CALL(send_fill(id, 1, 'y', 8000, 0));
	recv_say(id, 8000, 0, 0);
	say_fill("end", id);
}
