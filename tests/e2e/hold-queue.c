/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hold-queue NAME READY
 *
 * Makes a POSIX queue of 10 messages of 8192 bytes (which a limit of RLIMIT_MSGQUEUE may forbid),
 * writes "ok" or the error's name to the file READY, and holds the queue until its standard input ends.
 */
#include <fcntl.h>
#include <mqueue.h>

#include "e2e.h"

int main(int argc, char **argv)
{
	struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = 8192};
	char c;

	if (argc != 3)
		return 2;
	mqd_t mq = mq_open(argv[1], O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
	const char *said = mq < 0 ? strerrorname_np(errno) : "ok";
	int fd = (int)MUST(open(argv[2], O_WRONLY | O_CREAT | O_CLOEXEC, 0666));

	MUST(dprintf(fd, "%s\n", said));
	close(fd);
	(void)!read(STDIN_FILENO, &c, 1);
	if (mq >= 0)
		MUST(mq_unlink(argv[1]));
	return 0;
}
