/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One key, three families, and a queue of that name: all independent, each family counting its ids
 * for itself; removing one leaves the others.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "mq_common.h"
#include "shm_common.h"

#define KEY 0x4b4b

void scenario(void)
{
	mqd_t q = mq_make("/19275", O_RDWR | O_NONBLOCK, 1, 8);

	CALL(semget(KEY, 1, 0600));
	CALL(msgget(KEY, IPC_CREAT | 0600));
	CALL(semget(KEY, 1, 0600));
	CALL(shmget(KEY, 10, IPC_CREAT | IPC_EXCL | 0600));
	CALL(semget(KEY, 1, IPC_CREAT | IPC_EXCL | 0600));
	CALL(shmget(IPC_PRIVATE, 10, 0600));
	CALL(msgget(IPC_PRIVATE, 0600));
	CALL(semget(IPC_PRIVATE, 2, 0600));
	CALL(shmctl(0, IPC_RMID, NULL));
	CALL(shmget(KEY, 10, 0600));
	CALL(msgget(KEY, 0600));
	CALL(semget(KEY, 1, 0600));
	CALL(msgctl(0, IPC_RMID, NULL));
	CALL(semctl(0, 0, GETVAL));
	CALL(msgget(KEY, 0600));
	CALL(semget(KEY, 0, 0));
	mq_put("send", q, "x", 0);
	mq_take("receive", q);
	/* An id of one family is none of another. */
	CALL(msgctl(1, IPC_RMID, NULL));
	CALL(msgctl(1, IPC_RMID, NULL));
	CALL(shmctl(1, IPC_RMID, NULL));
	CALL(semctl(1, 0, IPC_RMID));
	CALL(semctl(0, 0, IPC_RMID));
	CALL(semctl(0, 0, IPC_RMID));
}
