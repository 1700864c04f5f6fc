/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sets up the namespace, then serves runs. A run is a connection; its front process and guardian
 * share it, so end of file means that both are gone. The daemon ends when no listener and no
 * connection is left, or, told by the last listener's end, as soon as no task is.
 */
#include "daemon/embedded.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/members.h"
#include "daemon/run_proto.h"
#include "daemon/server.h"
#include "daemon/signaller.h"
#include "daemon/state.h"

/** struct run - one connected run. */
struct run {
	struct embedded *owner;
	struct run *next;
	struct loop_source source;
	uint64_t number;
	bool greeted, had_listener;
};

struct embedded {
	struct server srv;
	struct loop_source accept_source;
	struct run *runs;
	uint64_t next_number;
};

static void send_msg(int sock, uint32_t type, int value, const char *text)
{
	struct run_msg m = {.type = type, .value = value};

	if (text)
		snprintf(m.text, sizeof(m.text), "%s", text);
	(void)run_try_send(sock, &m, NULL, 0);
}

/* Nothing is left to serve: tell every run, and stop. */
static void finish(struct embedded *e)
{
	for (struct run *r = e->runs; r; r = r->next)
		send_msg(r->source.fd, RUN_RELEASED, 1, NULL);
	e->srv.loop.stop = true;
}

static unsigned all_listeners(const struct embedded *e)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < e->srv.nlisteners; i++)
		n += e->srv.listener[i]->fd >= 0;
	return n;
}

/* A run that is still starting has no listener yet and must not be cut off. */
static bool run_starting(const struct embedded *e)
{
	for (const struct run *r = e->runs; r; r = r->next)
		if (!r->had_listener)
			return true;
	return false;
}

static void on_listener_gone(void *ctx, uint64_t number)
{
	struct embedded *e = ctx;

	if (all_listeners(e) == 0 && !run_starting(e)) {
		finish(e);
		return;
	}
	if (server_listeners(&e->srv, number) > 0)
		return;
	for (struct run *r = e->runs; r; r = r->next)
		if (r->number == number)
			send_msg(r->source.fd, RUN_RELEASED, 0, NULL);
}

static void drop_run(struct run *r)
{
	struct embedded *e = r->owner;
	struct run **link = &e->runs;
	unsigned mine = server_listeners(&e->srv, r->number);

	while (*link != r)
		link = &(*link)->next;
	*link = r->next;
	loop_remove(&e->srv.loop, &r->source);
	close(r->source.fd);
	free(r);

	if (all_listeners(e) == 0 && !e->runs) {
		finish(e);
		return;
	}
	/*
	 * Front process and guardian are gone although tasks are left, which only happens when both
	 * were killed. Who has no guardian is ended; another run's tasks share the backing
	 * namespace, so this can only be told apart when there is none.
	 */
	if (mine > 0 && mine == all_listeners(e) && !e->runs)
		members_kill(e->srv.backing_ipc_ns);
}

static void welcome(struct run *r)
{
	struct run_msg m = {.type = RUN_WELCOME};
	int fds[RUN_NFDS] = {
		[RUN_FD_IPC_NS] = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC),
		[RUN_FD_MOUNT] = ipcns_fuse_mount_fd(r->owner->srv.fuse),
	};

	if (fds[RUN_FD_IPC_NS] < 0) {
		send_msg(r->source.fd, RUN_ERROR, errno, "cannot open /proc/self/ns/ipc");
		return;
	}
	(void)run_try_send(r->source.fd, &m, fds, RUN_NFDS);
	close(fds[RUN_FD_IPC_NS]);
}

static void take_listener(struct run *r, const int fds[RUN_MAX_FDS])
{
	int err = server_add_listener(&r->owner->srv, fds[RUN_FD_LISTENER], r->number);

	if (err < 0) {
		send_msg(fds[RUN_FD_REPLY], RUN_ERROR, -err, "cannot serve the listener");
		return;
	}
	r->had_listener = true;
	send_msg(fds[RUN_FD_REPLY], RUN_LISTENING, 0, NULL);
}

static void on_run(void *ctx, uint32_t events)
{
	struct run *r = ctx;
	struct run_msg m;
	struct server *srv = &r->owner->srv;
	int fds[RUN_MAX_FDS];
	int n = run_recv_all(r->source.fd, &m, fds);

	(void)events;
	if (n <= 0)
		drop_run(r);
	else if (m.type == RUN_HELLO && !r->greeted) {
		r->greeted = true;
		welcome(r);
	} else if (m.type == RUN_LISTENER && fds[RUN_FD_LISTENER] >= 0) {
		take_listener(r, fds);
		fds[RUN_FD_LISTENER] = -1; /* the server's now */
	}
	for (int i = 0; i < RUN_MAX_FDS; i++)
		if (fds[i] >= 0)
			server_close_fd(srv, fds[i]);
}

static int add_run(struct embedded *e, int sock)
{
	struct run *r = calloc(1, sizeof(*r));
	int err = -ENOMEM;

	if (r) {
		*r = (struct run){.owner = e, .next = e->runs, .number = ++e->next_number};
		r->source = (struct loop_source){.fd = sock, .ready = on_run, .ctx = r};
		err = loop_add(&e->srv.loop, &r->source, EPOLLIN);
	}
	if (err < 0) {
		close(sock);
		free(r);
		return err;
	}
	e->runs = r;
	return 0;
}

static void on_accept(void *ctx, uint32_t events)
{
	struct embedded *e = ctx;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int sock = accept4(e->accept_source.fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	if (sock < 0)
		return;
	/* An abstract socket has no file permissions: only who could have made the namespace joins. */
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
	    (peer.uid != 0 && peer.uid != geteuid())) {
		send_msg(sock, RUN_ERROR, EACCES, "the namespace belongs to another user");
		close(sock);
		return;
	}
	(void)add_run(e, sock);
}

static _Noreturn void give_up(int control, int err, const char *what)
{
	send_msg(control, RUN_ERROR, err, what);
	_exit(1);
}

/*
 * Locks, pipes and sockets that the first run happened to have open must not live as long as the
 * namespace. Descriptors 0 to 2 are open: ipcnsctl sees to that.
 */
static void close_between(int above, int below)
{
	if (above + 1 < below)
		(void)close_range((unsigned)above + 1, (unsigned)below - 1, 0);
}

static void keep_only(int control, int accept_fd)
{
	int low = accept_fd >= 0 && accept_fd < control ? accept_fd : control;
	int high = accept_fd > control ? accept_fd : control;

	close_between(STDERR_FILENO, low);
	close_between(low, high);
	(void)close_range((unsigned)high + 1, ~0u, 0);
}

static void detach_from_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* stderr stays: a warning of the daemon part belongs where the run's do. */
	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		close(null);
	}
	/*
	 * A group of its own, so that the terminal's signals do not reach it; not a session of its
	 * own: autogroup scheduling would tear it from the tasks that it answers, which doubles the
	 * time of a round trip.
	 */
	(void)setpgid(0, 0);
	(void)signal(SIGHUP, SIG_IGN);
	(void)!chdir("/");
	(void)prctl(PR_SET_NAME, "ipcnsd");
}

/*
 * The user's soft limits are for the command. Of those that are hard, an errno and a message are
 * better than a signal.
 */
static void raise_limits(void)
{
	static const int kinds[] = {RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_CPU,
				    RLIMIT_AS,     RLIMIT_DATA,  RLIMIT_MEMLOCK};
	struct rlimit rl;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (getrlimit(kinds[i], &rl) < 0)
			continue;
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(kinds[i], &rl);
	}
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGXCPU, SIG_IGN);
}

_Noreturn void embedded_main(int control, int accept_fd)
{
	static struct embedded e;
	struct server_options opt = {
		.task_backend = TASK_BACKEND_AUTO,
		.signals_backend = SIGNALS_AUTO,
	};
	const char *what = "event loop";
	const char *backend = getenv("IPCNS_BACKEND");
	struct stat st;
	int r;

	raise_limits();
	keep_only(control, accept_fd);
	detach_from_terminal();
	/* Without it a signal into a container has no si_pid, which is no reason to fail. */
	(void)signaller_start(&opt.signaller);
	if (backend && strcmp(backend, "proc") == 0) {
		opt.task_backend = TASK_BACKEND_PROC;
		opt.signals_backend = SIGNALS_POLL;
	}
	if (unshare(CLONE_NEWIPC) < 0)
		give_up(control, errno,
			"cannot make a kernel IPC namespace (CONFIG_IPC_NS, CAP_SYS_ADMIN)");
	opt.state_dirfd = state_private_tmpfs();
	if (opt.state_dirfd < 0)
		give_up(control, -opt.state_dirfd, "cannot make a private tmpfs for the state");

	r = server_init(&e.srv, &opt, &what);
	if (r < 0)
		give_up(control, -r, what);
	if (stat("/proc/self/ns/ipc", &st) < 0)
		give_up(control, errno, "/proc is not mounted");
	e.srv.backing_ipc_ns = st.st_ino;
	e.srv.listener_gone = on_listener_gone;
	e.srv.ctx = &e;

	r = add_run(&e, control);
	/* A named namespace outlives the run that made it, and must not hold on to its stderr. */
	if (accept_fd >= 0)
		(void)dup2(STDIN_FILENO, STDERR_FILENO);
	if (r == 0 && accept_fd >= 0) {
		e.accept_source =
			(struct loop_source){.fd = accept_fd, .ready = on_accept, .ctx = &e};
		r = loop_add(&e.srv.loop, &e.accept_source, EPOLLIN);
	}
	if (r == 0)
		r = loop_run(&e.srv.loop);
	(void)server_close(&e.srv);
	signaller_stop(opt.signaller);
	_exit(r < 0 ? 1 : 0);
}
