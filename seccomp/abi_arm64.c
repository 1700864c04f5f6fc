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
 *
 * Addresses may carry a tag in their top byte, which hardware and kernel take off
 * (Documentation/arch/arm64/tagged-address-abi.rst); /proc/PID/mem and maps know nothing of tags, so
 * they are taken off here. The kernel does so for tasks that asked for it
 * (PR_SET_TAGGED_ADDR_CTRL), others get EFAULT; which of them this one is, its registers do not tell.
 */
#include <linux/seccomp.h>

#include "seccomp/abi_impl.h"

static const struct abi_number numbers[] = {
	{.nr = 91, .call = CALL_IDENTITY}, /* capset(2) */
	{.nr = 97, .call = CALL_UNSHARE},
	{.nr = 143, .call = CALL_IDENTITY}, /* setregid(2) */
	{.nr = 144, .call = CALL_IDENTITY}, /* setgid(2) */
	{.nr = 145, .call = CALL_IDENTITY}, /* setreuid(2) */
	{.nr = 146, .call = CALL_IDENTITY}, /* setuid(2) */
	{.nr = 147, .call = CALL_IDENTITY}, /* setresuid(2) */
	{.nr = 149, .call = CALL_IDENTITY}, /* setresgid(2) */
	{.nr = 151, .call = CALL_IDENTITY}, /* setfsuid(2) */
	{.nr = 152, .call = CALL_IDENTITY}, /* setfsgid(2) */
	{.nr = 159, .call = CALL_IDENTITY}, /* setgroups(2) */
	{.nr = 167, .call = CALL_IDENTITY}, /* prctl(2) */
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
	{.nr = 221, .call = CALL_EXECVE},
	{.nr = 268, .call = CALL_IDENTITY}, /* setns(2) */
	{.nr = 277, .call = CALL_IDENTITY}, /* seccomp(2) */
	{.nr = 281, .call = CALL_EXECVE},   /* execveat(2) */
};

#define ARG(n) (1u << (n))

/*
 * Which arguments are addresses. An address to attach at is not looked at through a tag by the kernel,
 * either; of semctl's last one that is a value only the lower half counts.
 */
static const uint8_t addresses[] = {
	[CALL_MSGSND] = ARG(1),
	[CALL_MSGRCV] = ARG(1),
	[CALL_MSGCTL] = ARG(2),
	[CALL_SEMTIMEDOP] = ARG(1) | ARG(3),
	[CALL_SEMCTL] = ARG(3),
	[CALL_SHMCTL] = ARG(2),
	[CALL_MQ_OPEN] = ARG(0) | ARG(3),
	[CALL_MQ_UNLINK] = ARG(0),
	[CALL_MQ_TIMEDSEND] = ARG(1) | ARG(4),
	[CALL_MQ_TIMEDRECEIVE] = ARG(1) | ARG(3) | ARG(4),
	[CALL_MQ_NOTIFY] = ARG(1),
	[CALL_MQ_GETSETATTR] = ARG(1) | ARG(2),
	[CALL_UNSHARE] = 0,
	[CALL_EXECVE] = 0, /* the kernel goes on with it */
	[CALL_IDENTITY] = 0,
};

/* untagged_addr(): bit 55 tells addresses of programs (0) from the kernel's, which stay what they are. */
uint64_t abi_arm64_untag(uint64_t address)
{
	return address & (1ull << 55) ? address : address & ~(0xffull << 56);
}

int abi_arm64_decode(const struct seccomp_data *data, struct ipc_call *call)
{
	int r = abi_decode_registers(numbers, sizeof(numbers) / sizeof(numbers[0]), ABI_ARM64, data,
				     call);

	for (int i = 0; r == 0 && i < 6; i++)
		if (addresses[call->nr] & ARG(i))
			call->args[i] = abi_arm64_untag(call->args[i]);
	return r;
}
