/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A full queue and IPC_NOWAIT: EAGAIN until enough room is there; removal frees the room at once,
 * and a queue that has room for a smaller message takes it.
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();
	int sent = 0;

	while (send_fill(id, sent + 1, 'f', 1000, IPC_NOWAIT) == 0)
		sent++;
	sc_say("sent %d, then %s", sent, sc_errname(errno));
	say_queue("full", id);
	CALL(send_fill(id, 99, 's', 384, IPC_NOWAIT));
	CALL(send_fill(id, 99, 's', 1, IPC_NOWAIT));
	CALL(send_fill(id, 99, 's', 0, IPC_NOWAIT));
	recv_say(id, 1000, 7, 0);
	CALL(send_fill(id, 99, 's', 1001, IPC_NOWAIT));
	CALL(send_fill(id, 99, 's', 999, IPC_NOWAIT));
	CALL(send_fill(id, 99, 's', 2, IPC_NOWAIT));
	CALL(send_fill(id, 99, 's', 1, IPC_NOWAIT));
	say_fill("full again", id);
	recv_say(id, 1000, 7, IPC_NOWAIT);
	for (int i = 0; i < 4; i++)
		recv_say(id, 1000, 0, IPC_NOWAIT);
	say_fill("some taken", id);
	CALL(raw_msgctl(id, IPC_RMID, NULL));
	CALL(send_fill(id, 1, 's', 1, IPC_NOWAIT));
}
