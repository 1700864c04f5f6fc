/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPC_INFO, MSG_INFO, MSG_STAT and MSG_STAT_ANY: limits, totals, and walking the table by index as
 * ipcs does.
 */
#include "msg_util.h"

static void say_info(int cmd)
{
	struct msginfo info;
	char label[24];

	memset(&info, 0, sizeof(info));
	snprintf(label, sizeof(label), "msgctl(%s)", cmd == IPC_INFO ? "IPC_INFO" : "MSG_INFO");
	CALL_Q(label, raw_msgctl(0, cmd, &info));
	sc_say("pool %d map %d max %d mnb %d mni %d ssz %d tql %d seg %u", info.msgpool,
	       info.msgmap, info.msgmax, info.msgmnb, info.msgmni, info.msgssz, info.msgtql,
	       info.msgseg);
}

static void walk(int highest)
{
	struct msqid_ds ds;

	for (int index = 0; index <= highest; index++) {
		char label[24];

		snprintf(label, sizeof(label), "MSG_STAT(%d)", index);
		if (CALL_Q(label, raw_msgctl(index, MSG_STAT, &ds)) >= 0)
			say_queue_ds(label, &ds);
	}
}

static void nobody(void *arg)
{
	struct msqid_ds ds;

	(void)arg;
	sc_become_nobody();
	say_info(IPC_INFO);
	say_info(MSG_INFO);
	for (int index = 0; index < 4; index++) {
		CALL(raw_msgctl(index, MSG_STAT, &ds));
		if (CALL(raw_msgctl(index, MSG_STAT_ANY, &ds)) >= 0)
			say_queue_ds("any", &ds);
	}
}

void scenario(void)
{
	long ids[5];

	say_info(IPC_INFO);
	say_info(MSG_INFO);
	for (int i = 0; i < 5; i++)
		ids[i] = CALL(raw_msgget(20 + i, IPC_CREAT | (i & 1 ? 0644 : 0600)));
	CALL(send_text(ids[0], 1, "12345", 0));
	CALL(send_text(ids[1], 1, "1234567", 0));
	CALL(send_text(ids[1], 1, "", 0));
	CALL(send_text(ids[3], 1, "x", 0));
	say_info(IPC_INFO);
	say_info(MSG_INFO);
	CALL(raw_msgctl(ids[1], IPC_RMID, NULL));
	say_info(MSG_INFO);
	CALL(raw_msgctl(ids[4], IPC_RMID, NULL));
	say_info(IPC_INFO);
	say_info(MSG_INFO);
	CALL(raw_msgget(30, IPC_CREAT | 0600));
	walk(5);
	sc_wait(sc_fork("nobody", nobody, NULL));
}
