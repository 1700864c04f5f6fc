/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run_recv() with a peer that sends what it likes: packets of any length and content, with any
 * number of descriptors, or none at all. No descriptor may stay behind, none may come uninvited.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/run_proto.h"
#include "input.h"

#define FDS_MAX 40u
#define WANT_MAX 8u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The lowest free number: it is the same again when nothing stayed open below it. */
static int lowest_free(int like)
{
	int fd = fcntl(like, F_DUPFD_CLOEXEC, 0);

	CHECK(fd >= 0);
	close(fd);
	return fd;
}

static void send_packet(int sock, struct input *in)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	} control = {0};
	uint8_t packet[1024];
	struct run_msg *m = (struct run_msg *)(void *)packet;
	uint8_t how = take8(in);
	size_t len = how & 1 ? sizeof(*m) : take16(in) % sizeof(packet), nfds = 0;
	struct iovec iov = {packet, len};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};

	take(in, packet, sizeof(packet) < 300 ? sizeof(packet) : 300);
	memset(packet + 300, how, sizeof(packet) - 300);
	if (how & 2)
		m->version = RUN_PROTO_VERSION;
	if (how & 4)
		nfds = take8(in) % (FDS_MAX + 1);
	if (nfds) {
		h.msg_control = control.buf;
		h.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&h);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		for (size_t i = 0; i < nfds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &sock, sizeof(int));
	}
	CHECK(sendmsg(sock, &h, MSG_NOSIGNAL) == (ssize_t)len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	int sock[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sock) == 0);
	int lowest = lowest_free(sock[0]);

	for (int i = 0; i < 8 && in.left; i++) {
		int fds[WANT_MAX], want = (int)below(&in, WANT_MAX + 1);
		bool sent = take8(&in) % 16, missing = false;
		struct run_msg m;

		if (sent)
			send_packet(sock[0], &in);
		memset(&m, 0xa5, sizeof(m));
		int r = run_recv(sock[1], &m, fds, want);

		CHECK(r == 1 || r == 0 || r == -EBADMSG || (!sent && r == -EAGAIN));
		if (r == 1) {
			CHECK(m.version == RUN_PROTO_VERSION);
			CHECK(memchr(m.text, 0, sizeof(m.text)) != NULL);
		}
		for (int k = 0; k < want; k++) {
			if (fds[k] < 0) {
				CHECK(fds[k] == -1);
				missing = true;
				continue;
			}
			/* Only with a message; without a gap; and not to be inherited. */
			CHECK(r == 1 && !missing);
			CHECK(fcntl(fds[k], F_GETFD) == FD_CLOEXEC);
			close(fds[k]);
		}
		CHECK(lowest_free(sock[0]) == lowest);
	}
	close(sock[0]);
	close(sock[1]);
	return 0;
}
