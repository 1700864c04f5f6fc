/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One packet with descriptors, either way. */
#include "daemon/run_proto.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int send_packet(int sock, const struct run_msg *m, const int *fds, int nfds, int flags)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * RUN_NFDS_EMBEDDED)];
	} control = {0};
	struct run_msg copy = *m;
	struct iovec iov = {&copy, sizeof(copy)};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};

	copy.version = RUN_PROTO_VERSION;
	if (nfds > 0) {
		h.msg_control = control.buf;
		h.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)nfds);

		struct cmsghdr *c = CMSG_FIRSTHDR(&h);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)nfds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)nfds);
	}
	while (sendmsg(sock, &h, flags) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int run_send(int sock, const struct run_msg *m, const int *fds, int nfds)
{
	return send_packet(sock, m, fds, nfds, MSG_NOSIGNAL);
}

int run_try_send(int sock, const struct run_msg *m, const int *fds, int nfds)
{
	return send_packet(sock, m, fds, nfds, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int run_recv_all(int sock, struct run_msg *m, int fds[RUN_MAX_FDS])
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * RUN_MAX_FDS)];
	} control = {0};
	struct iovec iov = {m, sizeof(*m)};
	struct msghdr h = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	size_t have = 0;
	ssize_t n;

	for (int i = 0; i < RUN_MAX_FDS; i++)
		fds[i] = -1;
	while ((n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC)) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t got = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		/* The kernel merges all of a packet into one, and drops what has no room. */
		for (size_t i = 0; i < got && have < RUN_MAX_FDS; i++)
			memcpy(&fds[have++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
	if (n != sizeof(*m) || (h.msg_flags & MSG_TRUNC) || m->version != RUN_PROTO_VERSION)
		return n == 0 ? 0 : -EBADMSG;
	m->text[sizeof(m->text) - 1] = 0;
	return 1;
}

int run_recv(int sock, struct run_msg *m, int *fds, int nfds)
{
	int all[RUN_MAX_FDS];
	int r = run_recv_all(sock, m, all);

	for (int i = 0; i < nfds; i++)
		fds[i] = -1;
	for (int i = 0; i < RUN_MAX_FDS; i++) {
		if (r > 0 && i < nfds)
			fds[i] = all[i];
		else if (all[i] >= 0)
			close(all[i]);
	}
	return r;
}
