/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Single operations, many of them, between calls of every other kind. With libipcshim the former
 * need no system call; nothing of what the latter tell may show that.
 */
#include "sem_util.h"

#define MANY 20

/* Back where it was, so often that whoever learns from repetition has learnt. */
static void warm(long id, unsigned int num)
{
	long failed = 0;

	for (int i = 0; i < MANY; i++) {
		failed += op(id, num, 1, 0) != 0;
		failed += op(id, num, -1, 0) != 0;
	}
	if (failed)
		sc_say("%ld operations failed", failed);
}

static void controls(long id)
{
	warm(id, 0);
	CALL(op(id, 1, 3, 0));
	say_sem("after +3", id, 1);
	say_values("all", id, 3);
	say_set("stat", id);
	warm(id, 0);
	CALL(setval(id, 0, 7));
	CALL(op(id, 0, -2, IPC_NOWAIT));
	say_sem("after SETVAL and -2", id, 0);
	CALL(raw_semctl(id, 0, SETALL, (unsigned short[]){1, 2, 3}));
	for (int i = 0; i < 5; i++)
		CALL(op(id, 2, -1, IPC_NOWAIT));
	CALL(op(id, 2, 0, 0));
	CALL(op(id, 1, 0, IPC_NOWAIT));
	CALL(op(id, 1, 32765, 0));
	CALL(op(id, 1, 1, 0));
	CALL(op(id, 1, 1, IPC_NOWAIT));
	CALL(op(id, 1, -32768, IPC_NOWAIT));
	CALL(op(id, 3, 1, 0));
	CALL(op(id, 65535, 0, IPC_NOWAIT));
	say_values("all", id, 3);
}

static void several(long id)
{
	struct sembuf both[2] = {{0, 1, 0}, {1, -1, IPC_NOWAIT}};
	struct sembuf undo = {2, 1, SEM_UNDO};

	MUST(raw_semctl(id, 0, SETALL, (unsigned short[]){1, 2, 0}));
	warm(id, 0);
	for (int i = 0; i < 3; i++) {
		CALL(raw_semop(id, both, 2));
		CALL(op(id, 0, -1, IPC_NOWAIT));
	}
	CALL(raw_semop(id, &undo, 1));
	warm(id, 2);
	say_values("with undo", id, 3);
	CALL(setval(id, 2, 1));
	warm(id, 2);
	say_values("without", id, 3);
}

static void child(void *arg)
{
	const long id = *(const long *)arg;

	warm(id, 0);
	CALL(op(id, 0, 1, 0));
	say_sem("child", id, 0);
	CALL(op(id, 1, -1, 0));
}

static void undoing_child(void *arg)
{
	const long id = *(const long *)arg;

	warm(id, 0);
	CALL(op(id, 0, 5, SEM_UNDO));
	CALL(op(id, 0, 1, 0));
	say_sem("undoing", id, 0);
}

static void thread(void *arg)
{
	child(arg);
}

static void others(long id)
{
	pid_t pid;

	MUST(raw_semctl(id, 0, SETALL, (unsigned short[]){0, 0, 0}));
	warm(id, 0);
	pid = sc_fork("child", child, &id);
	sc_wait_parked(pid);
	say_sem("main", id, 0);
	say_sem("main", id, 1);
	/* Handed over: not to be taken back by who was faster. */
	CALL(op(id, 1, 1, 0));
	CALL(op(id, 1, -1, IPC_NOWAIT));
	sc_wait(pid);
	say_sem("after", id, 0);
	say_sem("after", id, 1);
	warm(id, 0);
	say_sem("and then", id, 0);

	sc_wait(sc_fork("undoing", undoing_child, &id));
	say_sem("undone", id, 0);
	warm(id, 1);

	pid = sc_thread("thread", thread, &id);
	sc_wait_parked(pid);
	CALL(op(id, 1, 1, 0));
	sc_join(pid);
	say_sem("joined", id, 1);
}

static void end(long id)
{
	long again;

	warm(id, 0);
	CALL(raw_semctl(id, 0, IPC_RMID, NULL));
	CALL(op(id, 0, 1, 0));
	CALL(op(id, 0, -1, IPC_NOWAIT));
	again = new_set(1);
	CALL(op(id, 0, 1, 0));
	warm(again, 0);
	CALL(op(again, 0, 2, 0));
	say_sem("new", again, 0);
	CALL(op(id, 0, 1, 0));
	CALL(op(-1, 0, 1, 0));
}

void scenario(void)
{
	const long id = new_set(3);

	say_set("fresh", id);
	controls(id);
	several(id);
	others(id);
	end(id);
}
