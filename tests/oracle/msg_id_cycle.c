/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How slots are dealt: in a cycle, at least 64 and at most one and a half times the queues in use;
 * the sequence number grows when the cycle wraps (linux ipc/util.c, ipc_idr_alloc()).
 */
#include "msg_util.h"

#define HELD 50

void scenario(void)
{
	long held[HELD];
	long id;

	held[0] = CALL(raw_msgget(IPC_PRIVATE, 0600));
	for (int i = 0; i < 140; i++) {
		id = MUST(raw_msgget(IPC_PRIVATE, 0600));
		MUST(raw_msgctl(id, IPC_RMID, NULL));
		if (i % 20 == 0 || (id & 0x7fff) < 3)
			sc_say("round %d: slot %ld sequence %ld", i, id & 0x7fff, id >> 15);
	}
	say_queue("the first one", held[0]);
	for (int i = 1; i < HELD; i++)
		held[i] = MUST(raw_msgget(IPC_PRIVATE, 0600));
	for (int i = 0; i < 100; i++) {
		id = MUST(raw_msgget(IPC_PRIVATE, 0600));
		MUST(raw_msgctl(id, IPC_RMID, NULL));
		sc_say("held %d, round %d: id %ld", HELD, i, id);
	}
	for (int i = 0; i < HELD; i++)
		sc_say("held %ld: %ld", held[i], raw_msgctl(held[i], IPC_RMID, NULL));
	CALL(raw_msgget(IPC_PRIVATE, 0600));
	CALL(raw_msgctl(held[HELD - 1], IPC_RMID, NULL));
}
