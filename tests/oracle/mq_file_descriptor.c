/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What counts as a message queue descriptor: every open file of the mqueue file system, also one
 * got by open(2), /proc/self/fd or dup(2), with its own access mode (EBADF); nothing else, not even
 * the directory or an O_PATH descriptor of a queue.
 */
#include <sys/socket.h>

#include "mq_common.h"

static void try_all(const char *what, long fd)
{
	struct sigevent none = {.sigev_notify = SIGEV_NONE};
	struct mq_attr attr;
	char buf[64];

	sc_say("%s", what);
	errno = 0;
	sc_result("  getattr", raw_mq_getsetattr(fd, NULL, &attr));
	CALL_Q("  send", raw_mq_send(fd, "hello", 5, 1, NULL));
	CALL_Q("  receive", raw_mq_receive(fd, buf, sizeof(buf), NULL, NULL));
	CALL_Q("  notify", raw_mq_notify(fd, &none));
	CALL_Q("  notify NULL", raw_mq_notify(fd, NULL));
}

void scenario(void)
{
	mqd_t q = mq_make("/q", O_RDWR | O_NONBLOCK, 4, 32);
	int pair[2];
	char path[64];
	int fd;

	try_all("mq_open O_RDWR", q);
	fd = mq_reopen("/q", O_RDONLY | O_NONBLOCK);
	try_all("mq_open O_RDONLY", fd);
	close(fd);
	try_all("closed descriptor", fd);
	fd = mq_reopen("/q", O_WRONLY | O_NONBLOCK);
	try_all("mq_open O_WRONLY", fd);
	close(fd);
	fd = (int)MUST(open(MQ_DIR "/q", O_RDWR | O_NONBLOCK));
	try_all("open(2)", fd);
	close(fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", q);
	fd = (int)MUST(open(path, O_RDONLY | O_NONBLOCK));
	try_all("/proc/self/fd, O_RDONLY", fd);
	close(fd);
	fd = (int)MUST(fcntl(q, F_DUPFD, 150));
	try_all("dup", fd);
	close(fd);
	fd = (int)MUST(open(MQ_DIR "/q", O_PATH));
	try_all("O_PATH of the queue", fd);
	close(fd);
	fd = (int)MUST(open(MQ_DIR, O_RDONLY | O_DIRECTORY));
	try_all("the directory", fd);
	close(fd);
	fd = (int)MUST(open("/dev/null", O_RDWR));
	try_all("/dev/null", fd);
	close(fd);
	MUST(pipe(pair));
	try_all("pipe", pair[0]);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	try_all("socket", pair[1]);
	try_all("-1", -1);
	try_all("INT_MAX", INT_MAX);
	try_all("INT_MIN", INT_MIN);
	/* The kernel's descriptor argument is an int: the upper half of the register is not looked at. */
	try_all("upper half set", (long)(q | 0x7fLL << 32));
}
