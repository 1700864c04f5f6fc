/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * park mq_receive: waits on an empty queue, and says what the call answers. park mq_receive_until
 * SECONDS: for so long at most, by the wall clock. park attached: has a segment attached while it
 * waits for a message, and looks at it afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
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

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "attached") == 0)
		return attached();

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
