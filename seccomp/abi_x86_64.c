/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * x86-64: numbers and registers. All of a call's arguments are in registers, in its order, and of
 * 64 bits each. x32's numbers have a bit of their own (0x40000000) in the same architecture, so none
 * of them is in this table.
 *
 * Numbers by hand (arch/x86/entry/syscalls/syscall_64.tbl), as those of <sys/syscall.h> are of the
 * machine that compiles.
 */
#include <errno.h>
#include <linux/seccomp.h>

#include "seccomp/abi_impl.h"

enum {
	NR_SHMGET = 29,
	NR_SHMAT = 30,
	NR_SHMCTL = 31,
	NR_SEMGET = 64,
	NR_SEMOP = 65,
	NR_SEMCTL = 66,
	NR_SHMDT = 67,
	NR_MSGGET = 68,
	NR_MSGSND = 69,
	NR_MSGRCV = 70,
	NR_MSGCTL = 71,
	NR_SEMTIMEDOP = 220,
	NR_MQ_OPEN = 240,
	NR_MQ_UNLINK = 241,
	NR_MQ_TIMEDSEND = 242,
	NR_MQ_TIMEDRECEIVE = 243,
	NR_MQ_NOTIFY = 244,
	NR_MQ_GETSETATTR = 245,
	NR_UNSHARE = 272,
};

static int number(int nr)
{
	switch (nr) {
	case NR_MSGGET:
		return CALL_MSGGET;
	case NR_MSGSND:
		return CALL_MSGSND;
	case NR_MSGRCV:
		return CALL_MSGRCV;
	case NR_MSGCTL:
		return CALL_MSGCTL;
	case NR_SEMGET:
		return CALL_SEMGET;
	case NR_SEMOP:
	case NR_SEMTIMEDOP:
		return CALL_SEMTIMEDOP;
	case NR_SEMCTL:
		return CALL_SEMCTL;
	case NR_SHMGET:
		return CALL_SHMGET;
	case NR_SHMAT:
		return CALL_SHMAT;
	case NR_SHMDT:
		return CALL_SHMDT;
	case NR_SHMCTL:
		return CALL_SHMCTL;
	case NR_MQ_OPEN:
		return CALL_MQ_OPEN;
	case NR_MQ_UNLINK:
		return CALL_MQ_UNLINK;
	case NR_MQ_TIMEDSEND:
		return CALL_MQ_TIMEDSEND;
	case NR_MQ_TIMEDRECEIVE:
		return CALL_MQ_TIMEDRECEIVE;
	case NR_MQ_NOTIFY:
		return CALL_MQ_NOTIFY;
	case NR_MQ_GETSETATTR:
		return CALL_MQ_GETSETATTR;
	case NR_UNSHARE:
		return CALL_UNSHARE;
	}
	return -ENOSYS;
}

int abi_x86_64_decode(const struct seccomp_data *data, struct ipc_call *call)
{
	int nr = number(data->nr);

	if (nr < 0)
		return nr;
	abi_take_registers(data, call, (enum ipc_call_nr)nr, ABI_X86_64);
	/* semop(2) is semtimedop(2) without a timeout; its fourth register holds anything. */
	if (data->nr == NR_SEMOP)
		call->args[3] = 0;
	return 0;
}
