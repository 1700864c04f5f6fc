/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe: the program of a container that looks for a call that is not notified (see agent.c): by the
 * calls of x86-64, those of i386 (int 0x80) and those of x32. A line for each: ABI, number, and the
 * errno, "signal N", or "done" if there was no error. Each in a child, because a filter may kill it.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define X32 0x40000000L

static long native(long nr)
{
	long r = syscall(nr, 0, 0, 0, 0, 0, 0);

	return r < 0 ? -errno : r;
}

#if defined(__x86_64__)
static long x32(long nr)
{
	return native(nr | X32);
}

static long i386(long nr)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(0L), "c"(0L), "d"(0L), "S"(0L), "D"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)r;
}
#endif

static void probe(const char *abi, long (*call)(long), long nr)
{
	int status;

	fflush(stdout);
	if (fork() == 0) {
		long r = call(nr);

		_exit(r < 0 ? (int)-r : 0);
	}
	if (wait(&status) < 0)
		printf("%s %ld lost\n", abi, nr);
	else if (WIFSIGNALED(status))
		printf("%s %ld signal %d\n", abi, nr, WTERMSIG(status));
	else if (WEXITSTATUS(status))
		printf("%s %ld %d\n", abi, nr, WEXITSTATUS(status));
	else
		printf("%s %ld done\n", abi, nr);
}

int main(void)
{
	static const long natives[] = {SYS_msgget,     SYS_msgsnd,    SYS_semget,
				       SYS_semtimedop, SYS_shmget,    SYS_shmat,
				       SYS_mq_open,    SYS_mq_unlink, SYS_mq_notify};

	for (size_t i = 0; i < sizeof(natives) / sizeof(natives[0]); i++)
		probe("native", native, natives[i]);
#if defined(__x86_64__)
	static const long i386s[] = {117, 277, 278, 281, 393, 395, 397, 399, 400, 418, 419, 420};
	static const long x32s[] = {SYS_msgget, SYS_semget, SYS_shmget, SYS_mq_open};

	for (size_t i = 0; i < sizeof(i386s) / sizeof(i386s[0]); i++)
		probe("i386", i386, i386s[i]);
	for (size_t i = 0; i < sizeof(x32s) / sizeof(x32s[0]); i++)
		probe("x32", x32, x32s[i]);
#endif
	return 0;
}
