/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One request at a time, by a packet each way. */
#include "daemon/signaller.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/clean_process.h"
#include "daemon/fd_packet.h"

#define CHILD_MS 100 /* what a child gets that has one system call to make */
#define REPLY_MS 500

struct signaller {
	pthread_mutex_t lock;
	uint32_t serial;
	pid_t pid;
	int sock;
};

struct request {
	uint32_t serial;
	pid_t pid;
	siginfo_t info;
};

struct reply {
	uint32_t serial;
	bool sent;
};

/* ---- the process ---- */

static bool end_child(pid_t child)
{
	int status = 0, pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	bool in_time = pidfd >= 0 && poll(&p, 1, CHILD_MS) == 1;

	if (!in_time)
		(void)kill(child, SIGKILL);
	if (pidfd >= 0)
		close(pidfd);
	(void)waitpid(child, &status, 0);
	return in_time && WIFEXITED(status);
}

static bool serve(int own_ns, int pid_ns, struct request *r)
{
	if (setns(pid_ns, CLONE_NEWPID) < 0)
		return false;

	pid_t child = fork();

	if (child == 0) {
		(void)close_range(0, ~0u, 0);
		(void)syscall(SYS_rt_sigqueueinfo, r->pid, r->info.si_signo, &r->info);
		_exit(0);
	}
	(void)setns(own_ns, CLONE_NEWPID);
	return child > 0 && end_child(child);
}

static void serve_requests(int sock)
{
	int own_ns = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);

	if (own_ns < 0)
		return;
	for (;;) {
		struct request req;
		struct fd_packet p;

		if (fd_packet_recv(sock, &req, sizeof(req), &p, 0) != sizeof(req) || p.nfds != 1)
			_exit(0);
		const struct reply reply = {req.serial, serve(own_ns, p.fd[0], &req)};

		fd_packet_close(&p);
		if (send(sock, &reply, sizeof(reply), MSG_NOSIGNAL) < 0)
			_exit(0);
	}
}

/* ---- its maker ---- */

int signaller_start(struct signaller **out)
{
	static const cap_value_t keep[] = {CAP_SYS_ADMIN, CAP_KILL};
	static const struct clean_process signaller = {.name = "ipcnsd-signal",
						       .keep = keep,
						       .nkeep = sizeof(keep) / sizeof(keep[0]),
						       .serve = serve_requests};
	struct signaller *s = malloc(sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->sock = clean_process_start(&signaller, &s->pid);
	if (s->sock < 0) {
		int r = s->sock;

		free(s);
		return r;
	}
	pthread_mutex_init(&s->lock, NULL);
	s->serial = 0;
	*out = s;
	return 0;
}

void signaller_stop(struct signaller *s)
{
	if (!s)
		return;
	clean_process_stop(s->sock, s->pid);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Until there is a reply to read. */
static bool await_reply(struct signaller *s, int64_t until, const struct signaller_meanwhile *m)
{
	struct pollfd p[] = {{.fd = s->sock, .events = POLLIN}, {.fd = m->fd, .events = POLLIN}};

	for (;;) {
		int64_t left = until - now_ms();

		if (left <= 0 || poll(p, 2, (int)left) <= 0)
			return false;
		if (p[0].revents)
			return true;
		if (p[1].revents & POLLIN)
			m->call(m->arg);
		else
			p[1].fd = -1;
	}
}

bool signaller_send(struct signaller *s, int pid_ns, pid_t pid, const siginfo_t *info,
		    const struct signaller_meanwhile *m)
{
	struct request r = {.pid = pid, .info = *info};
	struct reply reply = {0};

	pthread_mutex_lock(&s->lock);
	r.serial = ++s->serial;
	bool asked = fd_packet_send(s->sock, &r, sizeof(r), &pid_ns, 1, MSG_DONTWAIT) == 0;
	const int64_t until = now_ms() + REPLY_MS;

	while (asked && reply.serial != r.serial) {
		if (await_reply(s, until, m) &&
		    recv(s->sock, &reply, sizeof(reply), 0) == sizeof(reply))
			continue; /* an earlier one, that was late, or this one's */
		asked = false;
	}
	pthread_mutex_unlock(&s->lock);
	return asked && reply.sent;
}
