/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * msgget(): keys, IPC_CREAT, IPC_EXCL, IPC_PRIVATE, mode bits, and lookup by a process that may not
 * have what it asks for (msgget(2); linux ipc/util.c, ipcget()).
 */
#include "msg_util.h"

static void nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	CALL(raw_msgget(11, 0));
	CALL(raw_msgget(11, 0004));
	CALL(raw_msgget(11, 0444));
	CALL(raw_msgget(11, 0400));
	CALL(raw_msgget(11, 0040));
	CALL(raw_msgget(11, 0002));
	CALL(raw_msgget(11, 0666));
	CALL(raw_msgget(11, IPC_CREAT | 0666));
	CALL(raw_msgget(11, IPC_CREAT | IPC_EXCL | 0666));
	CALL(raw_msgget(12, 0));
	CALL(raw_msgget(12, 0600));
	CALL(raw_msgget(13, IPC_CREAT | 0600));
	CALL(raw_msgget(13, 0600));
}

void scenario(void)
{
	long id;

	CALL(raw_msgget(10, 0));
	CALL(raw_msgget(10, IPC_EXCL));
	CALL(raw_msgget(10, IPC_EXCL | 0666));
	CALL(raw_msgget(10, IPC_CREAT | 0600));
	CALL(raw_msgget(10, 0));
	CALL(raw_msgget(10, IPC_CREAT));
	CALL(raw_msgget(10, IPC_EXCL));
	CALL(raw_msgget(10, IPC_CREAT | IPC_EXCL | 0600));
	CALL(raw_msgget(10, 0777));
	CALL(raw_msgget(IPC_PRIVATE, 0));
	CALL(raw_msgget(IPC_PRIVATE, IPC_EXCL));
	id = CALL(raw_msgget(IPC_PRIVATE, IPC_CREAT | IPC_EXCL | 0777));
	say_queue("private", id);
	id = CALL(raw_msgget(-1, IPC_CREAT | 07777));
	say_queue("mode bits", id);
	id = CALL(raw_msgget(0x7fffffff, IPC_CREAT | 0xffff0000 | 0123));
	say_queue("unknown flags", id);
	CALL(raw_msgget(INT_MIN, IPC_CREAT));
	CALL(raw_msgget(11, IPC_CREAT | 0604));
	CALL(raw_msgget(12, IPC_CREAT | 0000));
	sc_wait(sc_fork("nobody", nobody, NULL));
	id = CALL(raw_msgget(13, 0));
	say_queue("nobody's", id);
}
