/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SIGSTOP and SIGCONT: msgrcv() and msgsnd() are restarted behind the program's back, so it never
 * sees EINTR (signal(7)). A stopped receiver is no sleeper: a message goes to the next one or stays
 * queued; when it goes on it takes what is there, at the end of the line.
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();
	pid_t a = park_receiver("A", id, 100, 0, 0);
	pid_t b;

	sc_stop(a);
	CALL(send_text(id, 1, "sent while stopped", 0));
	say_fill("stopped", id);
	sc_cont(a);
	sc_wait(a);
	say_fill("continued", id);

	a = park_receiver("A", id, 100, 0, 0);
	b = park_receiver("B", id, 100, 0, 0);
	sc_stop(a);
	sc_cont(a);
	sc_wait_parked(a);
	CALL(send_text(id, 1, "to B, now the first", 0));
	sc_wait_next();
	CALL(send_text(id, 1, "to A", 0));
	sc_wait_next();

	CALL(set_qbytes(id, 4));
	CALL(send_text(id, 1, "full", 0));
	a = park_sender("sender", id, 1, "next");
	sc_stop(a);
	recv_say(id, 100, 0, 0);
	say_fill("sender stopped", id);
	sc_cont(a);
	sc_wait(a);
	recv_say(id, 100, 0, IPC_NOWAIT);
	sc_say("B was %s", sc_role(b));
}
