/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPC calls by int 0x80, as 32-bit programs make them: ENOSYS. An ABI that is not decoded yet must
 * not reach another table of objects.
 */
#include <sys/msg.h>

#include "mq_common.h"

#define I386_GETPID 20
#define I386_IPC 117
#define I386_MQ_OPEN 277
#define I386_MSGGET 399
#define I386_SEMGET 393
#define I386_SHMGET 395
#define KEY 0x4f2

static long i386(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static void call(const char *label, long result)
{
	sc_say("%s: %s", label, result < 0 ? sc_errname((int)-result) : "ok");
}

static bool emulated(void)
{
	pid_t pid = (pid_t)MUST(fork());
	int status;

	if (pid == 0)
		_exit(i386(I386_GETPID, 0, 0, 0) > 0 ? 0 : 1);
	MUST(waitpid(pid, &status, 0));
	return status == 0;
}

void scenario(void)
{
	if (!emulated())
		sc_skip("this kernel has no int 0x80");
	MUST(syscall(SYS_msgget, KEY, IPC_CREAT | 0600));
	call("ipc(MSGGET)", i386(I386_IPC, 13, KEY, 0));
	call("msgget", i386(I386_MSGGET, KEY, 0, 0));
	call("semget", i386(I386_SEMGET, KEY, 1, IPC_CREAT | 0600));
	call("shmget", i386(I386_SHMGET, KEY, 4096, IPC_CREAT | 0600));
	call("mq_open", i386(I386_MQ_OPEN, 1, O_RDWR, 0));
}
