/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PTRACE_INTERRUPT of a parked thread: it sets the thread's flag without a signal, which cannot be
 * seen in /proc. With the BPF backend the thread stops as natively.
 */
#include <sys/ptrace.h>

#include "sem_util.h"

#define PATIENCE_MS 1000

static long id;

static void sleeper(void *arg)
{
	(void)arg;
	op(id, 0, -1, 0);
}

void scenario(void)
{
	pid_t pid, stopped = 0;
	long start;

	id = new_set(1);
	pid = sc_fork("sleeper", sleeper, NULL);
	sc_wait_parked(pid);
	MUST(ptrace(PTRACE_SEIZE, pid, 0, 0));
	MUST(ptrace(PTRACE_INTERRUPT, pid, 0, 0));
	start = sc_mstime();
	while (stopped == 0 && sc_mstime() - start < PATIENCE_MS) {
		sc_msleep(5);
		stopped = (pid_t)MUST(waitpid(pid, NULL, WNOHANG));
	}
	sc_say("stops: %s", stopped ? "yes" : "no");
	MUST(kill(pid, SIGKILL));
	MUST(waitpid(pid, NULL, 0));
}
