/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One namespace being served: its state (ipc/), the ways in (listeners, FUSE), and what is needed to
 * answer: who calls, signals, deadlines, holders of semaphore undo.
 *
 * One namespace, one lock. Each listener has a thread that waits in NOTIF_RECV itself, because
 * epoll in front of it costs a fourth of a whole call; the loop's thread serves all else. Whoever
 * runs holds server.lock, so that everything else in daemon/, ipc/ and fuse/ is written as if there
 * were one thread. Only waiting is done without the lock.
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include <pthread.h>

#include "daemon/loop.h"
#include "daemon/timers.h"
#include "fuse/session.h"
#include "ipc/namespace.h"
#include "seccomp/idmap.h"
#include "seccomp/signals.h"
#include "seccomp/task.h"

struct opener;
struct holders;

/** struct server_listener - one seccomp listener; its number is in ipc_slot.listener. */
struct server_listener {
	struct server *srv;
	int fd; /* -1: the entry is free */
	uint32_t number;
	uint64_t run; /* which run it belongs to (the owner's number) */
	pthread_t thread;
	bool gone; /* no task has the filter any more; the thread has ended */
	uint64_t waiting_since; /* CLOCK_BOOTTIME ns before the last NOTIF_RECV */
};

struct server {
	pthread_mutex_t lock;
	struct loop loop;
	struct ipc_ns ns;
	struct ipcns_fuse *fuse;
	struct loop_source fuse_source, signals_source, sweep_source, gone_source;
	struct task_probe *probe;
	struct idmap *idmap;
	struct signals *signals;
	struct timers timers;
	struct opener *opener;
	struct holders *holders;
	struct server_listener **listener;
	uint32_t nlisteners; /* entries, some free */
	uint64_t backing_ipc_ns; /* inode of the kernel IPC namespace that holds the segments */
	uint64_t own_pid_ns;
	struct task_ident ident; /* of the call being handled */
	/** A listener has no tasks left and was closed. */
	void (*listener_gone)(void *ctx, uint64_t run);
	void *ctx;
};

struct server_options {
	int state_dirfd; /* directory on a tmpfs for the arenas; stays the caller's */
	enum task_backend task_backend;
	enum signals_backend signals_backend;
};

/** server_init() - make an empty namespace and all that serves it. Return: 0 or negative errno;
 * *@what then names the step that failed, for the log. server_close() in any case. */
int server_init(struct server *srv, const struct server_options *opt, const char **what);
void server_close(struct server *srv);

/**
 * server_add_listener() - serve @fd (taken over, also on error) for run @run.
 * Return: 0 or negative errno.
 */
int server_add_listener(struct server *srv, int fd, uint64_t run);
/** server_listeners() - how many are open for @run. */
unsigned server_listeners(const struct server *srv, uint64_t run);

/* Between the parts of the server. */

/**
 * server_serve_fuse() - do what is waiting in the FUSE file system now. Before a call whose outcome
 * depends on what the caller did to files before: a RELEASE is asynchronous, but it is in the queue
 * when close(2) returns.
 */
void server_serve_fuse(struct server *srv);
/** server_listener_gone() - @l's thread is at its end: have the loop take the entry down. */
void server_listener_gone(struct server_listener *l);
/** server_drain() - answer the calls that others' changes completed. After every change. */
void server_drain(struct server *srv);
/** server_listener_fd() - of a slot, or -1 when it is closed. */
int server_listener_fd(const struct server *srv, const struct ipc_slot *s);
/** server_pid_for() - process @tgid as the caller (srv->ident) sees it; 0 when it does not. */
int server_pid_for(struct server *srv, uint32_t tgid);
/** server_pid_in() - the same for pid namespace @pid_ns (inode). */
int server_pid_in(struct server *srv, uint32_t tgid, uint64_t pid_ns);
/** server_show_perm() - an object's ids, in place, as the caller's user namespace shows them. */
void server_show_perm(struct server *srv, struct kern_ipc_perm *perm);
/** server_take_ids() - ids that the caller gave, in place. Return: 0, or -EINVAL if not mapped. */
int server_take_ids(struct server *srv, uint32_t *uid, uint32_t *gid);

#endif
