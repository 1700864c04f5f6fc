/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sleeping receivers that want certain types: a message goes to the first sleeper that accepts it,
 * past earlier ones that do not (linux ipc/msg.c, pipelined_send() and testmsg()).
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();
	pid_t three = park_receiver("three", id, 100, 3, 0);
	pid_t upto2 = park_receiver("upto2", id, 100, -2, 0);
	pid_t not4 = park_receiver("not4", id, 100, 4, MSG_EXCEPT);
	pid_t any = park_receiver("any", id, 100, 0, 0);
	pid_t three2 = park_receiver("three2", id, 100, 3, 0);

	CALL(send_text(id, 4, "four", 0));
	sc_wait(any);
	CALL(send_text(id, 3, "three", 0));
	sc_wait(three);
	CALL(send_text(id, 3, "three again", 0));
	sc_wait(not4);
	CALL(send_text(id, 4, "four stays", 0));
	sc_still_parked(upto2);
	sc_still_parked(three2);
	say_fill("four waits", id);
	CALL(send_text(id, 3, "three at last", 0));
	sc_wait(three2);
	CALL(send_text(id, 3, "three stays", 0));
	CALL(send_text(id, 2, "two", 0));
	sc_wait(upto2);
	recv_say(id, 100, 0, IPC_NOWAIT);
	recv_say(id, 100, 0, IPC_NOWAIT);
}
