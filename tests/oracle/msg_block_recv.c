/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sleeping receivers are served in the order in which they came, and the sender's call hands the
 * message over: the receiver's pid and time are recorded before it has run again.
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();
	pid_t a = park_receiver("A", id, 100, 0, 0);
	pid_t b = park_receiver("B", id, 100, 0, 0);
	pid_t c = park_receiver("C", id, 100, 0, 0);

	say_queue("three sleep", id);
	CALL(send_text(id, 1, "for the first", 0));
	say_queue("handed over", id);
	sc_wait_next();
	sc_still_parked(b);
	sc_still_parked(c);
	CALL(send_text(id, 2, "for the second", 0));
	sc_wait_next();
	sc_still_parked(c);
	CALL(send_text(id, 3, "for the third", IPC_NOWAIT));
	sc_wait_next();
	CALL(send_text(id, 4, "for nobody", 0));
	say_queue("end", id);
	sc_say("%d distinct", (a != b) + (b != c));
}
