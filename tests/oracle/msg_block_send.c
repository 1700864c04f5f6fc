/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sender sleeps while the queue has no room for its message, and its message enters behind what
 * is queued when room appears; IPC_STAT names it as the last sender only then.
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();
	pid_t a;

	CALL(set_qbytes(id, 10));
	CALL(send_text(id, 1, "12345678", 0));
	a = park_sender("A", id, 2, "abcd");
	say_queue("A sleeps", id);
	CALL(send_text(id, 3, "yz", IPC_NOWAIT));
	recv_say(id, 100, 3, 0);
	sc_still_parked(a);
	recv_say(id, 100, 0, 0);
	sc_wait(a);
	say_queue("A sent", id);
	recv_say(id, 100, 0, IPC_NOWAIT);
	recv_say(id, 100, 0, IPC_NOWAIT);
}
