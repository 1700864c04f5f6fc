/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Objects outlive every process: a grandchild whose parent has gone makes and uses objects of all
 * families, waits in one, and what it leaves is found by key and name when it is gone, too.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "mq_common.h"
#include "shm_common.h"

#define KEY 0x0f0f

struct text {
	long type;
	char text[16];
};

static void orphan(void)
{
	struct text msg = {.type = 1, .text = "by an orphan"};
	struct sembuf up = {.sem_op = 4};
	struct text order;
	mqd_t q;

	MUST(msgsnd((int)MUST(msgget(KEY, IPC_CREAT | 0600)), &msg, 13, 0));
	MUST(semop((int)MUST(semget(KEY, 1, IPC_CREAT | 0600)), &up, 1));
	strcpy(shm_map((int)MUST(shmget(KEY, 100, IPC_CREAT | 0600))), "by an orphan");
	q = mq_make("/orphan", O_RDWR, 2, 16);
	MUST(mq_send(q, "by an orphan", 12, 3));
	sc_post(1);
	MUST(msgrcv((int)MUST(msgget(KEY, 0)), &order, sizeof(order.text), 7, 0));
	MUST(mq_send(q, order.text, strlen(order.text), 2));
	sc_post(2);
}

static void parent_of_orphan(void *arg)
{
	(void)arg;
	if (fork() == 0) {
		orphan();
		_exit(0);
	}
}

void scenario(void)
{
	struct text msg = {.type = 7, .text = "go"};
	struct shmid_ds ds;
	mqd_t q;

	sc_wait(sc_fork("parent", parent_of_orphan, NULL));
	sc_await(1);
	CALL(msgsnd(msgget(KEY, 0), &msg, 3, 0));
	sc_await(2);
	/* Its end is nobody's to wait for: its attach tells. */
	MUST(shmctl(shmget(KEY, 0, 0), IPC_STAT, &ds));
	for (int i = 0; i < 400 && ds.shm_nattch > 0; i++) {
		sc_msleep(5);
		MUST(shmctl(shmget(KEY, 0, 0), IPC_STAT, &ds));
	}
	CALL(semctl(semget(KEY, 1, 0), 0, GETVAL));
	CALL(msgrcv(msgget(KEY, 0), &msg, sizeof(msg.text), 0, IPC_NOWAIT));
	sc_say("'%s'", msg.text);
	shm_nattch("segment", shmget(KEY, 0, 0));
	sc_say("'%s'", shm_map(shmget(KEY, 0, 0)));
	q = mq_reopen("/orphan", O_RDWR | O_NONBLOCK);
	mq_take("receive", q);
	mq_take("receive", q);
	mq_take("receive", q);
}
