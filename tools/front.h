/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The front process's state, shared by run.c and attach.c. For nobody else. */
#ifndef TOOLS_FRONT_H
#define TOOLS_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/run_proto.h"
#include "tools/run.h"

struct front {
	int control;     /* to the daemon part */
	int guard;       /* to the guardian */
	int sigfd;
	int daemon_pidfd;
	pid_t daemon;    /* 0: another run made it */
	pid_t guardian;
	pid_t command;
	int command_pidfd;
	int status;      /* wait status of the command, -1: not known yet */
	int failed;      /* exit status when the command was never executed */
	bool failed_early; /* the daemon was not given a listener: there is nothing to release */
	bool released;   /* the daemon has no task of this run any more */
	bool daemon_ends;
	int ended_by;    /* a signal that came before there was a guardian, or 0 */
	const char *name; /* of the namespace, or NULL */
	bool rootless;    /* a user namespace is to be entered, or was */
	int64_t guardian_due; /* by when the guardian must have said something, now_ms(); 0: no matter */
	sigset_t old_mask;
	bool chld_ignored; /* SIGCHLD was, when we were started */
	pid_t before[256]; /* children that were there before us */
	size_t nbefore;
};

/**
 * front_attach() - find the running namespace @name or make one (always one's own for NULL).
 * Fills f->control, ->daemon, ->daemon_pidfd. @fds are then the caller's.
 * Return: 0, or -1 after saying why.
 */
int front_attach(struct front *f, const char *name, int fds[RUN_NFDS]);

/** front_join() - the same over the connection @control that the service gave; taken over. */
int front_join(struct front *f, int control, int fds[RUN_NFDS]);
/**
 * others_use() - is anybody connected to the daemon part of the namespace @name but who made it?
 * By the kernel's list of sockets, so without its help. Return: false for NULL, too.
 */
bool others_use(const char *name);

#endif
