/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What survives exec: objects and their contents, kept mq descriptors, semaphore adjustments (they
 * are the process's, and run at its exit), not attaches and not close-on-exec descriptors.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "mq_common.h"
#include "shm_common.h"

#define KEY 0x77
#define KEPT_FD 170

struct text {
	long type;
	char text[16];
};

static void execs(void *arg)
{
	struct sembuf take = {.sem_op = -2, .sem_flg = SEM_UNDO};
	struct text msg = {.type = 5, .text = "before exec"};
	mqd_t q = mq_reopen("/q", O_RDWR);

	(void)arg;
	CALL(semop(semget(KEY, 1, 0), &take, 1));
	CALL(msgsnd(msgget(KEY, 0), &msg, 12, 0));
	strcpy(shm_map(shmget(KEY, 0, 0)), "before exec");
	mq_put("send", q, "before exec", 1);
	MUST(dup2(q, KEPT_FD));
	sc_exec_self("new program");
}

void scenario_stage(const char *stage)
{
	struct text msg = {.type = 0};

	sc_say("%s", stage);
	CALL(semctl(semget(KEY, 1, 0), 0, GETVAL));
	CALL(msgrcv(msgget(KEY, 0), &msg, sizeof(msg.text), 5, IPC_NOWAIT));
	sc_say("'%s'", msg.text);
	shm_nattch("segment", shmget(KEY, 0, 0));
	sc_say("'%s'", shm_map(shmget(KEY, 0, 0)));
	mq_take("kept descriptor", KEPT_FD);
	CALL(semctl(semget(KEY, 1, 0), 0, GETVAL));
}

void scenario(void)
{
	int sem = (int)MUST(semget(KEY, 1, IPC_CREAT | 0600));

	MUST(msgget(KEY, IPC_CREAT | 0600));
	MUST(shmget(KEY, 100, IPC_CREAT | 0600));
	mq_close(mq_make("/q", O_RDWR, 2, 16));
	MUST(semctl(sem, 0, SETVAL, 3));
	sc_wait(sc_fork("execs", execs, NULL));
	CALL(semctl(sem, 0, GETVAL));
	shm_nattch("segment", shmget(KEY, 0, 0));
}
