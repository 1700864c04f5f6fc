/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Job control against waits in all families. SIGSTOP and SIGCONT without a handler: msgrcv and
 * mq_receive go on as if nothing had been, semop ends with EINTR, as signal(7) has it for Linux. A
 * handler for SIGCONT counts as any handler.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "mq_common.h"

struct text {
	long type;
	char text[8];
};

static int msg_id;
static int sem_id;
static mqd_t queue;

static void in_msgrcv(void *arg)
{
	struct text msg;

	if (arg)
		sc_catch(SIGCONT, SA_RESTART);
	CALL(msgrcv(msg_id, &msg, sizeof(msg.text), 0, 0));
}

static void in_semop(void *arg)
{
	struct sembuf down = {.sem_op = -1};

	if (arg)
		sc_catch(SIGCONT, SA_RESTART);
	CALL(semop(sem_id, &down, 1));
}

static void in_mq_receive(void *arg)
{
	if (arg)
		sc_catch(SIGCONT, SA_RESTART);
	mq_take("receive", queue);
}

static void (*const waits[])(void *) = {in_msgrcv, in_semop, in_mq_receive};
static const char *const roles[] = {"msgrcv", "semop", "mq_receive"};

void scenario(void)
{
	struct text msg = {.type = 1, .text = "x"};
	pid_t pids[3];

	msg_id = (int)MUST(msgget(IPC_PRIVATE, 0600));
	sem_id = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
	queue = mq_make("/queue", O_RDWR, 1, 8);
	for (int i = 0; i < 3; i++) {
		pids[i] = sc_fork(roles[i], waits[i], NULL);
		sc_wait_parked(pids[i]);
		sc_stop(pids[i]);
		sc_cont(pids[i]);
	}
	sc_wait(pids[1]);
	for (int i = 0; i < 3; i += 2) {
		sc_wait_parked(pids[i]);
		sc_stop(pids[i]);
		sc_cont(pids[i]);
		sc_still_parked(pids[i]);
	}
	CALL(semctl(sem_id, 0, GETNCNT));
	MUST(msgsnd(msg_id, &msg, 2, 0));
	MUST(mq_send(queue, "y", 1, 0));
	sc_wait(pids[0]);
	sc_wait(pids[2]);

	for (int i = 0; i < 3; i++) {
		pids[i] = sc_fork(roles[i], waits[i], &msg_id);
		sc_wait_parked(pids[i]);
		sc_stop(pids[i]);
		sc_cont(pids[i]);
	}
	sc_wait(pids[0]);
	sc_wait(pids[1]);
	sc_wait_parked(pids[2]);
	MUST(mq_send(queue, "z", 1, 0));
	sc_wait(pids[2]);
}
