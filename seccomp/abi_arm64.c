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
#include <linux/seccomp.h>

#include "seccomp/abi_impl.h"

static const struct abi_number numbers[] = {
	{.nr = 97, .call = CALL_UNSHARE},
	{.nr = 180, .call = CALL_MQ_OPEN},
	{.nr = 181, .call = CALL_MQ_UNLINK},
	{.nr = 182, .call = CALL_MQ_TIMEDSEND},
	{.nr = 183, .call = CALL_MQ_TIMEDRECEIVE},
	{.nr = 184, .call = CALL_MQ_NOTIFY},
	{.nr = 185, .call = CALL_MQ_GETSETATTR},
	{.nr = 186, .call = CALL_MSGGET},
	{.nr = 187, .call = CALL_MSGCTL},
	{.nr = 188, .call = CALL_MSGRCV},
	{.nr = 189, .call = CALL_MSGSND},
	{.nr = 190, .call = CALL_SEMGET},
	{.nr = 191, .call = CALL_SEMCTL},
	{.nr = 192, .call = CALL_SEMTIMEDOP},
	{.nr = 193, .call = CALL_SEMTIMEDOP, .no_timeout = true}, /* semop(2) */
	{.nr = 194, .call = CALL_SHMGET},
	{.nr = 195, .call = CALL_SHMCTL},
	{.nr = 196, .call = CALL_SHMAT},
	{.nr = 197, .call = CALL_SHMDT},
};

int abi_arm64_decode(const struct seccomp_data *data, struct ipc_call *call)
{
	return abi_decode_registers(numbers, sizeof(numbers) / sizeof(numbers[0]), ABI_ARM64, data, call);
}
