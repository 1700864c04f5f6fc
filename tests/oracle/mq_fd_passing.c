/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A queue descriptor passed over a socket (SCM_RIGHTS) is the same open file: its access mode and
 * O_NONBLOCK, for a process that may not open the name itself, also after the sender closed its own
 * and the name is gone.
 */
#include <sys/socket.h>

#include "mq_common.h"

static int channel[2];

static void pass(int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec iov = {.iov_base = "f", .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	MUST(sendmsg(channel[0], &msg, 0));
}

static int take_fd(void)
{
	char control[CMSG_SPACE(sizeof(int))];
	char byte;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	int fd = -1;

	MUST(recvmsg(channel[1], &msg, MSG_CMSG_CLOEXEC));
	if (CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return (int)MUST(fd);
}

static void stranger(void *arg)
{
	int q;
	int ro;

	(void)arg;
	sc_become_nobody();
	sc_await(3);
	CALL(mq_open("/q", O_RDWR));
	q = take_fd();
	mq_show("passed", q);
	mq_take("receive", q);
	mq_put("send", q, "answer", 2);
	ro = take_fd();
	CALL(mq_send(ro, "x", 1, 0));
	sc_post(1);
	sc_await(2);
	mq_show("after the sender closed", q);
	mq_put("send to itself", q, "self", 0);
	mq_take("receive by the other", ro);
	mq_take("now O_NONBLOCK", q);
}

void scenario(void)
{
	struct mq_attr nonblock = {.mq_flags = O_NONBLOCK};
	mqd_t q;
	mqd_t ro;
	pid_t pid;

	umask(077);
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, channel));
	pid = sc_fork("stranger", stranger, NULL);
	q = mq_make("/q", O_RDWR, 2, 8);
	ro = mq_reopen("/q", O_RDONLY);
	sc_post(3);
	mq_put("send", q, "letter", 1);
	pass(q);
	pass(ro);
	sc_await(1);
	mq_take("receive", q);
	CALL(mq_setattr(q, &nonblock, NULL));
	CALL(mq_close(q));
	CALL(mq_close(ro));
	CALL(mq_unlink("/q"));
	sc_post(2);
	sc_wait(pid);
	CALL(mq_open("/q", O_RDWR));
}
