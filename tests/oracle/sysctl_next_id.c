/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * msg_next_id and sem_next_id: the next object that is made has this id, or, where its slot is
 * taken, the next free slot's with this sequence number. It counts once, also for an attempt that
 * fails in looking for a slot, but not for one that never gets so far.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "sem_util.h"
#include "sysctl_util.h"

static long make(bool msg, long key, int flags)
{
	return msg ? syscall(SYS_msgget, key, flags) : raw_semget((key_t)key, 1, flags);
}

static void drop(bool msg, long id)
{
	CALL(msg ? syscall(SYS_msgctl, id, IPC_RMID, NULL)
		 : syscall(SYS_semctl, id, 0, IPC_RMID, 0));
}

static void next(bool msg, const char *id)
{
	sysctl_set(msg ? "kernel/msg_next_id" : "kernel/sem_next_id", id);
}

static void show(bool msg)
{
	sysctl_show(msg ? "kernel/msg_next_id" : "kernel/sem_next_id");
}

static void family(bool msg)
{
	CALL(make(msg, IPC_PRIVATE, 0600));
	next(msg, "12345678");
	CALL(make(msg, IPC_PRIVATE, 0600));
	show(msg);
	CALL(make(msg, IPC_PRIVATE, 0600));

	/* The slot is taken: the same sequence, the next slot. */
	next(msg, "12345678");
	CALL(make(msg, IPC_PRIVATE, 0600));
	next(msg, "0");
	CALL(make(msg, IPC_PRIVATE, 0600));
	next(msg, "2147483647");
	CALL(make(msg, IPC_PRIVATE, 0600));
	show(msg);

	/* Finding an object by its key makes none. */
	next(msg, "65536");
	CALL(make(msg, 0x4711, 0600));
	show(msg);
	CALL(make(msg, 0x4711, 0600 | IPC_CREAT));
	show(msg);
	next(msg, "98304");
	CALL(make(msg, 0x4711, 0600 | IPC_CREAT));
	CALL(make(msg, 0x4711, 0600 | IPC_CREAT | IPC_EXCL));
	show(msg);

	/* Nor does reaching the limit. */
	sysctl_set(msg ? "kernel/msgmni" : "kernel/sem", msg ? "3" : "32000 1024000000 500 3");
	CALL(make(msg, IPC_PRIVATE, 0600));
	show(msg);
	sysctl_set(msg ? "kernel/msgmni" : "kernel/sem",
		   msg ? "32000" : "32000 1024000000 500 32000");
	CALL(make(msg, IPC_PRIVATE, 0600));
	show(msg);

	/* It cannot be unset but by making something. */
	next(msg, "7");
	next(msg, "-1");
	show(msg);
	CALL(make(msg, IPC_PRIVATE, 0600));
	drop(msg, 0);
	CALL(make(msg, IPC_PRIVATE, 0600));
}

void scenario(void)
{
	family(true);
	family(false);
}
