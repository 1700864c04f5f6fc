/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPC_RMID ends every sleeper with EIDRM, receivers and senders alike, and those who come later get
 * EINVAL; the same key makes another queue.
 */
#include "msg_util.h"

static void late(void *arg)
{
	recv_say(*(long *)arg, 10, 0, 0);
	CALL(send_text(*(long *)arg, 1, "x", 0));
}

void scenario(void)
{
	long id = MUST(raw_msgget(42, IPC_CREAT | 0600));
	long next;
	pid_t pids[5];

	MUST(set_qbytes(id, 4));
	pids[0] = park_receiver("rcv1", id, 100, 5, 0);
	pids[1] = park_receiver("rcv2", id, 100, -3, 0);
	MUST(send_text(id, 9, "full", 0));
	pids[2] = park_sender("snd1", id, 9, "a");
	pids[3] = park_sender("snd2", id, 9, "bbbb");
	pids[4] = park_receiver("rcv3", id, 1, 4, MSG_NOERROR);
	CALL(raw_msgctl(id, IPC_RMID, NULL));
	for (int i = 0; i < 5; i++)
		sc_wait(pids[i]);
	sc_wait(sc_fork("late", late, &id));
	next = CALL(raw_msgget(42, IPC_CREAT | IPC_EXCL | 0600));
	say_queue("next", next);
	pids[0] = park_receiver("rcv", next, 100, 0, 0);
	CALL(raw_msgctl(id, IPC_RMID, NULL));
	sc_still_parked(pids[0]);
	CALL(raw_msgctl(next, IPC_RMID, NULL));
	sc_wait(pids[0]);
}
