/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One process, one queue: what msgsnd() and msgrcv() return, FIFO order, and what IPC_STAT tells
 * after every step.
 */
#include "msg_util.h"

void scenario(void)
{
	long id = CALL(raw_msgget(0x1234, IPC_CREAT | IPC_EXCL | 0640));

	say_queue("new", id);
	CALL(send_text(id, 1, "first", 0));
	say_queue("one sent", id);
	CALL(send_text(id, 2, "second, longer", 0));
	CALL(send_text(id, LONG_MAX, "third", IPC_NOWAIT));
	say_queue("three sent", id);
	recv_say(id, 100, 0, 0);
	say_queue("one received", id);
	recv_say(id, MSG_TEXT_MAX, 0, IPC_NOWAIT);
	recv_say(id, 5, 0, 0);
	say_queue("all received", id);
	recv_say(id, 100, 0, IPC_NOWAIT);
	CALL(raw_msgctl(id, IPC_RMID, NULL));
	CALL(send_text(id, 1, "late", 0));
	recv_say(id, 100, 0, 0);
	say_queue("removed", id);
}
