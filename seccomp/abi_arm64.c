/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arm64: numbers and registers. All of a call's arguments are in registers, in its order, and of 64
 * bits each; there is neither ipc(2) nor a second form of any structure.
 *
 * Numbers by hand (include/uapi/asm-generic/unistd.h, whose table arm64 uses), as those of
 * <sys/syscall.h> are of the machine that compiles. 32-bit programs on an arm64 kernel have another
 * architecture, AUDIT_ARCH_ARM, which nobody here understands: they get ENOSYS.
 *
 * What no table shows: bits of open flags differ between x86 and arm64 (O_DIRECTORY, O_NOFOLLOW,
 * O_DIRECT, O_LARGEFILE). mq_open's are passed on as they are, which is right because a kernel's
 * own flags are those of the daemon's headers, too.
 */
#include <errno.h>
#include <linux/seccomp.h>

#include "seccomp/abi_impl.h"

enum {
	NR_UNSHARE = 97,
	NR_MQ_OPEN = 180,
	NR_MQ_UNLINK = 181,
	NR_MQ_TIMEDSEND = 182,
	NR_MQ_TIMEDRECEIVE = 183,
	NR_MQ_NOTIFY = 184,
	NR_MQ_GETSETATTR = 185,
	NR_MSGGET = 186,
	NR_MSGCTL = 187,
	NR_MSGRCV = 188,
	NR_MSGSND = 189,
	NR_SEMGET = 190,
	NR_SEMCTL = 191,
	NR_SEMTIMEDOP = 192,
	NR_SEMOP = 193,
	NR_SHMGET = 194,
	NR_SHMCTL = 195,
	NR_SHMAT = 196,
	NR_SHMDT = 197,
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

int abi_arm64_decode(const struct seccomp_data *data, struct ipc_call *call)
{
	int nr = number(data->nr);

	if (nr < 0)
		return nr;
	abi_take_registers(data, call, (enum ipc_call_nr)nr, ABI_ARM64);
	/* semop(2) is semtimedop(2) without a timeout; its fourth register holds anything. */
	if (data->nr == NR_SEMOP)
		call->args[3] = 0;
	return 0;
}
