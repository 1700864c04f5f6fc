/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The front process of a run: make the guardian, relay signals, and
 * end when everything of the run has, with the command's status.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/run_proto.h"
#include "tools/front.h"

/* How long the daemon part may take to end once it has said that it will. */
#define DAEMON_END_MS 5000

/* Signals that a user sends to the front and means for the command. */
static const int relayed[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
			      SIGUSR2, SIGALRM, SIGCONT, SIGWINCH};

static int start_guardian(struct front *f, const int fds[RUN_NFDS], char *const argv[],
			  unsigned closed)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;

	struct guardian_args args = {
		.front = pair[1],
		.control = f->control,
		.mount_fd = fds[RUN_FD_MOUNT],
		.ipc_ns_fd = fds[RUN_FD_IPC_NS],
		.pgrp = getpgrp(),
		.closed = closed,
		.mask = &f->old_mask,
		.argv = argv,
	};

	f->guardian = fork();
	if (f->guardian < 0)
		return -errno;
	if (f->guardian == 0) {
		close(pair[0]);
		close(f->sigfd);
		guardian_main(&args);
	}
	close(pair[1]);
	close(fds[RUN_FD_MOUNT]);
	close(fds[RUN_FD_IPC_NS]);
	f->guard = pair[0];
	return 0;
}

static void relay_signal(struct front *f)
{
	struct signalfd_siginfo si;

	if (read(f->sigfd, &si, sizeof(si)) != sizeof(si))
		return;
	if (si.ssi_signo == SIGCHLD)
		return;
	/* What the terminal sends goes to the whole foreground group, the command included. */
	if (si.ssi_code == SI_KERNEL)
		return;
	if (f->command_pidfd >= 0)
		(void)syscall(SYS_pidfd_send_signal, f->command_pidfd, (int)si.ssi_signo, NULL, 0);
}

/* A message of the guardian. Return: true when the run is over. */
static bool guardian_event(struct front *f)
{
	struct guard_msg m;
	ssize_t n = recv(f->guard, &m, sizeof(m), 0);

	if (n <= 0) {
		/* It was killed. Its children are ours now. */
		int status = SIGKILL;

		f->before[f->nbefore] = f->daemon;
		tree_kill(f->before, f->nbefore + (f->daemon ? 1 : 0), f->command, &status);
		if (f->status < 0)
			f->status = status;
		return true;
	}
	if (n != sizeof(m))
		return false;
	switch (m.type) {
	case GUARD_STARTED:
		f->command = m.value;
		f->command_pidfd = (int)syscall(SYS_pidfd_open, m.value, 0);
		break;
	case GUARD_STATUS:
		f->status = m.value;
		break;
	case GUARD_FAILED_EARLY:
		f->failed_early = true;
		f->failed = m.value;
		break;
	case GUARD_FAILED:
		f->failed = m.value;
		break;
	case GUARD_LINGER:
		(void)send(f->guard, "", 1, MSG_NOSIGNAL);
		f->released = true; /* what goes on has its guardian; the front need not wait */
		return true;
	case GUARD_DONE:
		(void)waitpid(f->guardian, NULL, 0);
		return true;
	}
	return false;
}

static void control_event(struct front *f)
{
	struct run_msg m;
	int n = run_recv(f->control, &m, NULL, 0);

	if (n > 0 && m.type == RUN_RELEASED) {
		f->released = true;
		f->daemon_ends = m.value != 0;
	} else if (n <= 0) {
		/* The daemon part died: the guardian ends the command. */
		if (!f->released && f->status < 0)
			say("the daemon part of the namespace has died; ending the command");
		/* Told before that it goes on, it has only closed the connection. */
		if (!f->released)
			f->daemon_ends = true;
		f->released = true;
		close(f->control);
		f->control = -1;
	}
}

static void serve(struct front *f)
{
	bool over = false;

	while (!over) {
		struct pollfd fds[] = {
			/* What comes before there is a command waits for it. */
			{.fd = f->command_pidfd >= 0 ? f->sigfd : -1, .events = POLLIN},
			{.fd = f->guard, .events = POLLIN},
			{.fd = f->control, .events = POLLIN},
		};

		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[0].revents)
			relay_signal(f);
		if (fds[2].revents)
			control_event(f);
		if (fds[1].revents)
			over = guardian_event(f);
	}
}

static long ms_until(const struct timespec *end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	long ms = (end->tv_sec - now.tv_sec) * 1000 + (end->tv_nsec - now.tv_nsec) / 1000000;

	return ms > 0 ? ms : 0;
}

/* Nothing was ever confined: the daemon goes with our connection, unless others use it. */
static void leave_daemon(struct front *f)
{
	struct pollfd p = {.fd = f->daemon_pidfd, .events = POLLIN};

	if (f->control >= 0)
		close(f->control);
	if (f->daemon && poll(&p, 1, 1000) > 0)
		(void)waitpid(f->daemon, NULL, 0);
}

/* All tasks have gone: wait until the daemon part has let go of them, and for its end if it ends. */
static void wait_for_daemon(struct front *f)
{
	struct timespec end;
	bool ended = false;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += DAEMON_END_MS / 1000;
	while (!f->released && ms_until(&end) > 0) {
		struct pollfd p = {.fd = f->control, .events = POLLIN};

		if (poll(&p, 1, (int)ms_until(&end)) > 0)
			control_event(f);
	}
	if (f->control >= 0)
		close(f->control);
	if (f->released && !f->daemon_ends)
		return;
	if (f->daemon_pidfd >= 0) {
		struct pollfd p = {.fd = f->daemon_pidfd, .events = POLLIN};

		ended = poll(&p, 1, (int)ms_until(&end)) > 0;
	}
	/* Stuck in the memory of a task that is gone, say: nothing of it is worth waiting for. */
	if (!ended && f->daemon)
		(void)kill(f->daemon, SIGKILL);
	if (f->daemon)
		(void)waitpid(f->daemon, NULL, 0);
}

static int exit_status(const struct front *f)
{
	if (f->failed)
		return f->failed;
	if (WIFSIGNALED(f->status))
		return 128 + WTERMSIG(f->status);
	return WEXITSTATUS(f->status);
}

static int block_signals(struct front *f)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof(relayed) / sizeof(relayed[0]); i++)
		sigaddset(&set, relayed[i]);
	(void)sigprocmask(SIG_BLOCK, &set, &f->old_mask);
	f->sigfd = signalfd(-1, &set, SFD_CLOEXEC);
	return f->sigfd < 0 ? -errno : 0;
}

unsigned open_std_fds(void)
{
	unsigned closed = 0;

	for (int fd = 0; fd <= 2; fd++) {
		/* The lowest free number is the one that is looked at. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) == fd)
			closed |= 1u << fd;
	}
	return closed;
}

int run_command(const char *name, int control, char *const argv[], unsigned closed)
{
	struct front f = {
		.control = -1,
		.guard = -1,
		.daemon_pidfd = -1,
		.command_pidfd = -1,
		.status = -1,
	};
	int fds[RUN_NFDS];

	if (preflight() < 0)
		return EXIT_OWN_FAILURE;
	f.nbefore = tree_children(f.before, sizeof(f.before) / sizeof(f.before[0]) - 1);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || block_signals(&f) < 0) {
		say("cannot prepare: %s", strerror(errno));
		return EXIT_OWN_FAILURE;
	}
	if ((control >= 0 ? front_join(&f, control, fds) : front_attach(&f, name, fds)) < 0) {
		if (f.daemon > 0) {
			close(f.control);
			(void)waitpid(f.daemon, NULL, 0);
		}
		return EXIT_OWN_FAILURE;
	}
	int r = start_guardian(&f, fds, argv, closed);

	if (r < 0) {
		say("cannot fork: %s", strerror(-r));
		close(f.control);
		if (f.daemon > 0)
			(void)waitpid(f.daemon, NULL, 0);
		return EXIT_OWN_FAILURE;
	}
	serve(&f);
	if (f.failed_early)
		leave_daemon(&f);
	else if (!(f.released && !f.daemon_ends))
		wait_for_daemon(&f);
	return exit_status(&f);
}
