/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Three messages sent without a pause to three sleepers: each gets its own in order of arrival,
 * whatever order they run in.
 */
#include "msg_util.h"

void scenario(void)
{
	long id = new_queue();
	pid_t pids[3];

	for (int round = 0; round < 3; round++) {
		pids[0] = park_receiver("A", id, 100, 0, 0);
		pids[1] = park_receiver("B", id, 100, 0, 0);
		pids[2] = park_receiver("C", id, 100, 0, 0);
		CALL(send_text(id, 11, "first", 0));
		CALL(send_text(id, 12, "second", 0));
		CALL(send_text(id, 13, "third", 0));
		CALL(send_text(id, 14, "fourth", 0));
		for (int i = 0; i < 3; i++)
			sc_wait(pids[i]);
		recv_say(id, 100, 0, IPC_NOWAIT);
		recv_say(id, 100, 0, IPC_NOWAIT);
	}
}
