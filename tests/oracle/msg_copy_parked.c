/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies and sleepers: MSG_COPY sees only what is queued, wakes no sender, and a sleeping receiver
 * of another type does not hinder it.
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();
	pid_t sender;
	pid_t receiver = park_receiver("receiver", id, 100, 9, 0);

	MUST(set_qbytes(id, 4));
	CALL(send_text(id, 1, "full", 0));
	sender = park_sender("sender", id, 2, "next");
	recv_say(id, 100, 0, MSG_COPY | IPC_NOWAIT);
	recv_say(id, 100, 1, MSG_COPY | IPC_NOWAIT);
	sc_still_parked(sender);
	sc_still_parked(receiver);
	recv_say(id, 100, 0, 0);
	sc_wait(sender);
	recv_say(id, 100, 0, MSG_COPY | IPC_NOWAIT);
	sc_kill(receiver, SIGKILL);
	sc_wait(receiver);
}
