/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The same signal, handled with SA_RESTART, against waits in all families: semop, msgsnd and msgrcv
 * end with EINTR, always; mq_send and mq_receive go on. signal(7)
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "mq_common.h"

struct text {
	long type;
	char text[8];
};

static int msg_id;
static int full_id;
static int sem_id;
static mqd_t queue;
static mqd_t full_queue;

static void in_msgrcv(void *arg)
{
	struct text msg;

	(void)arg;
	sc_catch(SIGUSR1, SA_RESTART);
	CALL(msgrcv(msg_id, &msg, sizeof(msg.text), 0, 0));
	sc_say("handler ran %d times", sc_caught(SIGUSR1));
}

static void in_msgsnd(void *arg)
{
	struct text msg = {.type = 1, .text = "never"};

	(void)arg;
	sc_catch(SIGUSR1, SA_RESTART);
	CALL(msgsnd(full_id, &msg, 6, 0));
	sc_say("handler ran %d times", sc_caught(SIGUSR1));
}

static void in_semop(void *arg)
{
	struct sembuf down = {.sem_op = -1};

	(void)arg;
	sc_catch(SIGUSR1, SA_RESTART);
	CALL(semop(sem_id, &down, 1));
	sc_say("handler ran %d times", sc_caught(SIGUSR1));
}

static void in_mq_receive(void *arg)
{
	(void)arg;
	sc_catch(SIGUSR1, SA_RESTART);
	mq_take("receive", queue);
	sc_say("handler ran %d times", sc_caught(SIGUSR1));
}

static void in_mq_send(void *arg)
{
	(void)arg;
	sc_catch(SIGUSR1, SA_RESTART);
	mq_put("send", full_queue, "late", 1);
	sc_say("handler ran %d times", sc_caught(SIGUSR1));
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
	struct msqid_ds ds;
	pid_t pids[5];

	msg_id = (int)MUST(msgget(IPC_PRIVATE, 0600));
	full_id = (int)MUST(msgget(IPC_PRIVATE, 0600));
	MUST(msgctl(full_id, IPC_STAT, &ds));
	ds.msg_qbytes = 1;
	MUST(msgctl(full_id, IPC_SET, &ds));
	sem_id = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
	queue = mq_make("/queue", O_RDWR, 1, 8);
	full_queue = mq_make("/full", O_RDWR, 1, 8);
	mq_put("fill", full_queue, "fill", 0);
	for (int i = 0; i < 5; i++) {
		pids[i] = sc_fork(waits[i].role, waits[i].fn, NULL);
		sc_wait_parked(pids[i]);
	}
	for (int i = 0; i < 5; i++)
		sc_kill(pids[i], SIGUSR1);
	for (int i = 0; i < 3; i++)
		sc_wait(pids[i]);
	sc_wait_parked(pids[3]);
	sc_wait_parked(pids[4]);
	mq_put("send", queue, "mq", 0);
	mq_take("make room", full_queue);
	sc_wait(pids[3]);
	sc_wait(pids[4]);
	CALL(semctl(sem_id, 0, GETNCNT));
	MUST(msgctl(full_id, IPC_STAT, &ds));
	sc_say("messages in the full queue: %lu", (unsigned long)ds.msg_qnum);
}
