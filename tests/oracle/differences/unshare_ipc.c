/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unshare(CLONE_NEWIPC) by a confined program: it gets a new kernel namespace but stays in the same
 * virtual one. Messages, semaphores and queues go on as before; segments cannot be reached at all.
 */
#include <sys/msg.h>
#include <sys/shm.h>

#include "mq_common.h"
#include "sem_util.h"

#define KEY 0x4f1

static void leaver(void *arg)
{
	(void)arg;
	MUST(unshare(CLONE_NEWIPC));
	CALL_OK(syscall(SYS_msgget, KEY, 0));
	CALL_OK(raw_semget(KEY, 1, 0));
	CALL_OK(mq_open("/q", O_RDWR));
	CALL_OK(syscall(SYS_shmget, KEY, 4096, 0));
	CALL_OK(syscall(SYS_shmget, KEY, 4096, IPC_CREAT | 0600));
}

void scenario(void)
{
	MUST(syscall(SYS_msgget, KEY, IPC_CREAT | 0600));
	MUST(raw_semget(KEY, 1, IPC_CREAT | 0600));
	MUST(syscall(SYS_shmget, KEY, 4096, IPC_CREAT | 0600));
	mq_make("/q", O_RDWR, 2, 8);
	sc_wait(sc_fork("leaver", leaver, NULL));
}
