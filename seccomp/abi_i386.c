/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * i386 on an x86-64 kernel: numbers and registers. 32-bit programs come this way, and 64-bit ones
 * that execute int $0x80.
 *
 * Most calls exist twice: behind ipc(2), the multiplexer, and since Linux 5.1 by numbers of their
 * own. The former tell new structures from old ones by IPC_64 in the command, the latter have only
 * the new ones. Source: compat_ksys_ipc() of ipc/syscall.c, arch/x86/entry/syscalls/syscall_32.tbl.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>

#include "seccomp/abi_impl.h"

/* Numbers by hand: <asm/unistd_32.h> cannot be included beside those of x86-64. */
enum {
	NR_EXECVE = 11,
	NR_IPC = 117,
	NR_MQ_OPEN = 277,
	NR_MQ_UNLINK = 278,
	NR_MQ_TIMEDSEND = 279,
	NR_MQ_TIMEDRECEIVE = 280,
	NR_MQ_NOTIFY = 281,
	NR_MQ_GETSETATTR = 282,
	NR_UNSHARE = 310,
	NR_EXECVEAT = 358,
	NR_SEMGET = 393,
	NR_SEMCTL = 394,
	NR_SHMGET = 395,
	NR_SHMCTL = 396,
	NR_SHMAT = 397,
	NR_SHMDT = 398,
	NR_MSGGET = 399,
	NR_MSGSND = 400,
	NR_MSGRCV = 401,
	NR_MSGCTL = 402,
	NR_MQ_TIMEDSEND_TIME64 = 418,
	NR_MQ_TIMEDRECEIVE_TIME64 = 419,
	NR_SEMTIMEDOP_TIME64 = 420,
};

/*
 * setuid, setgid, setreuid, setregid, setgroups, setfsuid, setfsgid, setresuid, setresgid, prctl, capset;
 * with ids of 32 bits setreuid, setregid, setgroups, setresuid, setresgid, setuid, setgid, setfsuid,
 * setfsgid; setns, seccomp.
 */
static const uint16_t identity[] = {23,	 46,  70,  71,	81,  138, 139, 164, 170, 172, 185,
				    203, 204, 206, 208, 210, 213, 214, 215, 216, 346, 354};

/* Sub-calls of ipc(2), uapi/linux/ipc.h. */
enum {
	IPC_SEMOP = 1,
	IPC_SEMGET = 2,
	IPC_SEMCTL = 3,
	IPC_SEMTIMEDOP = 4,
	IPC_MSGSND = 11,
	IPC_MSGRCV = 12,
	IPC_MSGGET = 13,
	IPC_MSGCTL = 14,
	IPC_SHMAT = 21,
	IPC_SHMDT = 22,
	IPC_SHMGET = 23,
	IPC_SHMCTL = 24,
};

#define IPC_64 0x100u

/* compat_long_t and compat_ssize_t: the kernel widens them with their sign. */
static uint64_t widen(uint64_t reg)
{
	return (uint64_t)(int64_t)(int32_t)reg;
}

static int direct(int nr, struct ipc_call *call)
{
	uint64_t *args = call->args;

	switch (nr) {
	case NR_MSGGET:
		return CALL_MSGGET;
	case NR_MSGSND:
		args[2] = widen(args[2]);
		return CALL_MSGSND;
	case NR_MSGRCV:
		args[2] = widen(args[2]);
		args[3] = widen(args[3]);
		return CALL_MSGRCV;
	case NR_MSGCTL:
		call->cmd_has_ipc_64 = args[1] & IPC_64;
		args[1] &= ~(uint64_t)IPC_64;
		return CALL_MSGCTL;
	case NR_SEMGET:
		return CALL_SEMGET;
	case NR_SEMCTL:
		call->cmd_has_ipc_64 = args[2] & IPC_64;
		args[2] &= ~(uint64_t)IPC_64;
		return CALL_SEMCTL;
	case NR_SEMTIMEDOP_TIME64:
		return CALL_SEMTIMEDOP;
	case NR_SHMGET:
		return CALL_SHMGET;
	case NR_SHMAT:
		return CALL_SHMAT;
	case NR_SHMDT:
		return CALL_SHMDT;
	case NR_SHMCTL:
		return CALL_SHMCTL;
	case NR_MQ_OPEN:
		/* Only i386's mq_open(2) leaves attributes alone that it will not need. */
		if (!(args[1] & O_CREAT))
			args[3] = 0;
		return CALL_MQ_OPEN;
	case NR_MQ_UNLINK:
		return CALL_MQ_UNLINK;
	case NR_MQ_TIMEDSEND:
		call->abi = ABI_I386_OLD;
		return CALL_MQ_TIMEDSEND;
	case NR_MQ_TIMEDSEND_TIME64:
		return CALL_MQ_TIMEDSEND;
	case NR_MQ_TIMEDRECEIVE:
		call->abi = ABI_I386_OLD;
		return CALL_MQ_TIMEDRECEIVE;
	case NR_MQ_TIMEDRECEIVE_TIME64:
		return CALL_MQ_TIMEDRECEIVE;
	case NR_MQ_NOTIFY:
		return CALL_MQ_NOTIFY;
	case NR_MQ_GETSETATTR:
		return CALL_MQ_GETSETATTR;
	case NR_UNSHARE:
		return CALL_UNSHARE;
	case NR_EXECVE:
	case NR_EXECVEAT:
		return CALL_EXECVE;
	}
	for (size_t i = 0; i < sizeof(identity) / sizeof(identity[0]); i++)
		if (nr == identity[i])
			return CALL_IDENTITY;
	return -ENOSYS;
}

static void set_args(struct ipc_call *call, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
		     uint64_t e)
{
	call->args[0] = a;
	call->args[1] = b;
	call->args[2] = c;
	call->args[3] = d;
	call->args[4] = e;
	call->args[5] = 0;
}

/* compat_ipc_parse_version(): takes the flag out of the command. */
static uint64_t parse_version(struct ipc_call *call, uint64_t cmd)
{
	call->abi = cmd & IPC_64 ? ABI_I386 : ABI_I386_OLD;
	return cmd & ~(uint64_t)IPC_64;
}

/* Version 0 of msgrcv has no register left for two of its arguments. */
static int multiplexed_msgrcv(struct ipc_call *call, uint32_t version, uint64_t first,
			      uint64_t second, uint64_t third, uint64_t ptr, uint64_t fifth)
{
	if ((int32_t)first < 0 || (int32_t)second < 0)
		return -EINVAL;
	if (version == 0) {
		if (!ptr)
			return -EINVAL;
		call->behind = ptr;
		ptr = fifth = 0;
	}
	set_args(call, first, ptr, second, widen(fifth), third);
	return CALL_MSGRCV;
}

static int multiplexed(struct ipc_call *call)
{
	const uint64_t first = call->args[1], second = call->args[2], third = call->args[3],
		       ptr = call->args[4], fifth = call->args[5];
	const uint32_t op = (uint32_t)call->args[0];

	switch (op & 0xffff) {
	case IPC_SEMOP:
		set_args(call, first, ptr, second, 0, 0);
		return CALL_SEMTIMEDOP;
	case IPC_SEMTIMEDOP:
		call->abi = ABI_I386_OLD;
		set_args(call, first, ptr, second, fifth, 0);
		return CALL_SEMTIMEDOP;
	case IPC_SEMGET:
		set_args(call, first, second, third, 0, 0);
		return CALL_SEMGET;
	case IPC_SEMCTL:
		if (!ptr)
			return -EINVAL;
		call->behind = ptr;
		set_args(call, first, second, parse_version(call, third), 0, 0);
		return CALL_SEMCTL;
	case IPC_MSGSND:
		set_args(call, first, ptr, widen(second), third, 0);
		return CALL_MSGSND;
	case IPC_MSGRCV:
		return multiplexed_msgrcv(call, op >> 16, first, second, third, ptr, fifth);
	case IPC_MSGGET:
		set_args(call, first, second, 0, 0, 0);
		return CALL_MSGGET;
	case IPC_MSGCTL:
		set_args(call, first, parse_version(call, second), ptr, 0, 0);
		return CALL_MSGCTL;
	case IPC_SHMAT:
		if (op >> 16 == 1)
			return -EINVAL;
		set_args(call, first, ptr, second, third, 0);
		return CALL_SHMAT;
	case IPC_SHMDT:
		set_args(call, ptr, 0, 0, 0, 0);
		return CALL_SHMDT;
	case IPC_SHMGET:
		set_args(call, first, second, third, 0, 0);
		return CALL_SHMGET;
	case IPC_SHMCTL:
		set_args(call, first, parse_version(call, second), ptr, 0, 0);
		return CALL_SHMCTL;
	}
	return -ENOSYS;
}

int abi_i386_decode(const struct seccomp_data *data, struct ipc_call *call)
{
	/* The registers' upper halves are not the caller's (the sixth argument comes with one). */
	*call = (struct ipc_call){.abi = ABI_I386};
	for (int i = 0; i < 6; i++)
		call->args[i] = (uint32_t)data->args[i];

	call->multiplexed = data->nr == NR_IPC;

	int nr = call->multiplexed ? multiplexed(call) : direct(data->nr, call);

	if (nr < 0)
		return nr;
	call->nr = (enum ipc_call_nr)nr;
	return 0;
}

uint32_t abi_behind_size(const struct ipc_call *call)
{
	return call->nr == CALL_MSGRCV ? 8 : 4;
}

void abi_take_behind(struct ipc_call *call, const struct abi_bytes *in)
{
	uint32_t word[2] = {0};

	memcpy(word, in->data, abi_behind_size(call));
	if (call->nr == CALL_MSGRCV) {
		/* struct compat_ipc_kludge */
		call->args[1] = word[0];
		call->args[3] = widen(word[1]);
	} else {
		/* union semun */
		call->args[3] = word[0];
	}
	call->behind = 0;
}
