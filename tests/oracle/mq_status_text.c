/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * read(2) of a queue gives one line of status: bytes in the queue and the registration, padded to
 * fixed columns; by parts and with offsets like any file, and only with an open for reading.
 * mq_overview(7), ipc/mqueue.c mqueue_read_file().
 */
#include <sys/uio.h>

#include "mq_common.h"

static void text_at(const char *label, int fd, size_t len, off_t offset)
{
	char buf[200];
	ssize_t n;

	memset(buf, '#', sizeof(buf));
	errno = 0;
	n = offset >= 0 ? pread(fd, buf, len, offset) : read(fd, buf, len);
	if (n == -1)
		sc_result(label, -1);
	else
		sc_say("%s: %zd '%.*s'", label, n, (int)(n > 0 && buf[n - 1] == '\n' ? n - 1 : n),
		       buf);
}

static void registers(void *arg)
{
	mq_want_signal("register", *(mqd_t *)arg, SIGRTMAX, 1);
	sc_post(1);
	sc_await(2);
}

void scenario(void)
{
	mqd_t q = mq_make("/q", O_RDWR | O_NONBLOCK, 4, 64);
	struct iovec iov[2];
	char part[2][8];
	mqd_t wo;
	pid_t pid;
	int fd;

	text_at("empty", q, 200, -1);
	text_at("at the end", q, 200, -1);
	CALL(lseek(q, 0, SEEK_SET));
	mq_put("send", q, "hello", 1);
	mq_put("send", q, "world!", 2);
	text_at("first part", q, 9, -1);
	text_at("second part", q, 10, -1);
	text_at("rest", q, 200, -1);
	text_at("at 6", q, 5, 6);
	text_at("last byte", q, 5, 52);
	text_at("behind", q, 5, 100);
	text_at("no bytes", q, 0, 0);

	fd = (int)MUST(open(MQ_DIR "/q", O_RDONLY));
	text_at("own offset", fd, 200, -1);
	mq_put("send", q, "", 3);
	text_at("an empty message", fd, 200, 0);
	mq_take("receive", q);
	mq_take("receive", q);
	text_at("one left", fd, 200, 0);
	pid = sc_fork("registered", registers, &q);
	sc_await(1);
	mq_status("registered", fd);
	sc_post(2);
	sc_wait(pid);
	mq_status("gone", fd);
	iov[0] = (struct iovec){part[0], sizeof(part[0])};
	iov[1] = (struct iovec){part[1], sizeof(part[1])};
	CALL(lseek(fd, 0, SEEK_SET));
	CALL(preadv(fd, iov, 2, 0));
	sc_say("'%.8s'", part[0]);
	CALL(read(fd, sc_bad_page(), 10));
	CALL(read(fd, sc_page_end(10), 20));
	close(fd);

	wo = mq_reopen("/q", O_WRONLY);
	CALL(read(wo, part[0], 1));
	CALL(write(q, "x", 1));
	CALL(write(wo, "x", 1));
	CALL(pwrite(wo, "x", 1, 0));
	fd = (int)MUST(open(MQ_DIR "/q", O_WRONLY | O_APPEND));
	CALL(write(fd, "x", 1));
	mq_status("still", q);
}
