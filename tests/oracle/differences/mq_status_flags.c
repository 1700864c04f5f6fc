/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * F_GETFL of a descriptor from mq_open(). Natively the flags given to the call are kept as they
 * are, unknown ones too; ours comes from an open(2), which keeps those that it knows and adds
 * O_LARGEFILE and O_NOFOLLOW. F_SETFL with O_DIRECT is refused natively, and not by FUSE.
 */
#include "mq_common.h"

static void opened(const char *label, int oflag)
{
	long fd = MUST(raw_mq_open("q", oflag, 0, NULL));

	sc_say("%s: %#o", label, fcntl((int)fd, F_GETFL));
	close((int)fd);
}

void scenario(void)
{
	mqd_t q = mq_make("/q", O_RDWR, 10, 8);

	opened("O_RDWR", O_RDWR);
	opened("O_CLOEXEC", O_RDWR | O_CLOEXEC);
	opened("O_SYNC", O_RDWR | O_SYNC);
	opened("O_ASYNC", O_RDWR | O_ASYNC);
	opened("O_NOATIME", O_RDWR | O_NOATIME);
	opened("O_NOFOLLOW", O_RDWR | O_NOFOLLOW);
	opened("O_NOCTTY", O_RDWR | O_NOCTTY);
	opened("O_DIRECTORY", O_RDWR | O_DIRECTORY);
	opened("bit 30", O_RDWR | 1 << 30);
	CALL(fcntl(q, F_SETFL, O_DIRECT));
}
