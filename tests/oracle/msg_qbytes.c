/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * msg_qbytes: how full a queue may get, lowering it below what is queued, raising it again, and the
 * ceiling msgmnb that only CAP_SYS_RESOURCE passes (msgctl(2); linux ipc/msg.c, msgctl_down()).
 */
#include "msg_util.h"

static void nobody(void *arg)
{
	long id;
	struct msqid_ds ds;

	(void)arg;
	sc_become_nobody();
	id = new_queue();
	CALL(set_qbytes(id, 16385));
	CALL(set_qbytes(id, 16384));
	CALL(set_qbytes(id, 100));
	CALL(set_qbytes(id, 16384));
	MUST(raw_msgctl(id, IPC_STAT, &ds));
	/* The kernel keeps the low 32 bits before it compares. */
	ds.msg_qbytes = (unsigned long)((1ULL << 40) + 9);
	CALL(raw_msgctl(id, IPC_SET, &ds));
	say_queue("wide qbytes", id);
	ds.msg_qbytes = 1UL << 31;
	CALL(raw_msgctl(id, IPC_SET, &ds));
	ds.msg_qbytes = 16385;
	ds.msg_perm.mode = 0644;
	CALL(raw_msgctl(id, IPC_SET, &ds));
	say_queue("refused as a whole", id);
}

void scenario(void)
{
	long id = new_queue();

	CALL(set_qbytes(id, 10));
	CALL(send_text(id, 1, "0123456789", IPC_NOWAIT));
	CALL(send_text(id, 1, "", IPC_NOWAIT));
	CALL(send_text(id, 1, "x", IPC_NOWAIT));
	CALL(set_qbytes(id, 5));
	say_queue("lowered", id);
	CALL(send_text(id, 1, "", IPC_NOWAIT));
	recv_say(id, 100, 0, 0);
	CALL(send_text(id, 1, "123456", IPC_NOWAIT));
	CALL(send_text(id, 1, "12345", IPC_NOWAIT));
	CALL(set_qbytes(id, 0));
	CALL(send_text(id, 1, "", IPC_NOWAIT));
	recv_say(id, 100, 0, 0);
	CALL(send_text(id, 1, "", IPC_NOWAIT));
	CALL(send_text(id, 1, "x", IPC_NOWAIT));
	CALL(set_qbytes(id, 16384));
	CALL(send_fill(id, 1, 'a', 8192, IPC_NOWAIT));
	CALL(send_fill(id, 1, 'b', 8192, IPC_NOWAIT));
	CALL(send_text(id, 1, "x", IPC_NOWAIT));
	CALL(send_text(id, 1, "", IPC_NOWAIT));
	say_queue("full", id);
	sc_wait(sc_fork("nobody", nobody, NULL));
}
