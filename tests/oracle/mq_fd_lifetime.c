/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors over fork, exec, dup2 and exit: a child shares them, exec closes those marked
 * close-on-exec (which mq_open() marks), and a queue ends with its name and last descriptor,
 * however that goes.
 */
#include "mq_common.h"

static mqd_t q;

static void child(void *arg)
{
	(void)arg;
	mq_take("receive what the parent sent", q);
	mq_put("send to the parent", q, "pong", 0);
	CALL(mq_close(q));
	CALL(mq_getattr(q, &(struct mq_attr){0}));
}

static void execs(void *arg)
{
	(void)arg;
	MUST(dup2(q, 180));
	MUST(dup3(q, 181, O_CLOEXEC));
	MUST(fcntl(q, F_DUPFD_CLOEXEC, 182));
	MUST(mq_send(q, "by exec", 7, 0));
	sc_exec_self("exec");
}

void scenario_stage(const char *stage)
{
	sc_say("%s", stage);
	CALL_Q("180, made by dup2", fcntl(180, F_GETFD));
	CALL_Q("181, made by dup3 O_CLOEXEC", fcntl(181, F_GETFD));
	CALL_Q("182, made by F_DUPFD_CLOEXEC", fcntl(182, F_GETFD));
	mq_take("receive", 180);
	mq_put("send", 180, "after", 0);
}

static void dies_open(void *arg)
{
	(void)arg;
	mq_put("send", q, "testament", 0);
	mq_reopen("/q", O_RDONLY);
	raise(SIGKILL);
}

void scenario(void)
{
	int fd;

	q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 16);
	mq_put("send", q, "ping", 0);
	sc_wait(sc_fork("child", child, NULL));
	mq_take("receive", q);
	sc_wait(sc_fork("execs", execs, NULL));
	mq_take("receive", q);
	sc_wait(sc_fork("dies", dies_open, NULL));
	mq_take("receive", q);

	fd = (int)MUST(dup(q));
	CALL(mq_close(q));
	CALL(mq_close(q));
	mq_put("send by the dup", fd, "dup", 0);
	CALL(dup2(STDIN_FILENO, fd) == fd ? 0 : -1);
	CALL(mq_send(fd, "x", 1, 0));
	q = mq_reopen("/q", O_RDWR | O_NONBLOCK);
	mq_take("receive by a new open", q);
	CALL(syscall(SYS_close_range, q, q, 0));
	CALL(mq_send(q, "x", 1, 0));
	CALL(mq_unlink("/q"));
}
