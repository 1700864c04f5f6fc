/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * agent SOCKET: takes listeners as the service does, but knows no namespaces: every notified call gets
 * EOWNERDEAD, which none of them has of its own, and execve(2), execveat(2) and unshare(2) go on. So a
 * container shows by its errors which calls were notified. A process for each connection; it ends with
 * the container. Until killed.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define X32 0x40000000

static bool goes_on(const struct seccomp_data *d)
{
	static const struct {
		uint32_t arch;
		int nr;
	} calls[] = {
		{AUDIT_ARCH_X86_64, 59},	{AUDIT_ARCH_X86_64, 322},
		{AUDIT_ARCH_X86_64, 272},	{AUDIT_ARCH_X86_64, 520 | X32},
		{AUDIT_ARCH_X86_64, 545 | X32}, {AUDIT_ARCH_I386, 11},
		{AUDIT_ARCH_I386, 358},		{AUDIT_ARCH_I386, 310},
		{AUDIT_ARCH_AARCH64, 221},	{AUDIT_ARCH_AARCH64, 281},
		{AUDIT_ARCH_AARCH64, 97},
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].arch == d->arch && calls[i].nr == d->nr)
			return true;
	return false;
}

static void serve(int listener)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};

	while (poll(&p, 1, -1) >= 0 && (p.revents & POLLIN)) {
		struct seccomp_notif n;
		struct seccomp_notif_resp r;

		memset(&n, 0, sizeof(n));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0)
			continue;
		r = (struct seccomp_notif_resp){.id = n.id, .error = -EOWNERDEAD};
		if (goes_on(&n.data))
			r = (struct seccomp_notif_resp){.id = n.id,
							.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
		(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &r);
	}
}

/* Whatever the state says; the descriptor comes with some piece of it. Return: -1 at the end. */
static int receive(int conn)
{
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char text[4096];
	int fd;

	for (;;) {
		struct iovec iov = {text, sizeof(text)};
		struct msghdr m = {.msg_iov = &iov,
				   .msg_iovlen = 1,
				   .msg_control = &control,
				   .msg_controllen = sizeof(control)};

		if (recvmsg(conn, &m, MSG_CMSG_CLOEXEC) <= 0)
			return -1;
		struct cmsghdr *h = CMSG_FIRSTHDR(&m);

		if (!h || h->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(&fd, CMSG_DATA(h), sizeof(fd));
		return fd;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 2 || strlen(argv[1]) >= sizeof(a.sun_path))
		return 2;
	strcpy(a.sun_path, argv[1]);
	signal(SIGCHLD, SIG_IGN);
	if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(s, 16) < 0) {
		perror("agent");
		return 1;
	}
	for (;;) {
		int conn = accept(s, NULL, NULL);

		if (conn < 0)
			continue;
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(s);
			serve(receive(conn));
			_exit(0);
		}
		close(conn);
	}
}
