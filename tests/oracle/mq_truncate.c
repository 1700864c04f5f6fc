/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Truncation changes a queue's size as stat(2) shows it and nothing else: no message is lost, the
 * status text stays. (The file system has no setattr operation of its own, the VFS's simple one
 * applies.)
 */
#include "mq_common.h"

static mqd_t q;

static void size(const char *label)
{
	struct stat st;

	MUST(stat(MQ_DIR "/q", &st));
	sc_say("%s: size %ld", label, (long)st.st_size);
}

static void as_nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	CALL(truncate(MQ_DIR "/q", 3));
	CALL(open(MQ_DIR "/q", O_RDONLY | O_TRUNC));
}

void scenario(void)
{
	int fd;

	umask(022);
	q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);
	mq_put("send", q, "kept", 0);
	size("fresh");
	CALL_OK(fd = open(MQ_DIR "/q", O_RDWR | O_TRUNC));
	size("O_TRUNC");
	mq_show("queue", q);
	mq_status("status", q);
	CALL(ftruncate(fd, 33));
	size("ftruncate");
	CALL(truncate(MQ_DIR "/q", 1000));
	size("truncate");
	CALL(ftruncate(q, 80));
	CALL(ftruncate(q, -1));
	CALL(ftruncate(mq_reopen("/q", O_RDONLY), 0));
	CALL_OK(mq_open("/q", O_RDWR | O_TRUNC));
	size("mq_open with O_TRUNC");
	mq_take("receive", q);
	sc_wait(sc_fork("nobody", as_nobody, NULL));
	size("end");
}
