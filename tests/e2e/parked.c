/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parked FAMILY [N]
 *
 * Parks calls of FAMILY (msg, msgsnd, sem, mq, or all for a mixture): its own, or with N those of N
 * children, and then says "parked N" and obeys lines on stdin: "kill" sends all of them SIGKILL,
 * reaps them, makes sure that the objects still work and that no dead waiter takes anything, and
 * says "killed"; "end" and end of file end it, with its children.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>

#include "e2e.h"

struct message {
	long type;
	uint64_t number;
};

static int receive_from, send_to, semid;
static mqd_t mqd;

static void make_objects(void)
{
	struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = sizeof(uint64_t)};
	struct message m = {.type = 1};

	receive_from = (int)MUST(msgget(IPC_PRIVATE, 0600));
	send_to = (int)MUST(msgget(IPC_PRIVATE, 0600));
	while (msgsnd(send_to, &m, sizeof(m.number), IPC_NOWAIT) == 0)
		;
	CHECK(errno == EAGAIN);
	semid = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
	mqd = (mqd_t)MUST(mq_open("/e2e-parked", O_RDWR | O_CREAT, 0600, &attr));
	/* Enough that it lives as long as somebody waits. */
	(void)mq_unlink("/e2e-parked");
}

static long call_of(char family)
{
	switch (family) {
	case 'r':
		return SYS_msgrcv;
	case 's':
		return SYS_msgsnd;
	case 'v':
		return SYS_semop;
	default:
		return SYS_mq_timedreceive;
	}
}

/* Raw, so that the number seen in /proc is the expected one whatever the C library makes of it. */
static void park(char family)
{
	struct message m = {.type = 1};
	struct sembuf down = {.sem_op = -1};
	uint64_t number;

	switch (family) {
	case 'r':
		(void)syscall(SYS_msgrcv, receive_from, &m, sizeof(m.number), 0, 0);
		break;
	case 's':
		(void)syscall(SYS_msgsnd, send_to, &m, sizeof(m.number), 0);
		break;
	case 'v':
		(void)syscall(SYS_semop, semid, &down, 1);
		break;
	default:
		(void)syscall(SYS_mq_timedreceive, mqd, &number, sizeof(number), NULL, NULL);
	}
	e2e_fail("a call of family %c came back", family);
}

/* The calls of @child that waited are gone: what is put in comes back to us. */
static void works_without_them(void)
{
	struct message m = {.type = 3, .number = 7}, back = {0};
	struct sembuf up = {.sem_op = 1}, down = {.sem_op = -1, .sem_flg = IPC_NOWAIT};
	uint64_t number = 9, got = 0;

	for (int i = 0; i < 3; i++) {
		MUST(msgsnd(receive_from, &m, sizeof(m.number), 0));
		CHECK(msgrcv(receive_from, &back, sizeof(back.number), 0, IPC_NOWAIT) == 8);
		CHECK(back.type == 3 && back.number == 7);
		MUST(semop(semid, &up, 1));
		MUST(semop(semid, &down, 1));
		MUST(mq_send(mqd, (char *)&number, sizeof(number), 0));
		CHECK(mq_receive(mqd, (char *)&got, sizeof(got), NULL) == 8 && got == 9);
	}
	/* Nor may a dead sender's message have come in. */
	struct msqid_ds before, after;

	MUST(msgctl(send_to, IPC_STAT, &before));
	CHECK(msgrcv(send_to, &back, sizeof(back.number), 0, IPC_NOWAIT) == 8);
	MUST(msgctl(send_to, IPC_STAT, &after));
	CHECK(after.msg_qnum == before.msg_qnum - 1);
	CHECK(semctl(semid, 0, GETNCNT) == 0);
}

int main(int argc, char **argv)
{
	const char *family = argc > 1 ? argv[1] : "";
	const char *mix = strcmp(family, "msg") == 0	  ? "r"
			  : strcmp(family, "msgsnd") == 0 ? "s"
			  : strcmp(family, "sem") == 0	  ? "v"
			  : strcmp(family, "mq") == 0	  ? "m"
			  : strcmp(family, "all") == 0	  ? "rsvm"
							  : NULL;
	int n = argc > 2 ? atoi(argv[2]) : 0, living = n;
	char text[32];

	if (!mix)
		return 2;
	make_objects();
	if (n == 0)
		park(mix[0]);

	pid_t *child = calloc((size_t)n, sizeof(*child));

	CHECK(child);
	for (int i = 0; i < n; i++) {
		child[i] = (pid_t)MUST(fork());
		if (child[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			park(mix[(size_t)i % strlen(mix)]);
		}
	}
	for (int i = 0; i < n; i++)
		e2e_await_call(child[i], call_of(mix[(size_t)i % strlen(mix)]), 60);
	printf("parked %d\n", n);
	fflush(stdout);
	while (fgets(text, sizeof(text), stdin) && strcmp(text, "end\n") != 0) {
		if (strcmp(text, "kill\n") != 0 || !living)
			continue;
		for (int i = 0; i < n; i++)
			kill(child[i], SIGKILL);
		for (; living; living--)
			MUST(waitpid(-1, NULL, 0));
		works_without_them();
		printf("killed\n");
		fflush(stdout);
	}
	for (int i = 0; i < n && living; i++)
		kill(child[i], SIGKILL);
	for (; living; living--)
		MUST(waitpid(-1, NULL, 0));
	MUST(msgctl(receive_from, IPC_RMID, NULL));
	MUST(msgctl(send_to, IPC_RMID, NULL));
	MUST(semctl(semid, 0, IPC_RMID));
	return 0;
}
