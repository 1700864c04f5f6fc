/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A few hundred queues at once: ids, lookups by key, totals, and the table after every third one is
 * removed and new ones are made.
 */
#include "msg_util.h"

#define QUEUES 300

static void totals(const char *label)
{
	struct msginfo info;

	CALL_Q(label, raw_msgctl(0, MSG_INFO, &info));
	sc_say("queues %d messages %d bytes %d", info.msgpool, info.msgmap, info.msgtql);
}

void scenario(void)
{
	long ids[QUEUES];
	long sum = 0;
	int found = 0;
	int missing = 0;

	for (int i = 0; i < QUEUES; i++) {
		ids[i] = MUST(raw_msgget(1000 + i, IPC_CREAT | IPC_EXCL | 0600));
		sum += ids[i];
		MUST(send_text(ids[i], i + 1, "abcdefghij", 0));
	}
	sc_say("sum of ids %ld", sum);
	totals("all");
	for (int i = 0; i < QUEUES; i += 3)
		MUST(raw_msgctl(ids[i], IPC_RMID, NULL));
	totals("a third removed");
	for (int i = 0; i < QUEUES; i++) {
		long id = raw_msgget(1000 + i, 0);

		if (id == ids[i])
			found++;
		else if (id < 0 && errno == ENOENT)
			missing++;
		else
			sc_say("key %d: id %ld, expected %ld", 1000 + i, id, ids[i]);
	}
	sc_say("found %d missing %d", found, missing);
	for (int i = 0; i < 5; i++)
		CALL(raw_msgget(5000 + i, IPC_CREAT | 0600));
	recv_say(ids[200], 100, 0, IPC_NOWAIT);
	recv_say(ids[199], 100, 201, IPC_NOWAIT);
	recv_say(ids[199], 100, 200, IPC_NOWAIT);
	totals("end");
}
