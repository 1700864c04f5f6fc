/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * park mq_receive: waits on an empty queue, and says what the call answers. park mq_receive_until
 * SECONDS: for so long at most, by the wall clock. park attached: has a segment attached while it
 * waits for a message, and looks at it afterwards. park bereft: has an object of each family while it
 * waits for a message, and afterwards uses them and wants new ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

static int attached(void)
{
	int id = shmget(0x77, 4096, IPC_CREAT | 0600), q = msgget(0x77, IPC_CREAT | 0600);
	char *memory = id < 0 ? (void *)-1 : shmat(id, NULL, 0), buf[16];

	if (memory == (void *)-1 || q < 0) {
		perror("shmat");
		return 1;
	}
	strcpy(memory, "still there");
	if (msgrcv(q, buf, 8, 0, 0) < 0)
		printf("%s; ", strerror(errno));
	printf("%s; ", memory);
	printf("%s; ", shmdt(memory) < 0 ? strerror(errno) : "detached");
	puts(shmat(id, NULL, 0) == (void *)-1 ? strerror(errno) : "attached again");
	return 0;
}

static void tell(const char *what, bool works)
{
	printf("%s: %s\n", what, works ? "works" : strerrorname_np(errno));
}

static int bereft(void)
{
	struct mq_attr one = {.mq_maxmsg = 1, .mq_msgsize = 16};
	struct sembuf up = {.sem_op = 1};
	struct {
		long type;
		char text[16];
	} m = {1, ""};
	int q = msgget(0x77, IPC_CREAT | 0600), s = semget(0x77, 1, IPC_CREAT | 0600);
	int id = shmget(0x77, 4096, IPC_CREAT | 0600);
	mqd_t mq = mq_open("/bereft", O_RDWR | O_CREAT, 0600, &one);

	if (q < 0 || s < 0 || id < 0 || mq < 0) {
		perror("bereft");
		return 1;
	}
	tell("msgrcv, waiting", msgrcv(q, &m, 8, 0, 0) >= 0);
	tell("msgsnd", msgsnd(q, &m, 1, 0) == 0);
	tell("msgrcv", msgrcv(q, &m, 8, 0, 0) >= 0);
	tell("semop", semop(s, &up, 1) == 0);
	tell("shmat", shmat(id, NULL, 0) != (void *)-1);
	tell("msgget", msgget(0x78, IPC_CREAT | 0600) >= 0);
	tell("semget", semget(0x78, 1, IPC_CREAT | 0600) >= 0);
	tell("shmget", shmget(0x78, 4096, IPC_CREAT | 0600) >= 0);
	tell("mq_open", mq_open("/another", O_RDWR | O_CREAT, 0600, NULL) >= 0);
	tell("a file in /dev/mqueue", creat("/dev/mqueue/file", 0600) >= 0);
	tell("mq_send", mq_send(mq, "x", 1, 0) == 0);
	tell("mq_send to a full queue", mq_send(mq, "x", 1, 0) == 0);
	tell("mq_receive", mq_receive(mq, m.text, 16, NULL) == 1);
	tell("mq_receive of an empty queue", mq_receive(mq, m.text, 16, NULL) == 1);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "attached") == 0)
		return attached();
	if (argc == 2 && strcmp(argv[1], "bereft") == 0)
		return bereft();

	char buf[8192];
	mqd_t q;

	struct timespec until = {0};
	bool forever = argc == 2 && strcmp(argv[1], "mq_receive") == 0;

	if (!forever && (argc != 3 || strcmp(argv[1], "mq_receive_until") != 0))
		return 2;
	if (!forever) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += atoi(argv[2]);
	}
	q = mq_open("/parked", O_RDWR | O_CREAT, 0600, NULL);
	if (q < 0) {
		perror("mq_open");
		return 1;
	}
	ssize_t n = forever ? mq_receive(q, buf, sizeof(buf), NULL)
			    : mq_timedreceive(q, buf, sizeof(buf), NULL, &until);

	puts(n < 0 ? strerror(errno) : "a message");
	return 0;
}
