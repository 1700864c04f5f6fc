/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sanity
 *
 * A little of every family, blocking included, in whatever namespace it is run: after something bad
 * was done to the daemon this must still pass. Leaves nothing. Says "sane" and ends with 0.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "e2e.h"

struct message {
	long type;
	char text[100];
};

static int msqid, semid;
static mqd_t mqd;

static pid_t start(void (*fn)(void))
{
	pid_t pid = (pid_t)MUST(fork());

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fn();
		_exit(0);
	}
	return pid;
}

static void succeeds(pid_t pid)
{
	int status;

	MUST(waitpid(pid, &status, 0));
	if (status != 0)
		e2e_fail("a child's wait status is %#x", status);
}

static void receive(void)
{
	struct message m;

	CHECK(msgrcv(msqid, &m, sizeof(m.text), 5, 0) == 5);
	CHECK(m.type == 5 && memcmp(m.text, "hello", 5) == 0);
}

static void messages(void)
{
	struct message m = {.type = 4, .text = "other"};
	struct msqid_ds ds;

	msqid = (int)MUST(msgget(IPC_PRIVATE, 0600));
	MUST(msgsnd(msqid, &m, 5, 0));

	pid_t pid = start(receive);

	e2e_await_call(pid, SYS_msgrcv, 20);
	m = (struct message){.type = 5, .text = "hello"};
	MUST(msgsnd(msqid, &m, 5, 0));
	succeeds(pid);
	MUST(msgctl(msqid, IPC_STAT, &ds));
	CHECK(ds.msg_qnum == 1 && ds.msg_lrpid == pid);
	CHECK(msgrcv(msqid, &m, sizeof(m.text), 0, IPC_NOWAIT) == 5 && m.type == 4);
	CHECK(msgrcv(msqid, &m, sizeof(m.text), 0, IPC_NOWAIT) == -1 && errno == ENOMSG);
	MUST(msgctl(msqid, IPC_RMID, NULL));
	CHECK(msgsnd(msqid, &m, 1, 0) == -1 && (errno == EINVAL || errno == EIDRM));
}

static void down(void)
{
	struct sembuf op = {.sem_num = 1, .sem_op = -2, .sem_flg = SEM_UNDO};

	MUST(semop(semid, &op, 1));
}

static void semaphores(void)
{
	struct sembuf up = {.sem_num = 1, .sem_op = 2};
	struct timespec soon = {.tv_nsec = 10000000};

	semid = (int)MUST(semget(IPC_PRIVATE, 2, 0600));

	pid_t pid = start(down);

	/* Which of the two calls the C library makes of it is its own business. */
	for (int i = 0;
	     i < 20000 && !e2e_in_call(pid, SYS_semop) && !e2e_in_call(pid, SYS_semtimedop); i++)
		e2e_usleep(1000);
	CHECK(semctl(semid, 1, GETNCNT) == 1);
	MUST(semop(semid, &up, 1));
	succeeds(pid);
	/* Its undo gave it back. */
	CHECK(semctl(semid, 1, GETVAL) == 2);
	up.sem_op = -3;
	CHECK(semtimedop(semid, &up, 1, &soon) == -1 && errno == EAGAIN);
	MUST(semctl(semid, 0, IPC_RMID));
}

static void shared_memory(void)
{
	int id = (int)MUST(shmget(IPC_PRIVATE, 8192, 0600));
	struct shmid_ds ds;
	char *p = shmat(id, NULL, 0);

	CHECK(p != (void *)-1);
	pid_t pid = (pid_t)MUST(fork());

	if (pid == 0) {
		char *q = shmat(id, NULL, 0);

		if (q == (void *)-1)
			_exit(1);
		memcpy(q + 4096, "seen", 5);
		_exit(0);
	}
	succeeds(pid);
	CHECK(strcmp(p + 4096, "seen") == 0);
	MUST(shmctl(id, IPC_STAT, &ds));
	CHECK(ds.shm_nattch == 1 && ds.shm_segsz == 8192);
	MUST(shmdt(p));
	MUST(shmctl(id, IPC_RMID, NULL));
}

static void mq_get(void)
{
	char text[16];
	unsigned prio;

	CHECK(mq_receive(mqd, text, sizeof(text), &prio) == 3);
	CHECK(prio == 7 && memcmp(text, "abc", 3) == 0);
}

static void posix_queues(void)
{
	struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 16};
	struct pollfd p;
	char name[64];

	snprintf(name, sizeof(name), "/sanity-%d", getpid());
	mqd = (mqd_t)MUST(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
	p = (struct pollfd){.fd = mqd, .events = POLLIN};

	pid_t pid = start(mq_get);

	e2e_await_call(pid, SYS_mq_timedreceive, 20);
	MUST(mq_send(mqd, "abc", 3, 7));
	succeeds(pid);
	CHECK(poll(&p, 1, 0) == 0);
	MUST(mq_send(mqd, "abc", 3, 1));
	CHECK(poll(&p, 1, 5000) == 1 && p.revents == POLLIN);
	MUST(mq_getattr(mqd, &attr));
	CHECK(attr.mq_curmsgs == 1);
	MUST(mq_close(mqd));
	MUST(mq_unlink(name));
	CHECK(mq_open(name, O_RDWR) == -1 && errno == ENOENT);
}

int main(void)
{
	messages();
	semaphores();
	shared_memory();
	posix_queues();
	printf("sane\n");
	return 0;
}
