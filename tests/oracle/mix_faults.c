/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Buffers inside shared segments and read-only attaches as arguments of the other families: they
 * are memory like any other, a read-only one is EFAULT for whoever must write to it.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "mq_common.h"
#include "shm_common.h"

struct text {
	long type;
	char text[24];
};

void scenario(void)
{
	int id = shm_make(4096, 0600);
	char *rw = shm_map(id);
	char *ro = shmat(id, NULL, SHM_RDONLY);
	mqd_t q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 64);
	int msg_id = (int)MUST(msgget(IPC_PRIVATE, 0600));
	int sem_id = (int)MUST(semget(IPC_PRIVATE, 2, 0600));
	struct text *msg = (struct text *)rw;
	struct sembuf *ops = (struct sembuf *)(rw + 1024);

	strcpy(rw + 512, "from a segment");
	CALL(mq_send(q, ro + 512, 14, 1));
	CALL(raw_mq_receive(q, rw + 2048, 64, (unsigned int *)(rw + 3000), NULL));
	sc_say("'%s' prio %u", ro + 2048, *(unsigned int *)(ro + 3000));
	CALL(mq_send(q, ro + 512, 14, 1));
	CALL(raw_mq_receive(q, ro + 2048, 64, NULL, NULL));
	mq_show("lost in the fault", q);

	msg->type = 4;
	strcpy(msg->text, "sysv");
	CALL(msgsnd(msg_id, ro, 5, 0));
	memset(rw, 0, 64);
	CALL(msgrcv(msg_id, rw, 24, 0, IPC_NOWAIT));
	sc_say("type %ld '%s'", msg->type, msg->text);
	CALL(msgsnd(msg_id, ro, 5, 0));
	CALL(msgrcv(msg_id, ro, 24, 0, IPC_NOWAIT));
	CALL(msgrcv(msg_id, rw, 24, 0, IPC_NOWAIT));

	ops[0] = (struct sembuf){.sem_num = 0, .sem_op = 3};
	ops[1] = (struct sembuf){.sem_num = 1, .sem_op = 1};
	CALL(semop(sem_id, (struct sembuf *)(ro + 1024), 2));
	CALL(semctl(sem_id, 0, GETALL, rw + 3500));
	sc_say("values %u %u", ((unsigned short *)(rw + 3500))[0],
	       ((unsigned short *)(rw + 3500))[1]);
	CALL(semctl(sem_id, 0, GETALL, ro + 3500));
	CALL(shmctl(id, IPC_STAT, (struct shmid_ds *)(rw + 3600)));
	CALL(raw_shmctl(id, IPC_STAT, ro + 3600));
	CALL(raw_mq_getsetattr(q, NULL, (struct mq_attr *)(ro + 3600)));
	/* A name in a segment, that ends with it. */
	memcpy(rw + 4096 - 3, "/x", 3);
	CALL_OK(mq_open(ro + 4096 - 3, O_RDWR | O_CREAT, 0600,
			&(struct mq_attr){.mq_maxmsg = 1, .mq_msgsize = 1}));
	CALL(mq_unlink("/x"));
}
