/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A marked segment ends with the exec of its last user, with the exit of the last of several that
 * inherited it, and with munmap; each ending is seen by the next call.
 */
#include "shm_common.h"

static int id;

static void execs(void *arg)
{
	char number[16];

	(void)arg;
	shm_map(id);
	MUST(shmctl(id, IPC_RMID, NULL));
	shm_nattch("before exec", id);
	snprintf(number, sizeof(number), "%d", id);
	sc_exec_self(number);
}

void scenario_stage(const char *stage)
{
	shm_nattch("after exec", atoi(stage));
}

static void inherits(void *arg)
{
	unsigned int turn = *(unsigned int *)arg;

	sc_await(turn);
}

void scenario(void)
{
	static const char *const roles[] = {"first", "second", "third"};
	unsigned int turns[] = {1, 2, 3};
	pid_t pids[3];
	char *p;

	id = shm_make(8192, 0600);
	sc_wait(sc_fork("execs", execs, NULL));
	shm_nattch("main", id);

	id = shm_make(8192, 0600);
	p = shm_map(id);
	for (int i = 0; i < 3; i++)
		pids[i] = sc_fork(roles[i], inherits, &turns[i]);
	CALL(shmctl(id, IPC_RMID, NULL));
	shm_nattch("four", id);
	CALL(munmap(p, 8192));
	for (unsigned int i = 0; i < 3; i++) {
		shm_nattch("before", id);
		sc_post(turns[i]);
		sc_wait(pids[i]);
	}
	shm_nattch("all gone", id);
}
