/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sleeping receiver whose buffer is too small for an arriving message gets E2BIG, and the message
 * goes on to the next sleeper or into the queue; with MSG_NOERROR it gets what fits.
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();
	pid_t small = park_receiver("small", id, 3, 0, 0);
	pid_t large = park_receiver("large", id, 100, 0, 0);
	pid_t small2;
	pid_t cut;

	CALL(send_text(id, 1, "12345", 0));
	sc_wait(small);
	sc_wait(large);
	say_queue("delivered behind", id);

	small = park_receiver("small", id, 3, 0, 0);
	small2 = park_receiver("small2", id, 4, 0, 0);
	CALL(send_text(id, 2, "12345", 0));
	sc_wait(small);
	sc_wait(small2);
	say_queue("queued", id);
	recv_say(id, 100, 0, 0);

	cut = park_receiver("cut", id, 3, 0, MSG_NOERROR);
	CALL(send_text(id, 3, "12345", 0));
	sc_wait(cut);
	say_queue("cut", id);

	small = park_receiver("small", id, 4, 7, 0);
	CALL(send_text(id, 6, "other type", 0));
	sc_still_parked(small);
	CALL(send_text(id, 7, "12345", 0));
	sc_wait(small);
	recv_say(id, 100, 7, IPC_NOWAIT);
	recv_say(id, 100, 0, IPC_NOWAIT);
}
