/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a run (`ipcnsctl run`) and the daemon part of an embedded namespace say to each other over
 * a SOCK_SEQPACKET socket, one message a packet:
 *
 *   run → daemon   HELLO
 *   daemon → run   WELCOME   with descriptors, in the order of enum run_fd; or ERROR
 *   run → daemon   LISTENER  with the seccomp listener of the command about to be executed, and a
 *                            socket for the answer (the run's own is read by its front process);
 *                            value: enum run_listener_how:
 *        daemon →  LISTENING from now on calls are answered: exec; or ERROR
 *   daemon → run   RELEASED  no task of the run is left; value 1: the daemon ends now
 *   run → daemon   PING      at any time, with a socket for the answer, as above:
 *        daemon →  PONG      by the thread that serves all but calls, with the namespace's lock
 *
 * Both ends are of one build, so the version only guards against a named namespace that an older
 * build keeps.
 */
#ifndef DAEMON_RUN_PROTO_H
#define DAEMON_RUN_PROTO_H

#include <stdint.h>

#define RUN_PROTO_VERSION 2u

enum run_msg_type {
	RUN_HELLO = 1,
	RUN_WELCOME,
	RUN_ERROR,
	RUN_LISTENER,
	RUN_LISTENING,
	RUN_RELEASED,
	RUN_PING,
	RUN_PONG,
};

/** Descriptors that come with LISTENER. */
enum run_listener_fd { RUN_FD_LISTENER, RUN_FD_REPLY, RUN_LISTENER_NFDS };

/** What LISTENER's value says of the command, bits. */
enum run_listener_how {
	RUN_OUTSIDE = 1, /* it is outside the backing IPC namespace */
	RUN_SHIM = 2,	 /* its filter is one for libipcshim */
};

/** Descriptors that come with PING. */
enum run_ping_fd { RUN_FD_PONG, RUN_PING_NFDS };

/**
 * Descriptors that come with WELCOME: the backing IPC namespace, the detached FUSE mount. One whose
 * process serves this namespace only adds a pidfd of itself; it is killed by that when it does not
 * answer and tasks cannot end for it.
 */
enum run_fd {
	RUN_FD_IPC_NS,
	RUN_FD_MOUNT,
	RUN_NFDS,
	RUN_FD_DAEMON = RUN_NFDS,
	RUN_NFDS_EMBEDDED,
};

struct run_msg {
	uint32_t type;
	uint32_t version;
	int32_t value; /* ERROR: errno; RELEASED, LISTENER: see above */
	char text[244]; /* ERROR: what failed, and what to do */
};

/**
 * run_send() - one message with @nfds descriptors (at most RUN_NFDS_EMBEDDED; they stay the caller's).
 * Return: 0 or negative errno (-EPIPE: the other end is gone; no signal).
 */
int run_send(int sock, const struct run_msg *m, const int *fds, int nfds);

/** run_try_send() - the same, but never waits: -EAGAIN when the other end does not read. */
int run_try_send(int sock, const struct run_msg *m, const int *fds, int nfds);

/**
 * run_recv() - one message; descriptors (close-on-exec, then the caller's) go to @fds[0..@nfds-1],
 * missing ones are -1, surplus ones are closed.
 * Return: 1; 0: end of file; negative errno (-EBADMSG: not a message of this protocol).
 */
int run_recv(int sock, struct run_msg *m, int *fds, int nfds);

#define RUN_MAX_FDS 16

/**
 * run_recv_all() - the same for one who must not close what may be anybody's file: whatever comes is
 * the caller's, on error, too. Beyond RUN_MAX_FDS the kernel drops them.
 */
int run_recv_all(int sock, struct run_msg *m, int fds[RUN_MAX_FDS]);

#endif
