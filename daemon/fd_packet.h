/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes and descriptors by one sendmsg(2) or recvmsg(2) of a Unix socket: the part that runs, container
 * runtimes and the processes forked for work in others' places have in common. What the bytes mean is
 * theirs to say. Whoever receives owns each descriptor that came, also those that he did not expect; so
 * a peer that sends too many costs nothing but their close.
 */
#ifndef DAEMON_FD_PACKET_H
#define DAEMON_FD_PACKET_H

#include <stdbool.h>
#include <stddef.h>

/** What the kernel has no room for here it drops, and closes. */
#define FD_PACKET_MAX 16

/** struct fd_packet - the descriptors of one: @nfds of them, close-on-exec; the others are -1. */
struct fd_packet {
	int fd[FD_PACKET_MAX];
	int nfds;
	bool cut;	  /* there were more */
	bool long_packet; /* there were more bytes than asked for, which are lost (packet sockets) */
};

/**
 * fd_packet_send() - @len bytes and @nfds descriptors (0 to FD_PACKET_MAX; they stay the caller's), with
 * @flags of sendmsg(2) besides MSG_NOSIGNAL. Return: 0 or negative errno; never -EINTR.
 */
int fd_packet_send(int sock, const void *data, size_t len, const int *fds, int nfds, int flags);

/**
 * fd_packet_recv() - at most @size bytes, with @flags of recvmsg(2). Return: their number, 0 at the
 * end, with @p (whose descriptors are the caller's now); or negative errno, never -EINTR, and none came.
 */
long fd_packet_recv(int sock, void *data, size_t size, struct fd_packet *p, int flags);

/** fd_packet_close() - all of them; those taken away have been made -1. */
void fd_packet_close(struct fd_packet *p);

#endif
