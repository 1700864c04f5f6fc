/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making, running and taking down, all on the namespace's own thread. */
#include "daemon/ns_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/backing.h"
#include "daemon/log.h"
#include "daemon/objects.h"
#include "daemon/process.h"
#include "daemon/state.h"
#include "fuse/mount.h"
#include "ipc/config.h"

/* 20 GiB of address space each: what x86-64 has is enough for six thousand. */
#define RESERVE_SHIFT 3

static void tell(struct ns_thread *ns, unsigned event)
{
	/* Told already and not yet taken: the manager will look anyway. */
	if (!(atomic_fetch_or(&ns->events, event) & event))
		(void)!write(ns->notify_fd, &(uint64_t){1}, sizeof(uint64_t));
}

unsigned ns_take_events(struct ns_thread *ns, unsigned which)
{
	return atomic_fetch_and(&ns->events, ~which) & which;
}

int ns_lock(struct ns_thread *ns, unsigned ms)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ms / 1000;
	end.tv_nsec += ms % 1000 * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	return turn_lock_until(&ns->srv.lock, &end);
}

void ns_unlock(struct ns_thread *ns)
{
	turn_unlock(&ns->srv.lock);
}

static void on_usage_changed(void *ctx)
{
	tell(ctx, NS_EVENT_USAGE);
}

static void on_limits_changed(void *ctx)
{
	tell(ctx, NS_EVENT_LIMITS);
}

static void on_culprits(void *ctx)
{
	tell(ctx, NS_EVENT_CULPRITS);
}

static void on_turned_away(void *ctx, int err)
{
	struct ns_thread *ns = ctx;

	atomic_store(&ns->turned_away, err);
	tell(ns, NS_EVENT_TURNED_AWAY);
}

static void on_idle(void *ctx)
{
	struct ns_thread *ns = ctx;

	if (!ns->ending) {
		if (ns->transient)
			tell(ns, NS_EVENT_IDLE);
		return;
	}
	runs_release_all(&ns->runs, false);
	server_stop(&ns->srv);
}

bool ns_in_use(const struct ns_thread *ns)
{
	return runs_listeners(&ns->runs) > 0 || ns->runs.list;
}

void ns_end(struct ns_thread *ns)
{
	ns->ending = true;
	ipc_quota_end(&ns->srv.ns);
	culprits_destroyed(&ns->culprits);
	objects_remove_all(&ns->srv);
	if (!ns_in_use(ns))
		server_stop(&ns->srv);
}

static int fail(struct ns_thread *ns, int error, const char *what)
{
	ns->what = what;
	return error;
}

static int take_backing(struct ns_thread *ns)
{
	struct stat st = {0};

	if (!ns->adopted) {
		ns->ipc_ns_fd = backing_make(&ns->srv.backing_ipc_ns);
		return ns->ipc_ns_fd < 0
			       ? fail(ns, ns->ipc_ns_fd, "cannot make a kernel IPC namespace")
			       : 0;
	}
	int r = fstat(ns->ipc_ns_fd, &st) < 0 ? -errno : backing_enter(ns->ipc_ns_fd);

	if (r == 0)
		r = backing_owner(ns->ipc_ns_fd, &ns->srv.owner_user_ns);
	ns->srv.backing_ipc_ns = st.st_ino;
	return r < 0 ? fail(ns, r, "cannot enter the container's kernel IPC namespace") : 0;
}

/*
 * In a container's user namespace these limits are root's of that one to set, who is not us. Where a
 * namespace is made for a container that is no reason to have none.
 */
static int limit_backing(struct ns_thread *ns)
{
	int r = settings_apply_backing(&ns->settings);

	if (r == 0 || !ns->adopted)
		return r < 0 ? fail(ns, r, "cannot set the limits of shared memory") : 0;
	log_say(LOG_WARNING, &(struct log_about){.ns = ns->name},
		"the limits shmmax, shmall, shmmni and shm_rmid_forced cannot be set in the "
		"container's kernel namespace: %s; quotas hold all the same",
		strerror(-r));
	return 0;
}

static int make(struct ns_thread *ns)
{
	struct server_options opt;
	char name[24];
	int r = take_backing(ns);

	if (r < 0)
		return r;

	/* server_init() clears it. */
	const uint64_t inode = ns->srv.backing_ipc_ns, owner = ns->srv.owner_user_ns;

	snprintf(name, sizeof(name), "%llu", (unsigned long long)ns->id);
	ns->state_dirfd = state_directory(ns->parent_dirfd, name);
	if (ns->state_dirfd < 0)
		return fail(ns, ns->state_dirfd, "cannot make its directory");
	shared_fill(ns->shared, &opt);
	opt.name = ns->name;
	opt.state_dirfd = ns->state_dirfd;
	opt.backing_fd = ns->ipc_ns_fd;
	opt.reserve_shift = RESERVE_SHIFT;
	opt.few_descriptors = true;
	r = server_init(&ns->srv, &opt, &ns->what);
	if (r < 0)
		return r;
	ns->srv.backing_ipc_ns = inode;
	ns->srv.owner_user_ns = owner;
	ns->srv.usage_changed = on_usage_changed;
	ns->srv.limits_changed = on_limits_changed;
	ns->srv.first_exec = ns_first_exec;
	ns->srv.changed_ctx = ns;
	ns->srv.culprits = &ns->culprits;
	runs_init(&ns->runs, &ns->srv, ns->ipc_ns_fd);
	ns->runs.adopted = ns->adopted;
	ns->runs.idle = on_idle;
	ns->runs.turned_away = on_turned_away;
	ns->runs.ctx = ns;
	/* The viewer answers this walk; nobody holds the lock. */
	if (IPCNS_WITH_MQUEUE) {
		ns->mqueue_fd = ipcns_mount_clone(ipcns_fuse_mount_fd(ns->srv.fuse), "mqueue");
		if (ns->mqueue_fd < 0)
			return fail(ns, ns->mqueue_fd, "cannot clone the mqueue view");
	}
	settings_apply(&ns->srv.ns, &ns->settings);
	return limit_backing(ns);
}

static void unmake(struct ns_thread *ns)
{
	char name[24];

	runs_close(&ns->runs);
	/* Zeroed or half made: server_close() takes both. */
	if (ns->state_dirfd >= 0)
		ns->stuck = !server_close(&ns->srv);
	if (ns->mqueue_fd >= 0)
		close(ns->mqueue_fd);
	if (ns->ipc_ns_fd >= 0)
		close(ns->ipc_ns_fd);
	if (ns->state_dirfd >= 0) {
		snprintf(name, sizeof(name), "%llu", (unsigned long long)ns->id);
		state_remove(ns->parent_dirfd, name, ns->state_dirfd);
	}
}

static void *ns_main(void *arg)
{
	struct ns_thread *ns = arg;

	(void)prctl(PR_SET_NAME, "ipcnsd-loop");
	ns->error = make(ns);
	if (ns->error == 0) {
		tell(ns, NS_EVENT_STARTED);
		ns->error = loop_run(&ns->srv.loop);
	}
	unmake(ns);
	tell(ns, NS_EVENT_ENDED);
	return NULL;
}

int ns_start(const struct ns_params *p, struct ns_thread **out)
{
	struct ns_thread *ns = calloc(1, sizeof(*ns));
	sigset_t old;
	int r;

	if (!ns)
		return -ENOMEM;
	snprintf(ns->name, sizeof(ns->name), "%s", p->name);
	snprintf(ns->parent, sizeof(ns->parent), "%s", p->parent);
	ns->id = p->id;
	ns->level = p->level;
	ns->settings = *p->settings;
	ns->seen_limits = *p->settings; /* but for what is looked at, a new namespace's zeroes */
	ns->shared = p->shared;
	ns->parent_dirfd = p->state_dirfd;
	ns->notify_fd = p->notify_fd;
	ns->transient = p->transient;
	ns->kin = KIN_NONE;
	ns->adopted = p->adopt_fd >= 0;
	ns->ipc_ns_fd = p->adopt_fd;
	ns->mqueue_fd = ns->state_dirfd = -1;
	culprits_init(&ns->culprits, on_culprits, ns);
	/* Signals of the process are the manager's. */
	process_block_signals(&old);
	r = -pthread_create(&ns->thread, NULL, ns_main, ns);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0) {
		free(ns);
		return r;
	}
	*out = ns;
	return 0;
}

void ns_join(struct ns_thread *ns)
{
	pthread_join(ns->thread, NULL);
	kin_close(&ns->kin);
	if (!ns->stuck)
		free(ns);
}
