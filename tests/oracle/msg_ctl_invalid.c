/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * msgctl() with commands, ids and pointers that are wrong, and the order in which it notices.
 */
#include "msg_util.h"

void scenario(void)
{
	static const int unknown[] = {4, 5, 10, 14, 15, 100, 0x100, 0x102, INT_MAX, -1, INT_MIN};
	long id = new_queue();
	struct msqid_ds ds;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		sc_say("command %d", unknown[i]);
		CALL(raw_msgctl(id, unknown[i], &ds));
		CALL(raw_msgctl(id, unknown[i], sc_bad_page()));
		CALL(raw_msgctl(-1, unknown[i], NULL));
	}
	CALL(raw_msgctl(12345, IPC_STAT, &ds));
	CALL(raw_msgctl(12345, IPC_STAT, sc_bad_page()));
	CALL(raw_msgctl(12345, IPC_SET, sc_bad_page()));
	MUST(raw_msgctl(id, IPC_STAT, &ds));
	CALL(raw_msgctl(12345, IPC_SET, &ds));
	CALL(raw_msgctl(-1, IPC_SET, &ds));
	CALL(raw_msgctl(-1, IPC_SET, sc_bad_page()));
	CALL(raw_msgctl(12345, IPC_RMID, sc_bad_page()));
	CALL(raw_msgctl(1, MSG_STAT, &ds));
	CALL(raw_msgctl(40000, MSG_STAT, &ds));
	CALL(raw_msgctl(-1, MSG_STAT, &ds));
	CALL(raw_msgctl(-1, MSG_INFO, &ds));
	CALL(raw_msgctl(-1, IPC_INFO, sc_bad_page()));
	CALL(raw_msgctl(id, IPC_RMID, sc_bad_page()));
	CALL(raw_msgctl(id, IPC_SET, &ds));
}
