/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPC_SET: which fields it takes, how owner and creator differ, and what a change of owner allows
 * and forbids.
 */
#include "msg_util.h"

static void nobody(void *arg)
{
	long id = *(long *)arg;
	struct msqid_ds ds;

	sc_become_nobody();
	say_queue("as owner", id);
	memset(&ds, 0, sizeof(ds));
	ds.msg_perm.uid = 12345;
	ds.msg_perm.gid = 23456;
	ds.msg_perm.mode = 0642;
	ds.msg_qbytes = 77;
	CALL(raw_msgctl(id, IPC_SET, &ds));
	CALL(raw_msgctl(id, IPC_STAT, &ds));
	CALL(raw_msgctl(id, IPC_SET, &ds));
	CALL(raw_msgctl(id, IPC_RMID, NULL));
	CALL(send_text(id, 1, "w", IPC_NOWAIT));
	recv_say(id, 10, 0, IPC_NOWAIT);
}

static void creator(void *arg)
{
	long id;
	struct msqid_ds ds;

	(void)arg;
	sc_become_nobody();
	id = CALL(raw_msgget(0x77, IPC_CREAT | 0600));
	MUST(raw_msgctl(id, IPC_STAT, &ds));
	ds.msg_perm.uid = 0;
	ds.msg_perm.gid = 0;
	CALL(raw_msgctl(id, IPC_SET, &ds));
	say_queue("given away", id);
	ds.msg_perm.uid = (uid_t)-1;
	CALL(raw_msgctl(id, IPC_SET, &ds));
	ds.msg_perm.uid = 0;
	ds.msg_perm.gid = (gid_t)-1;
	CALL(raw_msgctl(id, IPC_SET, &ds));
	CALL(raw_msgctl(id, IPC_RMID, NULL));
}

void scenario(void)
{
	long id = MUST(raw_msgget(0x55, IPC_CREAT | 0600));
	struct msqid_ds ds;

	MUST(send_text(id, 1, "a", 0));
	memset(&ds, 0xff, sizeof(ds));
	ds.msg_perm.uid = SC_NOBODY;
	ds.msg_perm.gid = 1;
	ds.msg_perm.mode = 0177777 & ~0066;
	ds.msg_perm.__key = 0x99;
	ds.msg_qbytes = 1000;
	CALL(raw_msgctl(id, IPC_SET, &ds));
	say_queue("set", id);
	CALL(raw_msgget(0x99, 0));
	CALL(raw_msgget(0x55, 0));
	sc_wait(sc_fork("nobody", nobody, &id));
	say_queue("set by its owner", id);
	sc_wait(sc_fork("creator", creator, NULL));
	CALL(raw_msgget(0x77, 0));
}
