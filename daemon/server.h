/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One namespace being served: its state (ipc/), the ways in (listeners, FUSE), and what is needed to
 * answer: who calls, signals, deadlines, holders of semaphore undo.
 *
 * One namespace, one lock. Each listener has a thread that waits in NOTIF_RECV itself, because
 * epoll in front of it costs a fourth of a whole call; the viewer serves FUSE; the loop's thread
 * serves all else. Whoever runs holds server.lock, so that everything else in daemon/, ipc/ and
 * fuse/ is written as if there were one thread. Given up is it only where one waits for others: for
 * a notification, for the opener, and while a task's memory is copied, which can take as long as
 * that task likes.
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include <linux/seccomp.h>
#include <pthread.h>

#include "daemon/culprits.h"
#include "daemon/loop.h"
#include "daemon/timers.h"
#include "fuse/session.h"
#include "ipc/namespace.h"
#include "seccomp/idmap.h"
#include "seccomp/signals.h"
#include "seccomp/task.h"

struct memories;
struct copiers;
struct foreign_shm;
struct mq_signal;
struct signaller;
struct opener;
struct pages;
struct viewer;
struct holders;

/** Stack of a thread that handles calls: the deepest path is mq_open's, with a name of PATH_MAX bytes. */
#define RECEIVER_STACK_SIZE (256u << 10)

/** struct server_listener - one seccomp listener; its number is in ipc_slot.listener. */
struct server_listener {
	struct server *srv;
	int fd; /* -1: the entry is free */
	uint32_t number;
	uint64_t run;	     /* which run it belongs to (the owner's number) */
	bool wants_views;    /* its tasks have no views yet: see server.first_exec */
	bool shim;	     /* its tasks may be given bodies, and its filter is made for that */
	unsigned filters;    /* that its tasks began with; of a shim's only */
	bool other_segments; /* its tasks began outside the backing one: foreign_shm.h */
	bool received;	     /* @first is there: received before the listener came here */
	struct seccomp_notif first;
	slot_idx waiting, waiting_last; /* received and not looked at: receiver_take_waiting() */
	pthread_t thread;
	unsigned copies_by_read; /* the receiver's own: see calls.c */
	bool gone;		 /* no task has the filter any more; the thread has ended */
	unsigned slots; /* calls of it that are not finished: its number must not be given again */
};

/** struct server_barred - a program that gets no bodies (daemon/calls_shim.c). tgid 0: nobody. */
struct server_barred {
	uint32_t tgid;
	uint64_t start_time, exec_id;
};

#define SERVER_BARRED 32u

struct server {
	struct turn_lock lock;
	struct loop loop;
	struct ipc_ns ns;
	struct ipcns_fuse *fuse;
	struct loop_source signals_source, sweep_source, kick_source;
	struct task_probe *probe;
	bool probe_shared;
	struct idmap *idmap;
	struct signals *signals;
	struct timers timers;
	struct memories *memories;
	struct copiers *copiers;
	struct foreign_shm *foreign; /* NULL: nobody is, or it cannot be served */
	struct pages *pages;	     /* segment_views.c's; malloc()ed */
	struct opener *opener;
	struct viewer *viewer;
	struct holders *holders;
	struct server_listener **listener;
	uint32_t nlisteners;	     /* entries, some free */
	struct signaller *signaller; /* the owner's; NULL: there is none */
	struct mq_signal *notifying; /* where mq_notify_deliver() leaves what it must not send */
	uint64_t backing_ipc_ns;     /* inode of the kernel IPC namespace that holds the segments */
	int backing_fd; /* the same, for threads to enter; -1: the whole process is in it */
	uint64_t own_pid_ns;
	uint64_t own_user_ns; /* the daemon's user namespace (inode) */
	uint64_t
		owner_user_ns; /* that owns the backing namespace, where it is not the daemon's; 0 */
	/** A listener has no tasks left and was closed. */
	void (*listener_gone)(void *ctx, uint64_t run);
	void *ctx;
	/** What `struct usage` tells has changed, perhaps; NULL: nobody wants to know. */
	void (*usage_changed)(void *ctx);
	/** A task has written a sysctl that is a limit, and perhaps changed it; NULL the same. */
	void (*limits_changed)(void *ctx);
	/**
	 * A task of @l, which wants views, is about to execute a program, for the first time there. Gives
	 * up the lock for as long as it takes to put the views in place. NULL: nobody does that. With
	 * changed_ctx.
	 */
	void (*first_exec)(void *ctx, struct server_listener *l, const struct seccomp_notif *n);
	void *changed_ctx;
	struct server_barred barred[SERVER_BARRED];
	unsigned next_barred;
	struct culprits *culprits; /* the owner's; NULL: nobody wants to know */
	uint64_t
		full_ms; /* when it was found last that the kernel has no room for segments; 0: never */
	uint64_t usage_told; /* a sum over what it was when it was told last; see server_drain() */
};

struct server_options {
	const char *name; /* of the namespace, for people; NULL: it has none */
	int state_dirfd;  /* directory on a tmpfs for the arenas; stays the caller's */
	enum task_backend task_backend;
	enum signals_backend signals_backend;
	struct signaller *signaller; /* stays the caller's; NULL: none */
	int backing_fd;		     /* server.backing_fd; stays the caller's */
	unsigned reserve_shift;	     /* ipc_env.reserve_shift */
	bool few_descriptors;	     /* ipc_env.few_descriptors: state_dirfd must stay */
	/* What many namespaces of a process share; the caller's. NULL: one of its own. */
	struct task_probe *probe;
	struct signals_share *signals;
};

/** server_init() - make an empty namespace and all that serves it. Return: 0 or negative errno;
 * *@what then names the step that failed, for the log. server_close() in any case. */
int server_init(struct server *srv, const struct server_options *opt, const char **what);
/** server_close() - Return: false when a thread is stuck in a copy; then all of @srv must stay. */
bool server_close(struct server *srv);

/** struct listener_options - fields of struct server_listener. */
struct listener_options {
	bool wants_views, other_segments, shim;
	unsigned filters;
	const struct seccomp_notif *first; /* NULL: none; copied */
};

/**
 * server_add_listener() - serve @fd for run @run (0: of none). @opt may be NULL.
 * Return: 0: @fd is the server's now; or negative errno: it stays the caller's.
 */
int server_add_listener(struct server *srv, int fd, uint64_t run,
			const struct listener_options *opt);
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
/** server_stop() - the loop ends soon, from any thread. */
void server_stop(struct server *srv);
/** server_usage_change() - what no sum over our own state shows: a listener came or went, or the kernel is
 * about to make or remove a segment of the namespace. */
void server_usage_change(struct server *srv);
/** server_kick() - have the loop drain what was completed, where a thread must not itself. */
void server_kick(struct server *srv);
/** server_close_fd() - close what may be anybody's file: it can be one that we serve. */
void server_close_fd(struct server *srv, int fd);
/**
 * server_drain() - answer the calls that others' changes completed, or have them answered. After
 * every change. Never copies.
 */
void server_drain(struct server *srv);
/** server_drain_own() - the same by @l's receiver, which may copy to tasks of its run. */
void server_drain_own(struct server *srv, const struct server_listener *l);
/** server_listener_fd() - of a slot, or -1 when it is closed. */
int server_listener_fd(const struct server *srv, const struct ipc_slot *s);
/** server_pid_in() - process @tgid as pid namespace @pid_ns (inode) shows it; 0: not there. */
int server_pid_in(struct server *srv, uint32_t tgid, uint64_t pid_ns);
/** server_show_perm() - an object's ids, in place, as the caller's user namespace shows them. */
void server_show_perm(struct server *srv, const struct task_ident *caller,
		      struct kern_ipc_perm *perm);
/** server_take_ids() - ids that the caller gave, in place. Return: 0, or -EINVAL if not mapped. */
int server_take_ids(struct server *srv, const struct task_ident *caller, uint32_t *uid,
		    uint32_t *gid);
/** server_weigh() - after task_identify(): capabilities of @who are those over this namespace. */
void server_weigh(const struct server *srv, struct task_ident *who);
/** server_note_user_ns() - remember the ids of the user namespace of @tid, for when that is gone. */
void server_note_user_ns(struct server *srv, pid_t tid, uint64_t user_ns);

#endif
