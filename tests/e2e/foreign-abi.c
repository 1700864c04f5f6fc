/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * foreign-abi native|confined
 *
 * A 64-bit program that makes IPC calls by the other doors of x86-64: int 0x80 (the i386 table) and
 * the x32 bit. Confined all of them must answer ENOSYS, or they would reach the backing kernel
 * namespace behind the daemon's back. "native" only shows that int 0x80 does something at all here
 * (the test of the test): getpid must work by that door either way.
 */
#include "e2e.h"

#define X32 0x40000000L

static long int80(long nr, long a, long b, long c, long d, long e)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}

static long x32(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr | X32), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return ret;
}

static int wrong;

static void expect_enosys(const char *door, long nr, long result)
{
	if (result == -ENOSYS)
		return;
	printf("FAIL: %s call %ld: %ld instead of -ENOSYS\n", door, nr, result);
	wrong++;
}

int main(int argc, char **argv)
{
	/* arch/x86/entry/syscalls/syscall_32.tbl: ipc, mq_*, the split SysV calls, time64 forms. */
	static const int i386[] = {117, 277, 278, 279, 280, 281, 282, 393, 394, 395,
				   396, 397, 398, 399, 400, 401, 402, 418, 419, 420};
	/* syscall_64.tbl: what is common, and the x32-only forms of mq_notify. */
	static const int x86_64[] = {29, 30,  31,  64,	65,  66,  67,  68,  69, 70,
				     71, 220, 240, 241, 242, 243, 244, 245, 527};
	const int MSGGET = 13;

	if (argc < 2)
		return 2;
	if (int80(20, 0, 0, 0, 0, 0) != getpid()) {
		printf("SKIP: no int 0x80 here (CONFIG_IA32_EMULATION)\n");
		return 77;
	}
	if (strcmp(argv[1], "native") == 0) {
		long id = int80(117, MSGGET, 0, 0600, 0, 0);

		printf("native: msgget by int 0x80 gives %s\n", id >= 0 ? "a queue" : "none");
		if (id >= 0)
			(void)int80(117, 14 /* MSGCTL */, id, 0 | 0x100, 0, 0);
		return 0;
	}
	for (size_t i = 0; i < sizeof(i386) / sizeof(i386[0]); i++) {
		/* With each sub-call of ipc(2); the others ignore that argument's meaning. */
		for (long op = i386[i] == 117 ? 0 : 1; op <= (i386[i] == 117 ? 25 : 1); op++)
			expect_enosys("i386", i386[i], int80(i386[i], op, 0, 01600, 0, 0));
	}
	for (size_t i = 0; i < sizeof(x86_64) / sizeof(x86_64[0]); i++)
		expect_enosys("x32", x86_64[i], x32(x86_64[i], 0, 01600, 01600, 0, 0));
	if (!wrong)
		printf("all of the foreign calls give ENOSYS\n");
	return wrong != 0;
}
