/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hold-thread TID: stops the opener of a daemon part, and none of its other threads, when it has
 * installed a descriptor and is about to close its own; until standard input ends. Says "ready" when
 * it looks, and "held" when it has stopped. Who holds it is its tracer, so it goes on if this program
 * is killed.
 */
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>

#include "e2e.h"

static pid_t tid;

/* To the thread's next system call, in or out. */
static struct __ptrace_syscall_info next_stop(void)
{
	struct __ptrace_syscall_info info = {0};
	int status;

	do {
		MUST(ptrace(PTRACE_SYSCALL, tid, 0, 0));
		MUST(waitpid(tid, &status, __WALL));
		CHECK(WIFSTOPPED(status));
	} while (WSTOPSIG(status) != (SIGTRAP | 0x80));
	MUST(ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info));
	return info;
}

int main(int argc, char **argv)
{
	struct __ptrace_syscall_info at;
	bool installed = false;
	char byte;

	if (argc != 2)
		return 2;
	tid = (pid_t)strtol(argv[1], NULL, 10);
	MUST(ptrace(PTRACE_SEIZE, tid, 0, PTRACE_O_TRACESYSGOOD));
	MUST(ptrace(PTRACE_INTERRUPT, tid, 0, 0));
	MUST(waitpid(tid, NULL, __WALL));
	MUST(dprintf(STDOUT_FILENO, "ready\n"));
	do {
		at = next_stop();
		if (at.op == PTRACE_SYSCALL_INFO_ENTRY && at.entry.nr == SYS_ioctl &&
		    at.entry.args[1] == SECCOMP_IOCTL_NOTIF_ADDFD)
			installed = true;
	} while (!installed || at.op != PTRACE_SYSCALL_INFO_ENTRY || at.entry.nr != SYS_close);
	MUST(dprintf(STDOUT_FILENO, "held\n"));
	(void)!read(STDIN_FILENO, &byte, 1);
	return 0;
}
