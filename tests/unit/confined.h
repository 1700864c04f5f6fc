/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real callers for unit tests of seccomp/: a child whose msgrcv(2) goes to a listener that the test
 * holds, under the same flags as the product uses. For test programs only, hence all static.
 */
#ifndef TESTS_UNIT_CONFINED_H
#define TESTS_UNIT_CONFINED_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define SKIP_EXIT 77

static inline void *shared_alloc(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static inline int send_fd(int sock, int fd)
{
	char c = 0;
	struct iovec iov = {&c, 1};
	_Alignas(struct cmsghdr) char buf[CMSG_SPACE(sizeof(int))] = {0};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = buf,
			     .msg_controllen = sizeof(buf)};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) < 0 ? -errno : 0;
}

static inline int recv_fd(int sock)
{
	char c;
	struct iovec iov = {&c, 1};
	_Alignas(struct cmsghdr) char buf[CMSG_SPACE(sizeof(int))] = {0};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = buf,
			     .msg_controllen = sizeof(buf)};
	struct cmsghdr *cmsg;
	int fd;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) <= 0)
		return -EPIPE;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg)
		return -EPROTO;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/* In the child: from here on msgrcv(2) of this and later threads is trapped. */
static inline int trap_msgrcv(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_msgrcv, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {sizeof(code) / sizeof(code[0]), code};
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		     SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		     &prog);
	return fd < 0 ? -errno : fd;
}

struct confined {
	pid_t pid;
	int listener;
};

/*
 * Forks a child that runs body(arg) under the trap and exits with its result. It dies with us.
 * Return: 0, or negative errno (no filter, no listener).
 */
static inline int confined_start(struct confined *c, int (*body)(void *arg), void *arg)
{
	int sock[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock))
		return -errno;
	c->pid = fork();
	if (c->pid < 0)
		return -errno;
	if (!c->pid) {
		int fd;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(sock[0]);
		fd = trap_msgrcv();
		if (fd < 0 || send_fd(sock[1], fd))
			_exit(99);
		close(fd);
		close(sock[1]);
		_exit(body(arg));
	}
	close(sock[1]);
	c->listener = recv_fd(sock[0]);
	close(sock[0]);
	if (c->listener < 0) {
		waitpid(c->pid, NULL, 0);
		return c->listener;
	}
	return 0;
}

/* Kills what is left of it; returns its wait status. */
static inline int confined_end(struct confined *c)
{
	int status = -1;

	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) == c->pid && !WIFEXITED(status) && !WIFSIGNALED(status))
		;
	close(c->listener);
	return status;
}

/* 0 with a notification, -ETIMEDOUT, or another negative errno. */
static inline int notif_recv(const struct confined *c, struct seccomp_notif *n, int timeout_ms)
{
	struct pollfd pfd = {.fd = c->listener, .events = POLLIN};
	int r = poll(&pfd, 1, timeout_ms);

	if (r < 0)
		return -errno;
	if (!r || !(pfd.revents & POLLIN))
		return -ETIMEDOUT;
	memset(n, 0, sizeof(*n));
	return ioctl(c->listener, SECCOMP_IOCTL_NOTIF_RECV, n) ? -errno : 0;
}

static inline int notif_send(const struct confined *c, uint64_t id, int64_t val, int error)
{
	struct seccomp_notif_resp resp = {.id = id, .val = val, .error = error};

	return ioctl(c->listener, SECCOMP_IOCTL_NOTIF_SEND, &resp) ? -errno : 0;
}

#endif
