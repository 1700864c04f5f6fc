/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Buffers that fault: EFAULT, nothing sent; on receiving, the message is gone, for it was taken
 * before the copy out (linux ipc/msg.c, do_msgrcv()).
 */
#include "msg_util.h"

static long *ending(size_t bytes)
{
	long *type = sc_page_end(sizeof(long) + bytes);

	*type = 5;
	return type;
}

void scenario(void)
{
	long id = new_queue();
	struct text_msg *msg;

	CALL(raw_msgsnd(id, NULL, 1, 0));
	CALL(raw_msgsnd(id, NULL, 0, 0));
	CALL(raw_msgsnd(id, sc_bad_page(), 1, 0));
	CALL(raw_msgsnd(id, (void *)-4096L, 1, 0));
	CALL(raw_msgsnd(id, (void *)(uintptr_t)(1ULL << 63), 1, 0));
	CALL(raw_msgsnd(id, sc_page_end(4), 0, 0));
	CALL(raw_msgsnd(id, sc_ro_page(), 0, 0));
	CALL(raw_msgsnd(id, ending(3), 4, 0));
	CALL(raw_msgsnd(id, ending(3), 3, 0));
	CALL(raw_msgsnd(id, ending(4000), 4001, 0));
	say_fill("sent", id);
	CALL(raw_msgrcv(id, sc_bad_page(), 10, 0, 0));
	say_queue("lost by EFAULT", id);

	CALL(send_text(id, 1, "abcdef", 0));
	CALL(raw_msgrcv(id, NULL, 2, 0, 0));
	CALL(raw_msgrcv(id, sc_bad_page(), 2, 0, 0));
	say_fill("E2BIG before EFAULT", id);
	CALL(raw_msgrcv(id, sc_ro_page(), 10, 0, 0));
	say_fill("read-only", id);

	CALL(send_text(id, 1, "abcdef", 0));
	msg = (struct text_msg *)ending(4);
	CALL(raw_msgrcv(id, msg, 10, 0, 0));
	say_fill("page end", id);

	CALL(send_text(id, 1, "abcd", 0));
	msg = (struct text_msg *)ending(4);
	CALL(raw_msgrcv(id, msg, 10, 0, 0));
	sc_say("type %ld text %.4s", msg->type, msg->text);
	CALL(send_text(id, 1, "abcdef", 0));
	msg = (struct text_msg *)ending(4);
	CALL(raw_msgrcv(id, msg, 4, 0, MSG_NOERROR));
	sc_say("type %ld text %.4s", msg->type, msg->text);

	CALL(send_text(id, 1, "abcd", 0));
	CALL(raw_msgrcv(id, sc_page_end_ro(sizeof(long)), 10, 0, 0));
	CALL(raw_msgrcv(id, NULL, 10, 0, IPC_NOWAIT));
	CALL(raw_msgctl(id, IPC_STAT, NULL));
	CALL(raw_msgctl(id, IPC_STAT, sc_ro_page()));
	CALL(raw_msgctl(id, IPC_STAT, sc_page_end(sizeof(struct msqid_ds) - 1)));
	CALL(raw_msgctl(id, IPC_STAT, sc_page_end(sizeof(struct msqid_ds))));
	CALL(raw_msgctl(id, IPC_SET, NULL));
	CALL(raw_msgctl(id, IPC_SET, sc_page_end(sizeof(struct msqid_ds) - 1)));
	CALL(raw_msgctl(id, IPC_INFO, NULL));
	CALL(raw_msgctl(id, MSG_INFO, sc_ro_page()));
	CALL(raw_msgctl(0, MSG_STAT, NULL));
	CALL(raw_msgctl(0, MSG_STAT_ANY, sc_bad_page()));
	say_queue("end", id);
}
