/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nattch over the life of processes: fork copies the attaches, exec, exit and death by a signal end
 * them, all before the parent's wait returns; vfork and threads share them.
 */
#include "shm_common.h"

static int id;

static void waits(void *arg)
{
	(void)arg;
	sc_post(1);
	sc_await(2);
}

static void attaches_twice(void *arg)
{
	(void)arg;
	shm_map(id);
	shm_map(id);
	shm_nattch("inside", id);
	sc_post(1);
	sc_await(2);
}

static void pauses(void *arg)
{
	shm_map(id);
	sc_post(1);
	(void)arg;
	for (;;)
		pause();
}

static void execs(void *arg)
{
	char number[16];

	(void)arg;
	shm_map(id);
	snprintf(number, sizeof(number), "%d", id);
	shm_nattch("before exec", id);
	sc_exec_self(number);
}

void scenario_stage(const char *stage)
{
	shm_nattch("after exec", atoi(stage));
	sc_post(1);
	sc_await(2);
}

static void attaches(void *arg)
{
	*(char **)arg = shm_map(id);
}

static void detaches(void *arg)
{
	CALL(shmdt(*(char **)arg));
}

void scenario(void)
{
	char *p;
	char *by_thread;
	pid_t pids[3];
	pid_t tid;

	id = shm_make(4096, 0600);
	shm_nattch("fresh", id);
	p = shm_map(id);
	shm_nattch("attached", id);
	for (int i = 0; i < 3; i++) {
		pids[i] = sc_fork("child", waits, NULL);
		sc_await(1);
	}
	shm_nattch("three children", id);
	for (int i = 0; i < 3; i++)
		sc_post(2);
	for (int i = 0; i < 3; i++)
		sc_wait(pids[i]);
	shm_nattch("they have gone", id);

	pids[0] = sc_fork("twice", attaches_twice, NULL);
	sc_await(1);
	shm_nattch("outside", id);
	sc_post(2);
	sc_wait(pids[0]);
	shm_nattch("it has gone", id);

	pids[0] = sc_fork("killed", pauses, NULL);
	sc_await(1);
	shm_nattch("before the kill", id);
	sc_kill(pids[0], SIGKILL);
	sc_wait(pids[0]);
	shm_nattch("after it", id);

	pids[0] = sc_fork("execs", execs, NULL);
	sc_await(1);
	shm_nattch("while the new program runs", id);
	sc_post(2);
	sc_wait(pids[0]);

	pids[0] = vfork();
	if (pids[0] == 0)
		_exit(0);
	MUST(waitpid(pids[0], NULL, 0));
	shm_nattch("after vfork", id);

	tid = sc_thread("attaches", attaches, &by_thread);
	sc_join(tid);
	shm_nattch("a thread attached", id);
	tid = sc_thread("detaches", detaches, &by_thread);
	sc_join(tid);
	shm_nattch("another detached", id);
	CALL(shmdt(p));
	shm_nattch("end", id);
}
