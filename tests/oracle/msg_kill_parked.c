/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A killed sleeper leaves the line: the next message goes to the next receiver, a killed sender's
 * message is never queued, and nothing is lost.
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();
	pid_t a = park_receiver("A", id, 100, 0, 0);
	pid_t b = park_receiver("B", id, 100, 0, 0);

	sc_kill(a, SIGKILL);
	sc_wait(a);
	CALL(send_text(id, 1, "for B", 0));
	sc_wait(b);
	say_fill("empty", id);

	a = park_receiver("A", id, 100, 0, 0);
	sc_kill(a, SIGTERM);
	sc_wait(a);
	CALL(send_text(id, 1, "stays", 0));
	recv_say(id, 100, 0, IPC_NOWAIT);

	CALL(set_qbytes(id, 4));
	CALL(send_text(id, 1, "full", 0));
	a = park_sender("A", id, 2, "dead");
	b = park_sender("B", id, 3, "live");
	sc_kill(a, SIGKILL);
	sc_wait(a);
	recv_say(id, 100, 0, 0);
	sc_wait(b);
	recv_say(id, 100, 0, IPC_NOWAIT);
	recv_say(id, 100, 0, IPC_NOWAIT);
	say_queue("end", id);
}
