/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One memory: what one process writes the others read, at different addresses, through fork, a key
 * and an id; contents stay without any attach and a fresh segment is all zeros.
 */
#include "shm_common.h"

#define KEY 0xcafe
#define SIZE (64 * 1024)

static char *inherited;

static uint32_t sum(const unsigned char *p, size_t n)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619U;
	return h;
}

static void by_fork(void *arg)
{
	(void)arg;
	sc_say("sum %08x", sum((unsigned char *)inherited, SIZE));
	memset(inherited + 1000, 'f', 1000);
	sc_post(1);
	sc_await(2);
	sc_say("sum %08x", sum((unsigned char *)inherited, SIZE));
}

static void by_key(void *arg)
{
	(void)arg;
	sc_exec_self("key");
}

void scenario_stage(const char *stage)
{
	int id = shmget(KEY, 0, 0600);
	unsigned char *p;
	unsigned char *q;

	sc_say("%s: found %d", stage, id);
	p = shmat(id, NULL, 0);
	q = shmat(id, NULL, SHM_RDONLY);
	sc_say("sum %08x", sum(p, SIZE));
	memset(p + 5000, 'k', 3);
	sc_say("read-only attach shows %c%c%c", q[5000], q[5001], q[5002]);
}

static void makes(void *arg)
{
	int id = (int)MUST(shmget(KEY + 1, SIZE, IPC_CREAT | 0600));
	char *p = shm_map(id);

	(void)arg;
	sc_say("fresh: sum %08x", sum((unsigned char *)p, SIZE));
	strcpy(p + 100, "left behind");
}

void scenario(void)
{
	int id = (int)MUST(shmget(KEY, SIZE, IPC_CREAT | 0600));
	pid_t pid;
	char *p;

	inherited = shm_map(id);
	sc_say("fresh: sum %08x", sum((unsigned char *)inherited, SIZE));
	for (size_t i = 0; i < SIZE; i++)
		inherited[i] = (char)(i * i >> 3);
	pid = sc_fork("by-fork", by_fork, NULL);
	sc_await(1);
	sc_say("sum %08x", sum((unsigned char *)inherited, SIZE));
	memset(inherited + 2000, 'm', 1000);
	sc_post(2);
	sc_wait(pid);
	sc_wait(sc_fork("by-key", by_key, NULL));
	sc_say("'%.3s'", inherited + 5000);
	MUST(shmdt(inherited));
	p = shm_map(id);
	sc_say("attached anew: '%.3s', sum %08x", p + 5000, sum((unsigned char *)p, SIZE));

	sc_wait(sc_fork("makes", makes, NULL));
	p = shm_map((int)MUST(shmget(KEY + 1, 0, 0600)));
	sc_say("'%s'", p + 100);
}
