/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* unix(7), SCM_RIGHTS. */
#include "daemon/fd_packet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(FD_PACKET_MAX * sizeof(int))];
};

int fd_packet_send(int sock, const void *data, size_t len, const int *fds, int nfds, int flags)
{
	union control control = {0};
	struct iovec iov = {(void *)(size_t)data, len};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};

	if (nfds > FD_PACKET_MAX)
		return -EINVAL;
	if (nfds > 0) {
		h.msg_control = control.buf;
		h.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof(int));

		struct cmsghdr *c = CMSG_FIRSTHDR(&h);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, (size_t)nfds * sizeof(int));
	}
	while (sendmsg(sock, &h, flags | MSG_NOSIGNAL) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

long fd_packet_recv(int sock, void *data, size_t size, struct fd_packet *p, int flags)
{
	union control control = {0};
	struct iovec iov = {data, size};
	struct msghdr h = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control.buf,
			   .msg_controllen = sizeof(control.buf)};
	ssize_t n;

	p->nfds = 0;
	for (int i = 0; i < FD_PACKET_MAX; i++)
		p->fd[i] = -1;
	while ((n = recvmsg(sock, &h, flags | MSG_CMSG_CLOEXEC)) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		const size_t got = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		/* The kernel merges all of a packet into one. */
		for (size_t i = 0; i < got && p->nfds < FD_PACKET_MAX; i++)
			memcpy(&p->fd[p->nfds++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
	p->cut = h.msg_flags & MSG_CTRUNC;
	p->long_packet = h.msg_flags & MSG_TRUNC;
	return n;
}

void fd_packet_close(struct fd_packet *p)
{
	for (int i = 0; i < p->nfds; i++)
		if (p->fd[i] >= 0)
			close(p->fd[i]);
	p->nfds = 0;
}
