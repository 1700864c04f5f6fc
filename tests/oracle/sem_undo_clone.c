/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes that share an undo list without being threads (clone() with CLONE_SYSVSEM alone): it is
 * carried out when the last of them ends.
 */
#include "sem_util.h"

static long id;

/* A bare clone: the child may make system calls only. */
static pid_t clone_sharing(unsigned int down)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_SYSVSEM | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0) {
		op(id, 0, -(int)down, SEM_UNDO);
		syscall(SYS_exit_group, 0);
	}
	return pid;
}

static void sharer(void *arg)
{
	pid_t pid;

	(void)arg;
	CALL(op(id, 0, -1, SEM_UNDO));
	pid = clone_sharing(2);
	while (waitpid(pid, NULL, 0) < 0)
		;
	say_values("clone gone", id, 1);
}

static void first_use_by_child(void *arg)
{
	pid_t pid;

	(void)arg;
	pid = clone_sharing(3);
	while (waitpid(pid, NULL, 0) < 0)
		;
	say_values("clone gone", id, 1);
}

void scenario(void)
{
	id = new_set(1);
	CALL(setval(id, 0, 9));
	sc_wait(sc_fork("sharer", sharer, NULL));
	say_values("sharer gone", id, 1);
	sc_wait(sc_fork("first", first_use_by_child, NULL));
	say_values("first gone", id, 1);
}
