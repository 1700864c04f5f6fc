/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `ipcnsctl run`: the processes of a run and how they end.
 *
 *   front     the process the user started: relays signals, exits with the command's status
 *   daemon    serves the namespace (daemon/embedded.h); made by the first run of a namespace
 *   guardian  parent of the command; a subreaper, so every descendant ends up with it
 *   command   the user's program
 *
 * Whoever is killed, the others clean up: the guardian ends the command's tree when the front or
 * the daemon is gone, the front (a subreaper itself) does when the guardian is, and the daemon goes
 * with its last task. A daemon that lives, but does not serve, is ended when tasks cannot end for
 * it (tools/watchdog.h).
 */
#ifndef TOOLS_RUN_H
#define TOOLS_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct watchdog;

/* Exit statuses of our own, as env(1) and nohup(1) have them. */
enum { EXIT_OWN_FAILURE = 125, EXIT_CANNOT_EXEC = 126, EXIT_NOT_FOUND = 127 };

/**
 * struct run_how - what is not usual about a run.
 * @injected: the command is not to be a member of the backing IPC namespace.
 * @shim: library that it is to preload (shim_path()), or NULL.
 */
struct run_how {
	bool injected;
	const char *shim;
};

/**
 * run_command() - the whole of `ipcnsctl run`.
 * @name: the embedded namespace to join or make, may be NULL. @control: a connection to a namespace
 * of the service instead (taken over), or -1. @closed: open_std_fds().
 * Return: exit status.
 */
int run_command(const char *name, int control, char *const argv[], const struct run_how *how,
		unsigned closed);

/**
 * shim_path() - the library of `--shim=@given`; with "" the one of this build, or the installed one.
 * Return: its path, the caller's to free; NULL after saying why not.
 */
char *shim_path(const char *given);

/**
 * open_std_fds() - let none of our own descriptors become 0, 1 or 2. Return: bit N set where N was
 * closed, which it must be again for the command. Writing to such a 1 fails with EBADF, as it would.
 */
unsigned open_std_fds(void);

/** Guardian (or the command before it is executed) to front. */
enum guard_msg_type {
	GUARD_STARTED = 1, /* value: the command's pid */
	GUARD_STATUS,      /* value: the command's wait status */
	GUARD_LINGER,      /* the command has ended, descendants of it have not */
	GUARD_DONE,        /* no descendant is left; the guardian ends */
	GUARD_FAILED,      /* value: exit status; the command cannot be executed (text was printed) */
	GUARD_FAILED_EARLY, /* the same, before the daemon part was given a listener */
};

struct guard_msg {
	int type;
	int value;
};

/** struct guardian_args - what the guardian needs; descriptors are its copies. */
struct guardian_args {
	int front;     /* SOCK_SEQPACKET to the front */
	int control;   /* to the daemon part */
	int daemon_pidfd; /* of it, or -1: it is not ours to end */
	int listener;  /* command: where to send a copy of its listener to; guardian: reads there */
	int mount_fd;  /* the namespace's detached FUSE mount */
	int ipc_ns_fd; /* the backing kernel IPC namespace */
	bool injected; /* the command gets another one, and its segments by injection */
	pid_t pgrp;    /* process group of the front, for the command */
	unsigned closed; /* bit N: descriptor N (0 to 2) was closed when we were started */
	const sigset_t *mask; /* the user's signal mask, for the command */
	bool chld_ignored; /* the user has SIGCHLD ignored: so will the command */
	char *const *argv;
	const char *shim; /* library to preload, or NULL */
};

/** guardian_main() - be the guardian; does not return. */
_Noreturn void guardian_main(const struct guardian_args *a);

/** confine_and_exec() - be the command: namespaces, views, filter, exec. Does not return. */
_Noreturn void confine_and_exec(const struct guardian_args *a);

/**
 * tree_kill() - SIGKILL all descendants of the caller, a subreaper, until none is left but the
 * children in @except (a list of @n pids), and reap them.
 * @command, @status: the wait status of that pid is stored there when it was among them; it need
 * not be SIGKILL, as who was exiting already keeps its own.
 * @dog: the caller's, of a daemon part that is ended when it is silent and someone cannot go.
 * SIGCHLD must be blocked.
 */
void tree_kill(const pid_t *except, size_t n, pid_t command, int *status, struct watchdog *dog);

/**
 * tree_stuck() - does a descendant of the caller wait in the kernel, where signals do not reach it,
 * although it is exiting or was asked to end? The tree is looked at as it changes, so a single true
 * means little of a busy one.
 */
bool tree_stuck(void);

/** tree_children() - pids of the caller's children. Return: how many, at most @max. */
size_t tree_children(pid_t *pids, size_t max);

/** say() - one line on stderr, "ipcnsctl: …", or the mount helper's name. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * preflight() - is what a run needs there? Prints one line that names what is missing and what to
 * do. With @rootless capabilities, and what only they can ask, are left to rootless_enter().
 * Return: 0, or -1 after printing.
 */
int preflight(bool rootless);

/** attach_is_taken() - do this user's runs have a namespace @name of their own, which the service does not
 * know? */
bool attach_is_taken(const char *name);

#endif
