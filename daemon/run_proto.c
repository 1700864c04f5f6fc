/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One packet with descriptors, either way. */
#include "daemon/run_proto.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/fd_packet.h"

_Static_assert(RUN_MAX_FDS == FD_PACKET_MAX, "all that come are told");

static int send_packet(int sock, const struct run_msg *m, const int *fds, int nfds, int flags)
{
	struct run_msg copy = *m;

	copy.version = RUN_PROTO_VERSION;
	return fd_packet_send(sock, &copy, sizeof(copy), fds, nfds, flags);
}

int run_send(int sock, const struct run_msg *m, const int *fds, int nfds)
{
	return send_packet(sock, m, fds, nfds, 0);
}

int run_try_send(int sock, const struct run_msg *m, const int *fds, int nfds)
{
	return send_packet(sock, m, fds, nfds, MSG_DONTWAIT);
}

int run_recv_all(int sock, struct run_msg *m, int fds[RUN_MAX_FDS])
{
	struct fd_packet p;
	long n = fd_packet_recv(sock, m, sizeof(*m), &p, 0);

	memcpy(fds, p.fd, sizeof(p.fd));
	if (n < 0)
		return (int)n;
	if (n != sizeof(*m) || p.long_packet || m->version != RUN_PROTO_VERSION)
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
