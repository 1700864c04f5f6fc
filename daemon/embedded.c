/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sets up the process and its namespace, then serves runs (daemon/runs.h). It ends when no listener
 * and no connection is left, or, told by the last listener's end, as soon as no task is.
 */
#include "daemon/embedded.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/process.h"
#include "daemon/run_proto.h"
#include "daemon/runs.h"
#include "daemon/server.h"
#include "daemon/signaller.h"
#include "daemon/state.h"

struct embedded {
	struct server srv;
	struct runs runs;
	struct loop_source accept_source;
};

/* Nothing is left to serve: tell every run, and stop. */
static void finish(void *ctx)
{
	struct embedded *e = ctx;

	runs_release_all(&e->runs, true);
	e->srv.loop.stop = true;
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
		runs_refuse(sock, EACCES, "the namespace belongs to another user");
		close(sock);
		return;
	}
	if (runs_add(&e->runs, sock) < 0)
		close(sock);
}

static _Noreturn void give_up(int control, int err, const char *what)
{
	runs_refuse(control, err, what);
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

_Noreturn void embedded_main(int control, int accept_fd)
{
	static struct embedded e;
	struct server_options opt;
	const char *what = "event loop";
	struct stat st;
	int r, ipc_ns_fd;

	process_raise_limits();
	process_catch_bus_errors();
	keep_only(control, accept_fd);
	detach_from_terminal();
	process_backends(&opt);
	/* Without it a signal into a container has no si_pid, which is no reason to fail. */
	(void)signaller_start(&opt.signaller);
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
	ipc_ns_fd = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
	if (ipc_ns_fd < 0)
		give_up(control, errno, "cannot open /proc/self/ns/ipc");
	runs_init(&e.runs, &e.srv, ipc_ns_fd);
	e.runs.idle = finish;
	e.runs.killable = true;
	e.runs.ctx = &e;

	r = runs_add(&e.runs, control);
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
