/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MSG_COPY: reads the message at an index and leaves it; must come with IPC_NOWAIT, never with
 * MSG_EXCEPT, and ENOSYS on a kernel without checkpoint/restore (msgop(2); linux ipc/msg.c).
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();

	recv_say(id, 100, 0, MSG_COPY | IPC_NOWAIT);
	CALL(send_text(id, 7, "zero", 0));
	CALL(send_text(id, 1, "one....", 0));
	CALL(send_text(id, 3, "two", 0));
	recv_say(id, 100, 0, MSG_COPY);
	recv_say(id, 100, 0, MSG_COPY | MSG_EXCEPT);
	recv_say(id, 100, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT);
	for (long index = 0; index < 4; index++)
		recv_say(id, 100, index, MSG_COPY | IPC_NOWAIT);
	recv_say(id, 100, -1, MSG_COPY | IPC_NOWAIT);
	recv_say(id, 100, LONG_MAX, MSG_COPY | IPC_NOWAIT);
	recv_say(id, 3, 1, MSG_COPY | IPC_NOWAIT);
	recv_say(id, 3, 1, MSG_COPY | IPC_NOWAIT | MSG_NOERROR);
	recv_say(id, 3, 2, MSG_COPY | IPC_NOWAIT);
	say_queue("nothing taken", id);
	for (int i = 0; i < 4; i++)
		recv_say(id, 100, 0, IPC_NOWAIT);
	CALL(raw_msgrcv(id, sc_bad_page(), 100, 0, MSG_COPY | IPC_NOWAIT));
}
