/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process with a thread waiting in each family is killed: every wait is given up at once, no
 * event is used up by the dead, its adjustment is undone and its attach and registration end.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "mq_common.h"
#include "shm_common.h"

struct text {
	long type;
	char text[8];
};

static int msg_id;
static int sem_id;
static int shm_id;
static mqd_t queue;
static mqd_t registered;

static void in_msgrcv(void *arg)
{
	struct text msg;

	(void)arg;
	CALL(msgrcv(msg_id, &msg, sizeof(msg.text), 0, 0));
}

static void in_semop(void *arg)
{
	struct sembuf down = {.sem_op = -5};

	(void)arg;
	CALL(semop(sem_id, &down, 1));
}

static void in_mq_receive(void *arg)
{
	(void)arg;
	mq_take("receive", queue);
}

static void victim(void *arg)
{
	struct sembuf up = {.sem_op = 2, .sem_flg = SEM_UNDO};
	pid_t tids[3];

	(void)arg;
	shm_map(shm_id);
	CALL(semop(sem_id, &up, 1));
	mq_want_signal("register", registered, SIGUSR1, 1);
	tids[0] = sc_thread("t-msgrcv", in_msgrcv, NULL);
	tids[1] = sc_thread("t-semop", in_semop, NULL);
	tids[2] = sc_thread("t-receive", in_mq_receive, NULL);
	for (int i = 0; i < 3; i++)
		sc_wait_parked(tids[i]);
	sc_post(1);
	for (;;)
		pause();
}

static void state(void)
{
	CALL(semctl(sem_id, 0, GETVAL));
	CALL(semctl(sem_id, 0, GETNCNT));
	shm_nattch("segment", shm_id);
	mq_status("registration", registered);
}

void scenario(void)
{
	struct sembuf up = {.sem_op = 5};
	struct text msg = {.type = 1, .text = "kept"};
	pid_t pid;

	msg_id = (int)MUST(msgget(IPC_PRIVATE, 0600));
	sem_id = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
	MUST(semctl(sem_id, 0, SETVAL, 1));
	shm_id = shm_make(10, 0600);
	queue = mq_make("/queue", O_RDWR, 2, 8);
	registered = mq_make("/registered", O_RDWR, 2, 8);
	pid = sc_fork("victim", victim, NULL);
	sc_await(1);
	state();
	sc_kill(pid, SIGKILL);
	sc_wait(pid);
	state();
	CALL(msgsnd(msg_id, &msg, 5, 0));
	CALL(msgrcv(msg_id, &msg, sizeof(msg.text), 0, IPC_NOWAIT));
	CALL(semop(sem_id, &up, 1));
	CALL(semctl(sem_id, 0, GETVAL));
	mq_put("send", queue, "kept", 0);
	mq_show("queue", queue);
}
