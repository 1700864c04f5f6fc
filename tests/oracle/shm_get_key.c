/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys in shmget(2): IPC_PRIVATE is always new and never found, IPC_CREAT and IPC_EXCL, ids of a
 * fresh namespace, and other bits of the flags.
 */
#include "shm_common.h"

void scenario(void)
{
	CALL(shmget(0x1234, 100, 0600));
	CALL(shmget(0x1234, 100, IPC_EXCL | 0600));
	CALL(shmget(0x1234, 100, IPC_CREAT | 0640));
	CALL(shmget(0x1234, 100, IPC_CREAT | 0640));
	CALL(shmget(0x1234, 100, IPC_EXCL | 0600));
	CALL(shmget(0x1234, 100, IPC_CREAT | IPC_EXCL | 0640));
	CALL(shmget(0x1234, 200, IPC_CREAT | IPC_EXCL | 0640));
	CALL(shmget(0x1234, 0, 0));
	CALL(shmget(IPC_PRIVATE, 100, 0600));
	CALL(shmget(IPC_PRIVATE, 100, IPC_CREAT | IPC_EXCL | 0600));
	CALL(shmget(IPC_PRIVATE, 100, 0));
	CALL(shmget(-1, 100, IPC_CREAT | 0600));
	CALL(shmget(INT_MIN, 100, IPC_CREAT | 0600));
	CALL(shmget(INT_MAX, 100, IPC_CREAT | 03777));
	CALL(shmget(0x99, 100, IPC_CREAT | SHM_NORESERVE | 0600));
	CALL(shmget(0x98, 100, IPC_CREAT | 0x40000000 | 0600));
	for (int id = 0; id < 9; id++)
		shm_show("segment", id);
	shm_show("none", 9);
	/* The kernel takes a 32-bit key. */
	CALL(syscall(SYS_shmget, 0x700001234L, 100L, 0600L));
}
