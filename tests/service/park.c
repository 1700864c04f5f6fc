/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* park mq_receive: waits on an empty queue, and says what the call answers. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	char buf[8192];
	mqd_t q;

	if (argc != 2 || strcmp(argv[1], "mq_receive") != 0)
		return 2;
	q = mq_open("/parked", O_RDWR | O_CREAT, 0600, NULL);
	if (q < 0) {
		perror("mq_open");
		return 1;
	}
	puts(mq_receive(q, buf, sizeof(buf), NULL) < 0 ? strerror(errno) : "a message");
	return 0;
}
