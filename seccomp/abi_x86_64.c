/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * x86-64: numbers and registers. All of a call's arguments are in registers, in its order, and of
 * 64 bits each. x32's numbers have a bit of their own (0x40000000) in the same architecture, so none
 * of them is in this table.
 *
 * Numbers by hand (arch/x86/entry/syscalls/syscall_64.tbl), as those of <sys/syscall.h> are of the
 * machine that compiles.
 */
#include <linux/seccomp.h>

#include "seccomp/abi_impl.h"

static const struct abi_number numbers[] = {
	{.nr = 29, .call = CALL_SHMGET},
	{.nr = 30, .call = CALL_SHMAT},
	{.nr = 31, .call = CALL_SHMCTL},
	{.nr = 59, .call = CALL_EXECVE},
	{.nr = 64, .call = CALL_SEMGET},
	{.nr = 65, .call = CALL_SEMTIMEDOP, .no_timeout = true}, /* semop(2) */
	{.nr = 66, .call = CALL_SEMCTL},
	{.nr = 67, .call = CALL_SHMDT},
	{.nr = 68, .call = CALL_MSGGET},
	{.nr = 69, .call = CALL_MSGSND},
	{.nr = 70, .call = CALL_MSGRCV},
	{.nr = 71, .call = CALL_MSGCTL},
	{.nr = 105, .call = CALL_IDENTITY}, /* setuid(2) */
	{.nr = 106, .call = CALL_IDENTITY}, /* setgid(2) */
	{.nr = 113, .call = CALL_IDENTITY}, /* setreuid(2) */
	{.nr = 114, .call = CALL_IDENTITY}, /* setregid(2) */
	{.nr = 116, .call = CALL_IDENTITY}, /* setgroups(2) */
	{.nr = 117, .call = CALL_IDENTITY}, /* setresuid(2) */
	{.nr = 119, .call = CALL_IDENTITY}, /* setresgid(2) */
	{.nr = 122, .call = CALL_IDENTITY}, /* setfsuid(2) */
	{.nr = 123, .call = CALL_IDENTITY}, /* setfsgid(2) */
	{.nr = 126, .call = CALL_IDENTITY}, /* capset(2) */
	{.nr = 157, .call = CALL_IDENTITY}, /* prctl(2) */
	{.nr = 220, .call = CALL_SEMTIMEDOP},
	{.nr = 240, .call = CALL_MQ_OPEN},
	{.nr = 241, .call = CALL_MQ_UNLINK},
	{.nr = 242, .call = CALL_MQ_TIMEDSEND},
	{.nr = 243, .call = CALL_MQ_TIMEDRECEIVE},
	{.nr = 244, .call = CALL_MQ_NOTIFY},
	{.nr = 245, .call = CALL_MQ_GETSETATTR},
	{.nr = 272, .call = CALL_UNSHARE},
	{.nr = 308, .call = CALL_IDENTITY}, /* setns(2) */
	{.nr = 317, .call = CALL_IDENTITY}, /* seccomp(2) */
	{.nr = 322, .call = CALL_EXECVE},   /* execveat(2) */
};

int abi_x86_64_decode(const struct seccomp_data *data, struct ipc_call *call)
{
	return abi_decode_registers(numbers, sizeof(numbers) / sizeof(numbers[0]), ABI_X86_64, data, call);
}
