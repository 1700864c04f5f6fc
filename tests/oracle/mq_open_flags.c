/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mq_open(3): O_CREAT, O_EXCL, the access mode and which argument is looked at when. An attribute
 * pointer is read before anything else, but its values count only when a queue is created
 * (ipc/mqueue.c SYSCALL mq_open, prepare_open()).
 */
#include "mq_common.h"

static void opened(const char *label, const char *name, int oflag, const struct mq_attr *attr)
{
	long fd;

	errno = 0;
	fd = sc_result_ok(label, raw_mq_open(name, oflag, 0600, attr));
	if (fd == -1)
		return;
	mq_show("   ", (mqd_t)fd);
	sc_say("    access mode %d, kept flags%s%s%s", fcntl((int)fd, F_GETFL) & O_ACCMODE,
	       fcntl((int)fd, F_GETFL) & O_NONBLOCK ? " O_NONBLOCK" : "",
	       fcntl((int)fd, F_GETFL) & O_APPEND ? " O_APPEND" : "",
	       fcntl((int)fd, F_GETFL) & (O_CREAT | O_EXCL) ? " O_CREAT/O_EXCL" : "");
	close((int)fd);
}

void scenario(void)
{
	struct mq_attr small = {.mq_maxmsg = 2, .mq_msgsize = 16};
	struct mq_attr other = {.mq_maxmsg = 3, .mq_msgsize = 5, .mq_curmsgs = 7};
	struct mq_attr invalid = {.mq_maxmsg = -1, .mq_msgsize = 0};
	struct mq_attr asks_nonblock = {.mq_flags = O_NONBLOCK, .mq_maxmsg = 1, .mq_msgsize = 1};

	opened("missing, O_RDWR", "q", O_RDWR, &small);
	opened("missing, O_EXCL alone", "q", O_RDWR | O_EXCL, &small);
	opened("missing, bad attr pointer, no O_CREAT", "q", O_RDWR, sc_bad_page());
	opened("bad name and bad attr pointer", sc_bad_page(), O_RDWR, sc_bad_page());
	opened("missing, O_CREAT|O_EXCL", "q", O_RDWR | O_CREAT | O_EXCL, &small);
	opened("there, O_CREAT|O_EXCL", "q", O_RDWR | O_CREAT | O_EXCL, &small);
	opened("there, O_CREAT|O_EXCL, bad access mode", "q", 3 | O_CREAT | O_EXCL, &small);
	opened("there, O_EXCL alone", "q", O_RDWR | O_EXCL, NULL);
	opened("there, O_CREAT, other attr", "q", O_RDWR | O_CREAT, &other);
	opened("there, O_CREAT, invalid attr", "q", O_RDWR | O_CREAT, &invalid);
	opened("there, O_CREAT|O_EXCL, invalid attr", "q", O_RDWR | O_CREAT | O_EXCL, &invalid);
	opened("there, bad attr pointer", "q", O_RDWR, sc_bad_page());
	opened("there, O_RDONLY", "q", O_RDONLY, NULL);
	opened("there, O_WRONLY", "q", O_WRONLY, NULL);
	opened("there, access mode 3", "q", 3, NULL);
	opened("there, O_NONBLOCK", "q", O_RDONLY | O_NONBLOCK, NULL);
	opened("there, O_APPEND", "q", O_RDWR | O_APPEND, NULL);
	opened("O_NONBLOCK in the attributes only", "n", O_RDWR | O_CREAT, &asks_nonblock);
	opened("O_NONBLOCK in the flags", "m", O_RDWR | O_CREAT | O_NONBLOCK, &small);
	opened("curmsgs given at creation", "c", O_RDWR | O_CREAT, &other);
	opened("created O_RDONLY", "r", O_RDONLY | O_CREAT, &small);
	opened("created O_WRONLY", "w", O_WRONLY | O_CREAT, &small);
}
