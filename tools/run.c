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
#include <unistd.h>

#include "daemon/run_proto.h"
#include "daemon/user_ns.h"
#include "tools/front.h"
#include "tools/patience.h"
#include "tools/watchdog.h"

/* How long the daemon part may take to end once it has said that it will. */
#define DAEMON_END_MS 5000
/* The same when nothing was ever asked of it. */
#define DAEMON_UNUSED_MS 1000
/* How long the guardian may take to notice that the command or the daemon part has ended. */
#define GUARDIAN_MS 2000

/* Signals that a user sends to the front and means for the command. */
static const int relayed[] = {SIGHUP,  SIGINT,	SIGQUIT, SIGTERM, SIGUSR1,
			      SIGUSR2, SIGALRM, SIGCONT, SIGWINCH};

static int start_guardian(struct front *f, const int fds[RUN_NFDS], char *const argv[],
			  const struct run_how *how, unsigned closed)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;

	struct guardian_args args = {
		.front = pair[1],
		.control = f->control,
		.daemon_pidfd = f->daemon_pidfd,
		.mount_fd = fds[RUN_FD_MOUNT],
		.ipc_ns_fd = fds[RUN_FD_IPC_NS],
		.injected = how->injected,
		.pgrp = getpgrp(),
		.closed = closed,
		.mask = &f->old_mask,
		.chld_ignored = f->chld_ignored,
		.argv = argv,
		.shim = how->shim,
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
		struct watchdog dog;

		f->before[f->nbefore] = f->daemon;
		watchdog_init(&dog, f->control, f->daemon_pidfd);
		tree_kill(f->before, f->nbefore + (f->daemon ? 1 : 0), f->command, &status, &dog);
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
		f->guardian_due = now_ms() + GUARDIAN_MS;
		/* Told before that it goes on, it has only closed the connection. */
		if (!f->released)
			f->daemon_ends = true;
		f->released = true;
		close(f->control);
		f->control = -1;
	}
}

/*
 * The guardian has said nothing of what it must have noticed: it was stopped. Without the daemon
 * part nothing of what it guards goes on, so then its children can as well be ours.
 */
static void wake_guardian(struct front *f)
{
	f->guardian_due = 0;
	(void)kill(f->guardian, f->control < 0 ? SIGKILL : SIGCONT);
}

static void serve(struct front *f)
{
	bool over = false, command_ended = false;

	while (!over) {
		struct pollfd fds[] = {
			/* What comes before there is a command waits for it. */
			{.fd = f->command_pidfd >= 0 ? f->sigfd : -1, .events = POLLIN},
			{.fd = f->guard, .events = POLLIN},
			{.fd = f->control, .events = POLLIN},
			{.fd = command_ended ? -1 : f->command_pidfd, .events = POLLIN},
		};
		int64_t left = f->guardian_due - now_ms();

		if (f->guardian_due && left <= 0)
			wake_guardian(f);
		if (poll(fds, 4, f->guardian_due ? (int)left : -1) < 0)
			continue;
		if (fds[0].revents)
			relay_signal(f);
		if (fds[3].revents) {
			command_ended = true;
			f->guardian_due = now_ms() + GUARDIAN_MS;
		}
		if (fds[2].revents)
			control_event(f);
		if (fds[1].revents)
			over = guardian_event(f);
	}
}

/*
 * Await the end of the daemon part that this run has started; kill it if it takes longer than @ms:
 * stuck in the memory of a task that is gone, say, it is not worth waiting for. Unless it is @over
 * with it for certain, that is none of our business while others use it.
 */
static void end_daemon(struct front *f, int ms, bool over)
{
	int pidfd = -1;

	if (f->daemon > 0 && (over || !others_use(f->name)))
		pidfd = (int)syscall(SYS_pidfd_open, f->daemon, 0);
	if (pidfd < 0)
		return;
	/* Who joins now is told to look for another namespace. */
	if (!poll_one(pidfd, ms) && (over || !others_use(f->name))) {
		(void)kill(f->daemon, SIGKILL);
		(void)poll_one(pidfd, DAEMON_UNUSED_MS);
	}
	(void)waitpid(f->daemon, NULL, WNOHANG);
	close(pidfd);
}

static void leave_daemon(struct front *f)
{
	if (f->control >= 0)
		close(f->control);
	f->control = -1;
}

/* All tasks have gone: wait until the daemon part has let go of them, and for its end if it ends. */
static void wait_for_daemon(struct front *f)
{
	const int64_t end = now_ms() + DAEMON_END_MS;
	int64_t left;

	while (!f->released && (left = end - now_ms()) > 0)
		if (poll_one(f->control, (int)left))
			control_event(f);
	leave_daemon(f);
	left = end - now_ms();
	if (f->daemon_ends || !f->released)
		end_daemon(f, left > 0 ? (int)left : 0, f->daemon_ends);
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

	/* Ignored, as a parent may have left it, there would be no zombies and so no status. */
	f->chld_ignored = signal(SIGCHLD, SIG_DFL) == SIG_IGN;
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
		/* What we would write to a standard output that is closed is not to get lost unnoticed. */
		const int how = fd == STDOUT_FILENO ? O_RDONLY : O_RDWR;

		/* The lowest free number is the one that is looked at. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", how) == fd)
			closed |= 1u << fd;
	}
	return closed;
}

int run_command(const char *name, int control, char *const argv[], const struct run_how *how,
		unsigned closed)
{
	struct front f = {
		.name = name,
		.control = -1,
		.guard = -1,
		.daemon_pidfd = -1,
		.command_pidfd = -1,
		.status = -1,
	};
	int fds[RUN_NFDS];

	f.rootless = user_ns_wanted();
	if (preflight(f.rootless) < 0)
		return EXIT_OWN_FAILURE;
	f.nbefore = tree_children(f.before, sizeof(f.before) / sizeof(f.before[0]) - 1);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || block_signals(&f) < 0) {
		say("cannot prepare: %s", strerror(errno));
		return EXIT_OWN_FAILURE;
	}
	if ((control >= 0 ? front_join(&f, control, fds) : front_attach(&f, name, fds)) < 0) {
		/* It has greeted nobody: whoever waits for it as well will make another. */
		leave_daemon(&f);
		end_daemon(&f, DAEMON_UNUSED_MS, true);
		return f.ended_by ? 128 + f.ended_by : EXIT_OWN_FAILURE;
	}
	int r = start_guardian(&f, fds, argv, how, closed);

	if (r < 0) {
		say("cannot fork: %s", strerror(-r));
		leave_daemon(&f);
		end_daemon(&f, DAEMON_UNUSED_MS, false);
		return EXIT_OWN_FAILURE;
	}
	serve(&f);
	if (f.failed_early) {
		/* Nothing was ever confined: it goes with our connection, unless others use it. */
		leave_daemon(&f);
		end_daemon(&f, DAEMON_UNUSED_MS, false);
	} else if (!f.released || f.daemon_ends) {
		wait_for_daemon(&f);
	}
	return exit_status(&f);
}
