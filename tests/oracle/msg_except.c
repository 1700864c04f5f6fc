/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MSG_EXCEPT: the first message whose type differs; of no effect with type 0 and below
 * (linux ipc/msg.c, convert_mode()).
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();

	for (int round = 0; round < 2; round++) {
		MUST(send_text(id, 2, "two", 0));
		MUST(send_text(id, 1, "one", 0));
		MUST(send_text(id, 3, "three", 0));
		MUST(send_text(id, 2, "two again", 0));
	}
	recv_say(id, 100, 2, IPC_NOWAIT | MSG_EXCEPT);
	recv_say(id, 100, 2, IPC_NOWAIT | MSG_EXCEPT);
	recv_say(id, 100, 7, IPC_NOWAIT | MSG_EXCEPT);
	recv_say(id, 100, 0, IPC_NOWAIT | MSG_EXCEPT);
	recv_say(id, 100, -2, IPC_NOWAIT | MSG_EXCEPT);
	recv_say(id, 1, 2, IPC_NOWAIT | MSG_EXCEPT);
	recv_say(id, 1, 2, IPC_NOWAIT | MSG_EXCEPT | MSG_NOERROR);
	recv_say(id, 100, 2, IPC_NOWAIT | MSG_EXCEPT);
	recv_say(id, 100, 2, IPC_NOWAIT);
	recv_say(id, 100, 2, IPC_NOWAIT);
	say_fill("end", id);
}
