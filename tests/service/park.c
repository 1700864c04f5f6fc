/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * park mq_receive: waits on an empty queue, and says what the call answers. park mq_receive_until
 * SECONDS: for so long at most, by the wall clock.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv)
{
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
