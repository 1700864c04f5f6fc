/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Raising msg_qbytes lets a sleeping sender go; lowering it does not disturb a sleeper, nor does an
 * IPC_SET that changes nothing.
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();
	pid_t sender;
	pid_t receiver;

	CALL(set_qbytes(id, 8));
	CALL(send_text(id, 1, "12345678", 0));
	sender = park_sender("sender", id, 2, "abcd");
	CALL(set_qbytes(id, 8));
	sc_still_parked(sender);
	CALL(set_qbytes(id, 4));
	sc_still_parked(sender);
	CALL(set_qbytes(id, 11));
	sc_still_parked(sender);
	CALL(set_qbytes(id, 12));
	sc_wait(sender);
	say_fill("12 of 12", id);
	sender = park_sender("sender", id, 2, "x");
	CALL(set_qbytes(id, 100));
	sc_wait(sender);
	for (int i = 0; i < 3; i++)
		recv_say(id, 100, 0, IPC_NOWAIT);
	receiver = park_receiver("receiver", id, 100, 0, 0);
	CALL(set_qbytes(id, 50));
	sc_still_parked(receiver);
	CALL(send_text(id, 1, "after set", 0));
	sc_wait(receiver);
}
