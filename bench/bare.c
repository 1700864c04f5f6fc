/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bare notification round trip: the floor under everything that is answered by trap.
 *
 * A worker whose filter sends the case's own system calls to a listener, and a supervisor process
 * that waits in epoll, receives, and answers 0 without looking. Both switches that the product
 * uses are on: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (without it a reply can be lost to a signal)
 * and SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (the supervisor's reply hands its CPU to the worker).
 * One op of the case is its list of trapped calls, one after the other, in one process; so a bare
 * time is "number of trapped calls times one round trip". For a ping-pong that counts the calls of
 * both processes, of which the real case overlaps some.
 *
 * Started only as `ipcns-bench --bare-worker CASE`.
 */
#include "bench.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Linux 5.19 and 6.6; the headers may be older than the kernel. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "the bare supervisor does not know this architecture's AUDIT_ARCH number"
#endif

static long seccomp(unsigned int op, unsigned int flags, void *args)
{
	return syscall(SYS_seccomp, op, flags, args);
}

/* Load a filter that notifies of the case's calls and allows the rest; the listener, or -errno. */
static int load_filter(const struct bench_case *c)
{
	struct sock_filter insn[5 + 2 * BENCH_MAX_CALLS];
	unsigned short n = 0;
	struct sock_fprog prog;
	long fd;

	insn[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, arch));
	insn[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	insn[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	insn[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (unsigned int i = 0; i < c->calls; i++) {
		insn[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							 (unsigned int)c->nr[i], 0, 1);
		insn[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	insn[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prog = (struct sock_fprog){.len = n, .filter = insn};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	fd = seccomp(SECCOMP_SET_MODE_FILTER,
		     SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		     &prog);
	return fd < 0 ? -errno : (int)fd;
}

static int send_fd(int sock, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.buf = {0}};
	char byte = 0;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof(control.buf)};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The descriptor that the other side sent, or -errno; -EPIPE when it ended without sending. */
static int receive_fd(int sock)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof(control.buf)};
	struct cmsghdr *cmsg;
	ssize_t got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	int fd;

	if (got < 0)
		return -errno;
	cmsg = got ? CMSG_FIRSTHDR(&msg) : NULL;
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return -EPIPE;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(int));
	return fd;
}

/* The trapped calls with no arguments: whatever they are, the supervisor answers 0. */
static int bare_run(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	const struct bench_case *c = ctx->c;
	uint64_t start = bench_now();

	for (uint64_t i = 0; i < n; i++) {
		for (unsigned int j = 0; j < c->calls; j++) {
			long ret = syscall(c->nr[j], 0, 0, 0, 0, 0, 0);

			if (ret)
				return ret < 0 ? -errno : -EPROTO;
		}
	}
	*ns = bench_now() - start;
	return 0;
}

static int bare_worker(const struct bench_case *c, int sock)
{
	struct bench_case mine = *c;
	struct bench_ctx *ctx;
	int fd, err;

	mine.run = bare_run;
	fd = load_filter(c);
	if (fd < 0) {
		if (fd == -EBUSY)
			puts("error bare filter: this process is under another seccomp listener");
		else
			printf("error bare filter: %s\n", strerror(-fd));
		return 1;
	}
	err = send_fd(sock, fd);
	/* Only the supervisor may keep it open: if it dies, our calls must fail and not hang. */
	close(fd);
	close(sock);
	ctx = calloc(1, sizeof(*ctx));
	if (err || !ctx) {
		printf("error bare worker: %s\n", strerror(err ? -err : ENOMEM));
		free(ctx);
		return 1;
	}
	ctx->c = &mine;
	err = worker_serve(ctx);
	free(ctx);
	return err;
}

/* Answer until the last task under the filter is gone (EPOLLHUP, Linux 5.8). */
static int supervise(int listener)
{
	struct seccomp_notif_sizes sizes;
	struct epoll_event event = {.events = EPOLLIN};
	struct seccomp_notif *req;
	struct seccomp_notif_resp *resp;
	int epfd, err = 0;

	if (seccomp(SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return -errno;
	/* A kernel older than 6.6 has no such switch; the product runs there too, as slowly. */
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);

	/* A newer kernel's structures may be larger than the ones we were compiled with. */
	if (sizes.seccomp_notif < sizeof(*req))
		sizes.seccomp_notif = sizeof(*req);
	if (sizes.seccomp_notif_resp < sizeof(*resp))
		sizes.seccomp_notif_resp = sizeof(*resp);
	req = malloc(sizes.seccomp_notif);
	resp = malloc(sizes.seccomp_notif_resp);
	epfd = epoll_create1(EPOLL_CLOEXEC);
	if (!req || !resp || epfd < 0 || epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &event) < 0) {
		err = !req || !resp ? -ENOMEM : -errno;
		goto out;
	}
	for (;;) {
		int n = epoll_wait(epfd, &event, 1, -1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = -errno;
			break;
		}
		if (!(event.events & EPOLLIN))
			break;
		/* The kernel insists on zeros; ENOENT here means that the caller is gone. */
		memset(req, 0, sizes.seccomp_notif);
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, req) < 0)
			continue;
		memset(resp, 0, sizes.seccomp_notif_resp);
		resp->id = req->id;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, resp);
	}
out:
	if (epfd >= 0)
		close(epfd);
	free(req);
	free(resp);
	return err;
}

int bare_worker_main(const struct bench_case *c)
{
	pid_t self = getpid(), pid;
	int sock[2], listener, status = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock) < 0) {
		printf("error bare supervisor: %s\n", strerror(errno));
		return 1;
	}
	pid = fork();
	if (pid < 0) {
		printf("error bare supervisor: %s\n", strerror(errno));
		return 1;
	}
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != self)
			_exit(1);
		close(sock[0]);
		return bare_worker(c, sock[1]);
	}
	close(sock[1]);
	/* The pipes are the worker's: its parent must see them end when it ends. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	listener = receive_fd(sock[0]);
	close(sock[0]);
	if (listener >= 0) {
		if (supervise(listener))
			kill(pid, SIGKILL);
		close(listener);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
