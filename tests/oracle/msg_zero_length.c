/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages without text: allowed, counted, and bounded by msg_qbytes as a number of messages, for
 * they take no bytes (linux ipc/msg.c, msg_fits_inqueue()).
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();

	CALL(send_text(id, 4, "", 0));
	say_queue("one", id);
	recv_say(id, 0, 0, 0);
	CALL(set_qbytes(id, 4));
	for (int i = 1; i <= 5; i++)
		CALL(send_text(id, i, "", IPC_NOWAIT));
	say_fill("full of nothing", id);
	CALL(send_text(id, 1, "x", IPC_NOWAIT));
	recv_say(id, 10, 3, 0);
	CALL(send_text(id, 8, "data", IPC_NOWAIT));
	say_fill("with data", id);
	CALL(send_text(id, 9, "", IPC_NOWAIT));
	for (int i = 0; i < 5; i++)
		recv_say(id, 10, 0, IPC_NOWAIT);
	CALL(raw_msgsnd(id, &(struct text_msg){.type = 6}, 0, 0));
	CALL(raw_msgrcv(id, sc_page_end(sizeof(long)), 100, 0, 0));
	say_fill("end", id);
}
