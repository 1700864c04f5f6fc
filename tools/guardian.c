/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guardian: parent of the command, reaper of all that it leaves, and its end should the front
 * or the daemon go away unexpectedly. It says what happens to the front and otherwise only waits,
 * and asks the daemon part now and then whether it still serves.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/run_proto.h"
#include "tools/run.h"
#include "tools/watchdog.h"

/* How long descendants may take to go after the command before the front stops waiting for them. */
#define GRACE_MS 200

struct guardian {
	const struct guardian_args *args;
	int sigfd;
	struct watchdog dog;
	int listener_sock; /* the command sends a copy of its listener here; -1: that is over */
	pid_t command;
	bool confined;    /* the command is: there is a listener */
	bool ended;       /* the command has */
	bool front_gone;  /* it has said goodbye: go on alone */
};

static void tell(struct guardian *g, int type, int value)
{
	struct guard_msg m = {.type = type, .value = value};

	(void)send(g->args->front, &m, sizeof(m), MSG_NOSIGNAL);
}

/*
 * A copy of the listener, kept until the guardian ends: when the daemon is killed, calls must wait
 * for the guardian's SIGKILL instead of seeing ENOSYS, which they get once no listener is open.
 * It comes from the command, unless that has failed before.
 */
static void keep_listener(struct guardian *g)
{
	struct run_msg m;
	int listener;

	g->confined = run_recv(g->listener_sock, &m, &listener, 1) > 0;
	close(g->listener_sock);
	g->listener_sock = -1;
}

static void command_ended(struct guardian *g, int status)
{
	g->ended = true;
	if (g->listener_sock >= 0)
		keep_listener(g);
	/* Ended by a signal before it was the command: there is nothing that the daemon releases. */
	if (!g->confined && WIFSIGNALED(status))
		tell(g, GUARD_FAILED_EARLY, 128 + WTERMSIG(status));
	tell(g, GUARD_STATUS, status);
}

/* Reap whatever has ended. Return: false when no child is left. */
static bool reap(struct guardian *g)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == g->command)
			command_ended(g, status);
	}
	return pid == 0;
}

static _Noreturn void end(struct guardian *g)
{
	tell(g, GUARD_DONE, 0);
	_exit(0);
}

static _Noreturn void end_tree(struct guardian *g)
{
	int status = SIGKILL;

	tree_kill(NULL, 0, g->command, &status, &g->dog);
	if (!g->ended)
		tell(g, GUARD_STATUS, status);
	end(g);
}

/* A byte from the front is its goodbye; end of file without it, its death. */
static void front_event(struct guardian *g)
{
	char byte;

	if (recv(g->args->front, &byte, 1, MSG_DONTWAIT) > 0)
		g->front_gone = true;
	else if (!g->front_gone)
		end_tree(g);
}

static void wait_for_events(struct guardian *g)
{
	bool lingering = false;

	for (;;) {
		struct pollfd fds[] = {
			{.fd = g->sigfd, .events = POLLIN},
			/* The daemon only closes its end by dying. */
			{.fd = g->args->control, .events = POLLRDHUP},
			{.fd = g->front_gone ? -1 : g->args->front, .events = POLLIN},
			{.fd = g->listener_sock, .events = POLLIN},
		};
		struct signalfd_siginfo si;
		int due = watchdog_due(&g->dog);
		bool grace = g->ended && !lingering && due > GRACE_MS;
		int n = poll(fds, 4, grace ? GRACE_MS : due);

		if (n < 0)
			continue;
		if (n == 0 && grace) {
			lingering = true;
			tell(g, GUARD_LINGER, 0);
			continue;
		}
		if (watchdog_tick(&g->dog) && tree_stuck())
			watchdog_bite(&g->dog);
		if (fds[3].revents)
			keep_listener(g);
		if (fds[0].revents & POLLIN) {
			(void)!read(g->sigfd, &si, sizeof(si));
			if (!reap(g))
				end(g);
		}
		/*
		 * Killed, or at its natural end: a task lets go of its filter early in its exit, so
		 * the daemon can be gone before the last child can be reaped. Killing what exits
		 * already changes nothing.
		 */
		if (fds[1].revents & (POLLRDHUP | POLLHUP | POLLERR))
			end_tree(g);
		if (fds[2].revents)
			front_event(g);
	}
}

/*
 * What is open here lives as long as the last descendant: the namespace's mount, and the pipes and
 * locks of whoever started the run. Only what the guardian works with is kept.
 */
static void let_go(const struct guardian *g)
{
	const int keep[] = {g->sigfd, g->args->front, g->args->control,
			    g->listener_sock, g->args->daemon_pidfd};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *d;

	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		(void)dup2(null, fd);
	while (dir && (d = readdir(dir))) {
		int fd = atoi(d->d_name);
		bool wanted = fd <= 2 || fd == dirfd(dir);

		for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
			wanted |= fd == keep[i];
		if (!wanted)
			close(fd);
	}
	if (dir)
		closedir(dir);
}

_Noreturn void guardian_main(const struct guardian_args *front_args)
{
	struct guardian_args args = *front_args;
	const struct guardian_args *a = &args;
	struct guardian g = {.args = a};
	int pair[2];
	sigset_t chld;

	(void)prctl(PR_SET_NAME, "ipcns-guardian");
	/* Out of the terminal's foreground group: its signals are for the command. */
	(void)setpgid(0, 0);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		_exit(EXIT_OWN_FAILURE);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	g.sigfd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	if (g.sigfd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		_exit(EXIT_OWN_FAILURE);
	args.listener = pair[1];
	g.command = fork();
	if (g.command == 0)
		confine_and_exec(a);
	close(pair[1]);
	if (g.command < 0) {
		say("cannot fork: %s", strerror(errno));
		_exit(EXIT_OWN_FAILURE);
	}
	g.listener_sock = pair[0];
	let_go(&g);
	watchdog_init(&g.dog, a->control, a->daemon_pidfd);
	/* Both sides do it: whoever comes first. */
	(void)setpgid(g.command, a->pgrp);
	tell(&g, GUARD_STARTED, g.command);

	/* All signals but these were blocked by the front; TERM and the like may end the guardian. */
	sigset_t mask = *a->mask;

	sigaddset(&mask, SIGCHLD);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	wait_for_events(&g);
	_exit(0);
}
