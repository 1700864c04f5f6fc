/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Flags of open(2) that mean nothing to queues, given to mq_open() below the C library: what is
 * refused, which of those with a meaning for an open file are kept. The descriptor is close-on-exec
 * with or without O_CLOEXEC. All flags of F_GETFL are in differences/mq_status_flags.c.
 */
#include "mq_common.h"

#define KEPT (O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_ASYNC | O_NOATIME)

static void opened(const char *label, int oflag)
{
	long fd;

	errno = 0;
	fd = sc_result_ok(label, raw_mq_open("q", oflag, 0, NULL));
	if (fd == -1)
		return;
	sc_say("  flags %#o, FD_CLOEXEC %d", fcntl((int)fd, F_GETFL) & KEPT,
	       fcntl((int)fd, F_GETFD));
	mq_put("  send", (mqd_t)fd, "x", 0);
	close((int)fd);
}

void scenario(void)
{
	mq_make("/q", O_RDWR, 10, 8);
	opened("O_RDWR", O_RDWR);
	opened("O_CLOEXEC", O_RDWR | O_CLOEXEC);
	opened("O_SYNC", O_RDWR | O_SYNC);
	opened("O_ASYNC", O_RDWR | O_ASYNC);
	opened("O_NOATIME", O_RDWR | O_NOATIME);
	opened("O_NOFOLLOW", O_RDWR | O_NOFOLLOW);
	opened("O_NOCTTY", O_RDWR | O_NOCTTY);
	opened("O_DIRECTORY", O_RDWR | O_DIRECTORY);
	opened("O_DIRECT", O_RDWR | O_DIRECT);
	opened("bit 30", O_RDWR | 1 << 30);
}
