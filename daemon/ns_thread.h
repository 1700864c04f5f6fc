/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A namespace of the service: a struct server with a loop on a thread of its own, and what the
 * manager needs to know of it.
 *
 * The thread makes everything (the backing kernel namespace, of which it is a member from then on;
 * the state; FUSE), says so, runs the loop, and takes everything down. It tells the manager by bits
 * of @events and an eventfd that all namespaces share, so neither ever waits for the other. The
 * manager looks into a namespace with ns_lock(), which gives up after a while: a namespace whose
 * lock is not to be had is reported, and nobody else's business is held up by it.
 *
 * Life: STARTING → RUNNING → ENDING → ENDED, or STARTING → ENDED when it could not be made. An
 * ending namespace has no objects and can get none; it is served until its last task is gone,
 * because a task whose listener is closed would get ENOSYS where it should get EIDRM or EINVAL.
 */
#ifndef DAEMON_NS_THREAD_H
#define DAEMON_NS_THREAD_H

#include <stdatomic.h>

#include "daemon/kin.h"
#include "daemon/ns_name.h"
#include "daemon/objects.h"
#include "daemon/runs.h"
#include "daemon/settings.h"
#include "daemon/shared.h"

enum ns_state { NS_STARTING, NS_RUNNING, NS_ENDING, NS_ENDED };

/** Bits of ns_thread.events, set by the thread, taken by the manager. */
enum ns_event {
	NS_EVENT_STARTED = 1u << 0,
	NS_EVENT_ENDED = 1u << 1,	/* join it; @error tells whether it ever ran */
	NS_EVENT_USAGE = 1u << 2,	/* objects were made or removed */
	NS_EVENT_IDLE = 1u << 3,	/* @transient, and nobody is left in it */
	NS_EVENT_CULPRITS = 1u << 4,	/* @culprits have something for the log, or copies */
	NS_EVENT_LIMITS = 1u << 5,	/* a task has written a limit */
	NS_EVENT_TURNED_AWAY = 1u << 6, /* a command, for @turned_away */
};

struct ns_params {
	const char *name, *parent; /* parent: "" for none */
	uint64_t id;
	uint32_t level;
	int state_dirfd; /* where it makes a directory named by its id; the caller's */
	int notify_fd;	 /* eventfd; the caller's */
	const struct settings *settings;
	const struct shared *shared; /* the process's */
	int adopt_fd; /* a kernel IPC namespace to back it, the namespace's on success; -1: a new one */
	bool transient;
};

struct ns_thread {
	/* The manager's. */
	char name[NS_NAME_MAX + 1], parent[NS_NAME_MAX + 1];
	uint64_t id;
	uint32_t level;
	enum ns_state state;
	struct ns_thread *next;
	void *request;		     /* whom to tell when it has started */
	uint64_t stuck_until_ms;     /* CLOCK_MONOTONIC: not waited for before */
	bool transient;		     /* it ends with the last listener and run */
	bool maybe_idle;	     /* and may be about to: to be looked at again */
	struct kin kin;		     /* of the container whose id is its name; mostly none */
	struct settings seen_limits; /* when it was looked at last */
	struct usage seen_usage;
	/* Both sides'. */
	_Atomic unsigned events;
	_Atomic int turned_away; /* errno */
	struct culprits culprits;
	int notify_fd;
	pthread_t thread;
	/* Set by the thread before it says STARTED (or ENDED), constant after it. */
	int error; /* negative errno: it could not be made */
	const char *what;
	bool adopted; /* ipc_ns_fd is a container's: its segments are not ours to remove unasked */
	int ipc_ns_fd;
	int mqueue_fd; /* a clone of the mqueue view: cloning it once more asks nobody */
	/* The thread's; others with ns_lock(). */
	struct server srv;
	struct runs runs;
	struct settings settings;
	int parent_dirfd, state_dirfd;
	const struct shared *shared;
	bool ending;
	bool lossy_told; /* that a listener of it loses answers: once is enough */
	bool stuck;	 /* a thread could not be ended: nothing of it is freed */
};

/** ns_start() - begin to make it. Return: 0 with *@out (NS_STARTING), or negative errno. */
int ns_start(const struct ns_params *p, struct ns_thread **out);

/** ns_take_events() - @which of the bits that are set; they are cleared. */
unsigned ns_take_events(struct ns_thread *ns, unsigned which);

/** ns_lock() - the namespace's lock, within @ms milliseconds. Return: 0 or -ETIMEDOUT. */
int ns_lock(struct ns_thread *ns, unsigned ms);
void ns_unlock(struct ns_thread *ns);

/**
 * ns_end() - every parked call gets EIDRM, every object goes, none can be made any more; the thread
 * ends with the last task. With ns_lock(). Segments are the caller's to remove.
 */
void ns_end(struct ns_thread *ns);

/** ns_in_use() - has it a listener or a run? With ns_lock(). */
bool ns_in_use(const struct ns_thread *ns);

/** ns_first_exec() - server.first_exec: has the views put where the task of @n sees files, and says
 * in the log when its listener is one that loses answers. @ctx: the namespace. */
void ns_first_exec(void *ctx, struct server_listener *l, const struct seccomp_notif *n);

/** ns_join() - after NS_EVENT_ENDED: free it, unless threads of it are stuck for ever. */
void ns_join(struct ns_thread *ns);

#endif
