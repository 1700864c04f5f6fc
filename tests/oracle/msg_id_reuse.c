/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ids are slot and sequence: a removed queue's id is never another queue, while its key is free at
 * once (linux ipc/util.c, ipc_idr_alloc()).
 */
#include "msg_util.h"

void scenario(void)
{
	long ids[6];
	long last = -1;

	for (int i = 0; i < 6; i++)
		ids[i] = CALL(raw_msgget(100 + i, IPC_CREAT | 0600));
	CALL(raw_msgctl(ids[2], IPC_RMID, NULL));
	CALL(raw_msgctl(ids[2], IPC_RMID, NULL));
	CALL(raw_msgget(102, 0));
	CALL(raw_msgctl(ids[4], IPC_RMID, NULL));
	CALL(raw_msgget(104, IPC_CREAT | 0600));
	say_queue("104 again", raw_msgget(104, 0));
	CALL(raw_msgget(102, IPC_CREAT | 0600));
	CALL(raw_msgget(106, IPC_CREAT | 0600));
	CALL(send_text(ids[2], 1, "stale", 0));
	CALL(send_text(ids[4], 1, "stale", 0));
	recv_say(ids[2], 10, 0, IPC_NOWAIT);
	for (int i = 0; i < 5; i++) {
		last = CALL(raw_msgget(IPC_PRIVATE, 0600));
		CALL(raw_msgctl(last, IPC_RMID, NULL));
	}
	say_queue("stale", last);
	CALL(send_text(-1, 1, "x", 0));
	CALL(send_text(INT_MIN, 1, "x", 0));
	CALL(send_text(INT_MAX, 1, "x", 0));
	CALL(send_text(77, 1, "x", 0));
	recv_say(-1, 10, 0, 0);
	recv_say(INT_MAX, 10, 0, 0);
	CALL(raw_msgctl(-1, IPC_RMID, NULL));
	CALL(raw_msgctl(-1, IPC_STAT, sc_bad_page()));
	CALL(raw_msgctl(32768 + ids[0], IPC_RMID, NULL));
	CALL(raw_msgctl(ids[0], IPC_RMID, NULL));
	CALL(raw_msgget(100, IPC_CREAT | IPC_EXCL | 0600));
}
