/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the abi_*.c scenarios share: i386's system calls from programs of either width, and memory
 * that their 32-bit addresses reach.
 *
 * All results are the kernel's own, a negative errno included, as no C library is in between.
 */
#ifndef IPCNSD_TESTS_ORACLE_I386_H
#define IPCNSD_TESTS_ORACLE_I386_H

#include "scenario.h"

#ifndef MAP_32BIT
#define MAP_32BIT 0
#endif

/* arch/x86/entry/syscalls/syscall_32.tbl */
enum {
	I386_GETPID = 20,
	I386_IPC = 117,
	I386_MQ_OPEN = 277,
	I386_MQ_UNLINK = 278,
	I386_MQ_TIMEDSEND = 279,
	I386_MQ_TIMEDRECEIVE = 280,
	I386_MQ_NOTIFY = 281,
	I386_MQ_GETSETATTR = 282,
	I386_SEMGET = 393,
	I386_SEMCTL = 394,
	I386_SHMGET = 395,
	I386_SHMCTL = 396,
	I386_SHMAT = 397,
	I386_SHMDT = 398,
	I386_MSGGET = 399,
	I386_MSGSND = 400,
	I386_MSGRCV = 401,
	I386_MSGCTL = 402,
	I386_MQ_TIMEDSEND_TIME64 = 418,
	I386_MQ_TIMEDRECEIVE_TIME64 = 419,
	I386_SEMTIMEDOP_TIME64 = 420,
};

/* Sub-calls of ipc(2). */
enum {
	OP_SEMOP = 1,
	OP_SEMGET = 2,
	OP_SEMCTL = 3,
	OP_SEMTIMEDOP = 4,
	OP_MSGSND = 11,
	OP_MSGRCV = 12,
	OP_MSGGET = 13,
	OP_MSGCTL = 14,
	OP_SHMAT = 21,
	OP_SHMDT = 22,
	OP_SHMGET = 23,
	OP_SHMCTL = 24,
};

#define VERSION(n) ((long)(n) << 16) /* or'ed to the sub-call */
#define IPC_64 0x100		     /* or'ed to the command of a *ctl */

static inline long i386_call(long nr, long a, long b, long c, long d, long e, long f)
{
#ifdef __i386__
	long r = syscall(nr, a, b, c, d, e, f);

	return r == -1 ? -errno : r;
#else
	long r;
	register long sixth __asm__("r12") = f;

	__asm__ volatile("xchg %%r12, %%rbp\n\tint $0x80\n\txchg %%r12, %%rbp"
			 : "=a"(r), "+r"(sixth)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)r;
#endif
}

#define ADDRESS(p) ((long)(uintptr_t)(p))

/* ipc(2). */
static inline long i386_ipc(long op, long first, long second, long third, const void *ptr,
			    long fifth)
{
	return i386_call(I386_IPC, op, first, second, third, ADDRESS(ptr), fifth);
}

/* "label = value" or "label = -1 ENAME". Returns the raw result. */
static inline long i386_say(const char *label, long result)
{
	if (result < 0)
		sc_say("%s = -1 %s", label, sc_errname((int)-result));
	else
		sc_say("%s = %ld", label, result);
	return result;
}

/* Zeroed pages below 4 GiB, followed by one that faults. */
static inline void *i386_memory(size_t pages)
{
	const size_t page = 4096;
	char *p = mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (p == MAP_FAILED || mprotect(p + pages * page, page, PROT_NONE) == -1)
		sc_fail("no memory below 4 GiB: %s", sc_errname(errno));
	return p;
}

/* Skips the scenario where the kernel has no int 0x80 (it kills, or says ENOSYS). */
static inline void i386_or_skip(void)
{
	pid_t pid = fork();
	int status = 1;

	if (pid == 0)
		_exit(i386_call(I386_GETPID, 0, 0, 0, 0, 0, 0) > 0 ? 0 : 1);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		sc_fail("fork: %s", sc_errname(errno));
	if (status)
		sc_skip("this kernel has no int 0x80");
}

#endif
