/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One process whose threads wait in every family at once: each is woken by its own event, in an
 * order that has nothing to do with the order of waiting, and the others stay asleep.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "mq_common.h"
#include "shm_common.h"

static int msg_in;
static int msg_out;
static int sem;
static mqd_t mq_in;
static mqd_t mq_out;

struct text {
	long type;
	char text[8];
};

static void in_msgrcv(void *arg)
{
	struct text msg = {.type = 0};

	(void)arg;
	CALL(msgrcv(msg_in, &msg, sizeof(msg.text), 3, 0));
	sc_say("'%s'", msg.text);
}

static void in_msgsnd(void *arg)
{
	struct text msg = {.type = 9, .text = "thread"};

	(void)arg;
	CALL(msgsnd(msg_out, &msg, 7, 0));
}

static void in_semop(void *arg)
{
	struct sembuf ops[] = {{.sem_num = 0, .sem_op = -1}, {.sem_num = 1, .sem_op = 0}};

	(void)arg;
	CALL(semop(sem, ops, 2));
}

static void in_mq_receive(void *arg)
{
	(void)arg;
	mq_take("receive", mq_in);
}

static void in_mq_send(void *arg)
{
	(void)arg;
	mq_put("send", mq_out, "thread", 6);
}

void scenario(void)
{
	static const struct {
		const char *role;
		void (*fn)(void *);
	} waits[] = {{"msgrcv", in_msgrcv},
		     {"msgsnd", in_msgsnd},
		     {"semop", in_semop},
		     {"mq_receive", in_mq_receive},
		     {"mq_send", in_mq_send}};
	struct sembuf up = {.sem_num = 0, .sem_op = 1};
	struct sembuf down = {.sem_num = 1, .sem_op = -1};
	struct text msg = {.type = 1, .text = "fill"};
	struct msqid_ds ds;
	pid_t tids[5];

	msg_in = (int)MUST(msgget(IPC_PRIVATE, 0600));
	msg_out = (int)MUST(msgget(IPC_PRIVATE, 0600));
	MUST(msgctl(msg_out, IPC_STAT, &ds));
	ds.msg_qbytes = 8;
	MUST(msgctl(msg_out, IPC_SET, &ds));
	MUST(msgsnd(msg_out, &msg, 5, 0));
	sem = (int)MUST(semget(IPC_PRIVATE, 2, 0600));
	MUST(semctl(sem, 1, SETVAL, 1));
	mq_in = mq_make("/in", O_RDWR, 1, 8);
	mq_out = mq_make("/out", O_RDWR, 1, 8);
	mq_put("fill", mq_out, "fill", 0);

	for (int i = 0; i < 5; i++) {
		tids[i] = sc_thread(waits[i].role, waits[i].fn, NULL);
		sc_wait_parked(tids[i]);
	}
	mq_take("make room", mq_out);
	sc_join(tids[4]);
	MUST(semop(sem, &up, 1));
	sc_still_parked(tids[2]);
	MUST(semop(sem, &down, 1));
	sc_join(tids[2]);
	msg.type = 2;
	MUST(msgsnd(msg_in, &msg, 5, 0));
	sc_still_parked(tids[0]);
	CALL(msgrcv(msg_out, &msg, sizeof(msg.text), 0, 0));
	sc_join(tids[1]);
	mq_put("send", mq_in, "mq", 2);
	sc_join(tids[3]);
	msg.type = 3;
	strcpy(msg.text, "three");
	MUST(msgsnd(msg_in, &msg, 6, 0));
	sc_join(tids[0]);
	mq_take("what the thread sent", mq_out);
	CALL(msgrcv(msg_out, &msg, sizeof(msg.text), 0, IPC_NOWAIT));
	sc_say("type %ld '%s'", msg.type, msg.text);
}
