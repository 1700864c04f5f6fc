/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* shmat and shmdt of a process that is traced; and that nothing of it is left when the tracer lets go. */
#include <sys/ptrace.h>

#include "../shm_common.h"

static int id;

static void traced(void *arg)
{
	char *before = shm_map(id);
	char *p;

	(void)arg;
	sc_post(1);
	sc_await(2);
	errno = 0;
	p = shmat(id, NULL, 0);
	sc_result("shmat, traced", p == (void *)-1 ? -1 : 0);
	CALL(shmdt(before));
	if (p != (void *)-1)
		MUST(shmdt(p));
	sc_post(3);
	sc_await(4);
	if (p == (void *)-1)
		MUST(shmdt(before));
	CALL(shmdt(shm_map(id)));
	shm_nattch("let go", id);
}

void scenario(void)
{
	pid_t pid;

	id = shm_make(4096, 0600);
	pid = sc_fork("traced", traced, NULL);
	sc_await(1);
	MUST(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
	sc_post(2);
	sc_await(3);
	MUST(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL));
	MUST(waitpid(pid, NULL, __WALL));
	MUST(ptrace(PTRACE_DETACH, pid, NULL, NULL));
	sc_post(4);
	sc_wait(pid);
}
