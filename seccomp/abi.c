/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers and registers. x86-64 only so far; the filter answers ENOSYS for every other ABI before
 * it gets here, and so does this decoder should one slip through.
 */
#include "seccomp/abi.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>

#ifndef __x86_64__
#error "the trap path is written for x86-64"
#endif

static int number(int nr)
{
	switch (nr) {
	case SYS_msgget:
		return CALL_MSGGET;
	case SYS_msgsnd:
		return CALL_MSGSND;
	case SYS_msgrcv:
		return CALL_MSGRCV;
	case SYS_msgctl:
		return CALL_MSGCTL;
	case SYS_semget:
		return CALL_SEMGET;
	case SYS_semop:
	case SYS_semtimedop:
		return CALL_SEMTIMEDOP;
	case SYS_semctl:
		return CALL_SEMCTL;
	case SYS_shmget:
		return CALL_SHMGET;
	case SYS_shmat:
		return CALL_SHMAT;
	case SYS_shmdt:
		return CALL_SHMDT;
	case SYS_shmctl:
		return CALL_SHMCTL;
	case SYS_mq_open:
		return CALL_MQ_OPEN;
	case SYS_mq_unlink:
		return CALL_MQ_UNLINK;
	case SYS_mq_timedsend:
		return CALL_MQ_TIMEDSEND;
	case SYS_mq_timedreceive:
		return CALL_MQ_TIMEDRECEIVE;
	case SYS_mq_notify:
		return CALL_MQ_NOTIFY;
	case SYS_mq_getsetattr:
		return CALL_MQ_GETSETATTR;
	case SYS_unshare:
		return CALL_UNSHARE;
	}
	return -ENOSYS;
}

int abi_decode(const struct seccomp_data *data, struct ipc_call *call)
{
	if (data->arch != AUDIT_ARCH_X86_64)
		return -ENOSYS;

	int nr = number(data->nr);

	if (nr < 0)
		return nr;
	call->nr = (enum ipc_call_nr)nr;
	call->abi = ABI_X86_64;
	for (int i = 0; i < 6; i++)
		call->args[i] = data->args[i];
	/* semop(2) is semtimedop(2) without a timeout; its fourth register holds anything. */
	if (data->nr == SYS_semop)
		call->args[3] = 0;
	return 0;
}
