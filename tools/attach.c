/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding or making the daemon part of a namespace. A named one listens on an abstract socket, of
 * which nothing is left when it ends; abstract names have no owner, so both ends check the other's
 * user.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/embedded.h"
#include "tools/front.h"
#include "tools/patience.h"
#include "tools/rootless.h"

/* A listening socket, in /proc/net/unix (linux/net.h). */
#define ACCEPTCON (1u << 16)

/* The name of a named namespace's socket: abstract, so nothing is left of it, and per user. */
static socklen_t abstract_address(const char *name, struct sockaddr_un *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	int n = snprintf(addr->sun_path + 1, sizeof(addr->sun_path) - 1, "ipcns/%u/%s", geteuid(),
			 name);

	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

/* Join the namespace @name if it runs. Return: connected socket; -ENOENT: there is none. */
static int join(const char *name)
{
	struct sockaddr_un addr;
	const struct timeval patience = {.tv_sec = ANSWER_MS / 1000};
	struct ucred peer;
	socklen_t len = abstract_address(name, &addr), plen = sizeof(peer);
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (sock < 0)
		return -errno;
	/* It waits while too many others do. */
	(void)setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(sock, (struct sockaddr *)&addr, len) < 0) {
		int err = errno;

		close(sock);
		return err == ECONNREFUSED ? -ENOENT : -err;
	}
	/* Anyone can take an abstract name: only our own user's or root's namespace is believed. */
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &plen) < 0 ||
	    (peer.uid != 0 && peer.uid != geteuid())) {
		close(sock);
		return -EACCES;
	}
	return sock;
}

/* Connections that were accepted, or wait for that, have the address of the listening socket. */
bool others_use(const char *name)
{
	char line[512], want[128];
	bool found = false;
	FILE *f = name ? fopen("/proc/net/unix", "re") : NULL;

	/* When it cannot be known nobody is cut off. */
	if (!f)
		return name;
	snprintf(want, sizeof(want), " @ipcns/%u/%s\n", geteuid(), name);
	while (!found && fgets(line, sizeof(line), f)) {
		size_t len = strlen(line), tail = strlen(want);
		unsigned flags;

		found = sscanf(line, "%*s %*s %*s %x", &flags) == 1 && !(flags & ACCEPTCON) &&
			len > tail && strcmp(line + len - tail, want) == 0;
	}
	fclose(f);
	return found;
}

bool attach_is_taken(const char *name)
{
	struct sockaddr_un addr;
	socklen_t len = abstract_address(name, &addr);
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool taken =
		sock >= 0 && bind(sock, (struct sockaddr *)&addr, len) < 0 && errno == EADDRINUSE;

	if (sock >= 0)
		close(sock);
	return taken;
}

static int listen_as(const char *name)
{
	struct sockaddr_un addr;
	socklen_t len = abstract_address(name, &addr);
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (sock < 0)
		return -errno;
	if (bind(sock, (struct sockaddr *)&addr, len) < 0 || listen(sock, 64) < 0) {
		int err = errno;

		close(sock);
		return -err;
	}
	return sock;
}

static int start_daemon(struct front *f, int accept_fd)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	f->daemon = fork();
	if (f->daemon < 0) {
		close(pair[0]);
		close(pair[1]);
		return -errno;
	}
	if (f->daemon == 0) {
		close(pair[0]);
		close(f->sigfd);
		(void)sigprocmask(SIG_SETMASK, &f->old_mask, NULL);
		embedded_main(pair[1], accept_fd);
	}
	close(pair[1]);
	if (accept_fd >= 0)
		close(accept_fd);
	f->control = pair[0];
	return 0;
}

/*
 * Say hello on f->control, and fill f->daemon_pidfd from the answer: by the credentials of a socket
 * it would be found only under the pid of who made the name, long dead maybe.
 * Return: 0 with @fds; -EAGAIN: it was just ending; -1: printed, or f->ended_by is set.
 */
static int greet(struct front *f, int fds[RUN_NFDS])
{
	struct run_msg m = {.type = RUN_HELLO};
	int all[RUN_NFDS_EMBEDDED];
	int r = run_send(f->control, &m, NULL, 0);

	if (r == 0)
		r = wait_answer(f->control, ANSWER_MS);
	if (r > 0) {
		f->ended_by = r;
		return -1;
	}
	if (r == 0)
		r = run_recv(f->control, &m, all, RUN_NFDS_EMBEDDED);
	/* Told once when the other end left with our message unread; its own comes after. */
	if (r == -ECONNRESET || r == -EPIPE)
		r = run_recv(f->control, &m, all, RUN_NFDS_EMBEDDED);
	if (r > 0 && m.type == RUN_WELCOME && all[RUN_FD_IPC_NS] >= 0 && all[RUN_FD_MOUNT] >= 0) {
		memcpy(fds, all, RUN_NFDS * sizeof(int));
		f->daemon_pidfd = all[RUN_FD_DAEMON];
		return 0;
	}
	if (r > 0 && m.type == RUN_ERROR) {
		say("%s: %s", m.text, strerror(m.value));
		return -1;
	}
	if (r == -ETIMEDOUT) {
		say("the daemon part of the namespace does not answer");
		return -1;
	}
	if (!f->daemon)
		return -EAGAIN;
	say("the daemon part ended before it was ready");
	return -1;
}

/*
 * Find or make the namespace. A named one can end between the look and the call, or be made by
 * another run at the same moment, hence the rounds.
 */
int front_attach(struct front *f, const char *name, int fds[RUN_NFDS])
{
	int r;

	for (int round = 0; round < 100; round++) {
		int accept_fd = -1;

		if (name) {
			f->control = join(name);
			if (f->control >= 0) {
				f->daemon = 0;
				r = greet(f, fds);
				if (r == 0 && f->rootless)
					return rootless_join(f->daemon_pidfd);
				if (r != -EAGAIN)
					return r;
				close(f->control);
				goto again;
			}
			if (f->control != -ENOENT) {
				say("cannot join namespace '%s': %s", name, strerror(-f->control));
				return -1;
			}
			accept_fd = listen_as(name);
			if (accept_fd == -EADDRINUSE)
				goto again;
			if (accept_fd < 0) {
				say("cannot name the namespace '%s': %s", name,
				    strerror(-accept_fd));
				return -1;
			}
		}
		if (f->rootless && rootless_enter() < 0)
			return -1;
		r = start_daemon(f, accept_fd);
		if (r < 0) {
			say("cannot start the daemon part: %s", strerror(-r));
			return -1;
		}
		return greet(f, fds);
	again:
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
	say("namespace '%s' is busy ending; try again", name);
	return -1;
}

int front_join(struct front *f, int control, int fds[RUN_NFDS])
{
	f->control = control;
	f->daemon = 0;
	int r = greet(f, fds);

	if (r == -EAGAIN)
		say("the service has closed the connection");
	if (r == 0 && f->rootless)
		r = rootless_join_peer(control);
	return r < 0 ? -1 : 0;
}
