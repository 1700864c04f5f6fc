/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All namespaces of the service, on the main thread's sd-event loop. The manager makes, finds and
 * ends them and looks into them; it knows nothing of D-Bus, which learns what happens by callbacks
 * (daemon/bus.c).
 *
 * The manager never waits for a namespace longer than MANAGER_PATIENCE_MS; after that the namespace
 * counts as stuck for a second, in which it is not waited for at all.
 */
#ifndef DAEMON_MANAGER_H
#define DAEMON_MANAGER_H

#include <systemd/sd-event.h>

#include "daemon/config.h"
#include "daemon/ns_thread.h"
#include "daemon/objects.h"

#define MANAGER_PATIENCE_MS 100u

struct manager_hooks {
	void *ctx;
	void (*started)(void *ctx, struct ns_thread *ns); /* NS_RUNNING from now on */
	/** It could not be made (ns->error, ns->what); freed after the call. */
	void (*failed)(void *ctx, struct ns_thread *ns);
	/** Nobody finds it any more after the call; its tasks may live on. */
	void (*removed)(void *ctx, struct ns_thread *ns);
	void (*usage_changed)(void *ctx, struct ns_thread *ns);
	void (*limits_changed)(void *ctx, struct ns_thread *ns);
};

/** struct ns_wish - what namespace to make. @parent: "" for none. @adopt_fd: see struct ns_params.
 * @transient: it ends with its last listener or run. */
struct ns_wish {
	const char *name, *parent;
	const struct settings *settings;
	int adopt_fd;
	bool transient;
};

/** enum manager_hook - who is told. */
enum manager_hook { MANAGER_BUS, MANAGER_OCI, MANAGER_HOOKS };

struct manager {
	sd_event *event;
	sd_event_source *source, *usage_timer, *copies_timer;
	struct config config;
	struct shared shared;
	struct manager_hooks hooks[MANAGER_HOOKS]; /* by enum manager_hook; members may be NULL */
	struct ns_thread *list;
	unsigned count; /* in the list */
	uint64_t next_id;
	uint64_t quiet_until_ms; /* of commands that are turned away */
	int notify_fd, state_dirfd, lock_fd, home;
	uint64_t own_ipc_ns, host_ipc_ns; /* inodes: the service's, and that of process 1 */
	int mounted;
};

/** manager_open() - take the runtime directory. @signaller, @mounter: stay the caller's, may be NULL.
 * Return: 0 or negative errno, *@what says at what. */
int manager_open(struct manager *m, sd_event *event, const struct config *config,
		 struct signaller *signaller, struct mounter *mounter, const char **what);

/** manager_close() - end all namespaces; those with tasks are left to the end of the process. */
void manager_close(struct manager *m);

/** manager_tell_status() - how many namespaces there are, to systemd. */
void manager_tell_status(const struct manager *m);

/** manager_find() - a running one by name, or NULL. */
struct ns_thread *manager_find(struct manager *m, const char *name);
/** manager_find_begun() - the same, or one that is about to run. */
struct ns_thread *manager_find_begun(struct manager *m, const char *name);
/** manager_find_backed() - a running one, or one about to, that is backed by the kernel IPC namespace
 * with this inode number; or NULL. */
struct ns_thread *manager_find_backed(struct manager *m, uint64_t ipc_ns);
/** manager_next() - the running one after @ns (NULL: the first), or NULL. Order of creation. */
struct ns_thread *manager_next(struct manager *m, struct ns_thread *ns);

/**
 * manager_create() - begin to make one; hooks.started or .failed tell how it went.
 * Return: 0 with *@out; -EINVAL: not a name; -EEXIST; -ENOENT: no such parent; -EUSERS: as many as
 * the configuration allows; others of ns_start().
 */
int manager_create(struct manager *m, const struct ns_wish *wish, struct ns_thread **out);

/** manager_destroy() - Return: 0; -EBUSY: children; -ETIMEDOUT: it does not answer. */
int manager_destroy(struct manager *m, struct ns_thread *ns);

/** manager_end_idle() - end @ns if it is a transient one and nobody is in it. */
void manager_end_idle(struct manager *m, struct ns_thread *ns);

/** manager_set() - change limits and quotas. Return: 0; -ETIMEDOUT; other negative errno. */
int manager_set(struct manager *m, struct ns_thread *ns, const struct settings *s);

/** manager_look() - limits and use, or either NULL; what was seen last where it does not answer.
 * Return: 0 or -ETIMEDOUT (the outputs are filled all the same). */
int manager_look(struct manager *m, struct ns_thread *ns, struct settings *limits,
		 struct usage *usage);

/** manager_walk() - objects of family @f, or of all (-1). Return: 0; -ETIMEDOUT; @visit's. */
int manager_walk(struct manager *m, struct ns_thread *ns, int f, object_visitor visit, void *ctx);

/** manager_remove() - one object. Return: 0; -ENOENT; -ETIMEDOUT. */
int manager_remove(struct manager *m, struct ns_thread *ns, enum family f, const char *id);

/** manager_turned_away() - say in the log that a command did not get into @ns for the errno @err; one line in ten
 * seconds is enough for all. */
void manager_turned_away(struct manager *m, const struct ns_thread *ns, int err);

/** manager_add_run(), manager_add_listener() - @fd is taken over on success only. 0; -ETIMEDOUT… */
int manager_add_run(struct manager *m, struct ns_thread *ns, int fd);
int manager_add_listener(struct manager *m, struct ns_thread *ns, int fd,
			 const struct listener_options *opt);

#endif
