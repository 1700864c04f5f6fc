/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Assembling a server, and the callbacks by which ipc/ reaches it: aliveness, parking, mqueue
 * events. A parked call is watched in three ways: its deadline (timers), signals for its thread
 * (signals), and once a second whether its task still exists at all, which nobody tells a
 * supervisor.
 */
#include "daemon/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "daemon/backing.h"
#include "daemon/calls.h"
#include "daemon/copiers.h"
#include "daemon/foreign_shm.h"
#include "daemon/holders.h"
#include "daemon/identities.h"
#include "daemon/memories.h"
#include "daemon/mq_notify.h"
#include "daemon/opener.h"
#include "daemon/receiver.h"
#include "daemon/segment_views.h"
#include "daemon/viewer.h"
#include "ipc/config.h"
#include "ipc/mqueue.h"
#include "ipc/msg_private.h"
#include "ipc/sem_private.h"
#include "seccomp/listener.h"

/* Kernel restart codes, translated on the way out when a signal is pending; facts of asm/errno. */
#define ERESTARTSYS 512
#define ERESTARTNOHAND 514

int server_listener_fd(const struct server *srv, const struct ipc_slot *s)
{
	if (s->listener >= srv->nlisteners)
		return -1;
	return srv->listener[s->listener]->fd;
}

static uint32_t parked_count(const struct server *srv)
{
	return ((struct slots_root *)arena_root(&srv->ns.calls))->parked;
}

/* Other objects in the place of as many of the same size are not seen; their number and size are the same. */
static void watch_usage(struct server *srv)
{
	if (!srv->usage_changed)
		return;
	uint64_t now = ipc_bytes_used(&srv->ns);

	if (IPCNS_WITH_MSG)
		now = now * 31 + msg_ids(&srv->ns)->in_use;
	if (IPCNS_WITH_SEM)
		now = now * 31 + sem_root_of(&srv->ns)->ids.in_use;
	if (IPCNS_WITH_MQUEUE)
		now = now * 31 + mqueue_count(&srv->ns);
	now = now * 31 + parked_count(srv);
	if (now == srv->usage_told)
		return;
	srv->usage_told = now;
	srv->usage_changed(srv->changed_ctx);
}

static void env_limits_changed(void *ctx)
{
	struct server *srv = ctx;

	if (srv->limits_changed)
		srv->limits_changed(srv->changed_ctx);
}

void server_usage_change(struct server *srv)
{
	srv->usage_told = UINT64_MAX;
	if (srv->usage_changed)
		srv->usage_changed(srv->changed_ctx);
}

/* @own: the run whose tasks this thread may copy to; 0: none. Runs are counted from 1. */
static void drain(struct server *srv, uint64_t own)
{
	struct ipc_slot *s;

	if (IPCNS_WITH_SHIM)
		sem_shares_thaw(&srv->ns);
	while ((s = ipc_next_completed(&srv->ns))) {
		if (!reply_copies(s) || (own && srv->listener[s->listener]->run == own)) {
			reply_send(srv, s);
		} else if (copiers_add(srv->copiers, s) < 0) {
			/* Nobody can wait for this caller, so it must not be waited for. */
			s->result = -ENOMEM;
			reply_send(srv, s);
		}
	}
	watch_usage(srv);
}

void server_drain(struct server *srv)
{
	drain(srv, 0);
}

void server_drain_own(struct server *srv, const struct server_listener *l)
{
	drain(srv, l->run);
}

static bool env_alive(void *ctx, const struct ipc_slot *s)
{
	struct server *srv = ctx;
	int fd = server_listener_fd(srv, s);

	return fd >= 0 && listener_valid(fd, slot_notif(s)->id);
}

/*
 * By BPF the end of a task is an event, and the threads are looked at every second or so anyway; the
 * sweep is for those only that could not be watched.
 */
static void arm_sweep(struct server *srv, bool on)
{
	const time_t every = signals_backend(srv->signals) == SIGNALS_BPF ? 15 : 1;
	struct itimerspec its = {.it_interval.tv_sec = on ? every : 0,
				 .it_value.tv_sec = on ? every : 0};

	(void)timerfd_settime(srv->sweep_source.fd, 0, &its, NULL);
}

/* What there is no memory for now, the sweep tries again. */
static void watch(struct server *srv, struct ipc_slot *s)
{
	if (!s->heap)
		(void)timers_add(&srv->timers, s);
	if (!s->watched)
		s->watched = signals_watch(srv->signals, (pid_t)s->cred.tgid,
					   (pid_t)slot_notif(s)->pid, s->self) == 0;
}

static void env_parked(void *ctx, struct ipc_slot *s)
{
	struct server *srv = ctx;

	if (parked_count(srv) == 1)
		arm_sweep(srv, true);
	s->watched = 0;
	watch(srv, s);
}

static void env_unparked(void *ctx, struct ipc_slot *s)
{
	struct server *srv = ctx;

	timers_remove(&srv->timers, s);
	signals_unwatch(srv->signals, (pid_t)slot_notif(s)->pid, s->self);
}

static void on_expired(void *ctx, struct ipc_slot *s)
{
	struct server *srv = ctx;

	reply_parked(srv, s, s->op == SLOT_SEMOP ? -EAGAIN : -ETIMEDOUT);
	server_drain(srv);
}

/*
 * By polling, which of several threads the kernel has picked for a process's signal is a guess, and
 * a restart code for one that was not picked would reach the program as errno 514. EINTR is the
 * worst that a wrong guess may cost.
 */
static bool guessed(const struct server *srv, const struct ipc_slot *s)
{
	return signals_backend(srv->signals) == SIGNALS_POLL &&
	       !task_only_thread((pid_t)s->cred.tgid);
}

/* What a call answers when a signal is pending for its thread: signal(7), ipc/{msg,sem,mqueue}.c. */
static int64_t restart_code(const struct server *srv, const struct ipc_slot *s)
{
	if (guessed(srv, s))
		return -EINTR;
	switch (s->op) {
	case SLOT_SEMOP:
		return -EINTR;
	case SLOT_MQ_SEND:
	case SLOT_MQ_RECEIVE:
		return -ERESTARTSYS;
	default:
		return -ERESTARTNOHAND;
	}
}

static void on_signals(void *ctx, uint32_t events)
{
	struct server *srv = ctx;
	uint64_t cookie[64];
	int n;

	(void)events;
	do {
		n = signals_collect(srv->signals, cookie, 64);
		for (int i = 0; i < n; i++) {
			struct ipc_slot *s = slot_get(&srv->ns, (slot_idx)cookie[i]);

			if (!s || s->state != SLOT_PARKED)
				continue;
			culprits_note(srv->culprits, CULPRIT_INTERRUPTS, (pid_t)slot_notif(s)->pid);
			reply_parked(srv, s, restart_code(srv, s));
		}
		server_drain(srv);
	} while (n == 64);
}

/* Parked calls whose task is gone: nothing tells of their end, so look. */
static void sweep(struct server *srv)
{
	const struct slots_root *root = arena_root(&srv->ns.calls);
	slot_idx next;

	for (slot_idx i = root->all; i; i = next) {
		struct ipc_slot *s = slot_get(&srv->ns, i);

		next = s->all_next;
		if (s->state != SLOT_PARKED)
			continue;
		if (env_alive(srv, s)) {
			watch(srv, s);
			continue;
		}
		ipc_cancel(&srv->ns, s);
		reply_abandon(srv, s);
	}
	server_drain(srv);
}

static void on_sweep(void *ctx, uint32_t events)
{
	struct server *srv = ctx;
	uint64_t ticks;

	(void)events;
	(void)!read(srv->sweep_source.fd, &ticks, sizeof(ticks));
	sweep(srv);
	if (parked_count(srv) == 0)
		arm_sweep(srv, false);
}

void server_serve_fuse(struct server *srv)
{
	/* Bounded: a busy file system must not starve the trapped calls for ever. */
	for (int i = 0; i < 64 && ipcns_fuse_serve(srv->fuse) > 0; i++)
		;
	server_drain(srv);
}

static void env_mq_poll(void *ctx, aref mq)
{
	ipcns_fuse_notify_poll(((struct server *)ctx)->fuse, mq);
}

/* A creation is about to be put off: the viewer sees to it that not for too long. */
static uint64_t hook_room_due(void *ctx)
{
	struct server *srv = ctx;
	uint64_t due = IPCNS_WITH_MQUEUE && srv->opener ? opener_due(srv->opener) : 0;

	if (due)
		viewer_look(srv->viewer);
	return due;
}

static void hook_refused(void *ctx, pid_t tid)
{
	culprits_note(((struct server *)ctx)->culprits, CULPRIT_MQUEUE, tid);
}

/* Every thread that handles calls is in the backing namespace. */
static uint64_t env_segments(void *ctx)
{
	uint64_t segments, bytes;

	(void)ctx;
	return backing_totals(&segments, &bytes) == 0 ? bytes : 0;
}

/* What a listener without tasks had parked goes; the entry's number can be used again. */
static void take_down(struct server_listener *l)
{
	struct server *srv = l->srv;
	uint64_t run = l->run;

	pthread_join(l->thread, NULL);
	/* The opener may still hold the number of this descriptor, for a task that is gone. */
	if (IPCNS_WITH_MQUEUE)
		opener_settle(srv->opener);
	close(l->fd);
	l->fd = -1;
	l->gone = false;
	sweep(srv);
	server_usage_change(srv);
	if (srv->listener_gone)
		srv->listener_gone(srv->ctx, run);
}

static void on_kick(void *ctx, uint32_t events)
{
	struct server *srv = ctx;
	uint64_t n;

	(void)events;
	(void)!read(srv->kick_source.fd, &n, sizeof(n));
	server_drain(srv);
	for (uint32_t i = 0; i < srv->nlisteners; i++)
		if (srv->listener[i]->gone)
			take_down(srv->listener[i]);
}

static int add_source(struct server *srv, struct loop_source *s, int fd,
		      void (*ready)(void *, uint32_t))
{
	*s = (struct loop_source){.fd = fd, .ready = ready, .ctx = srv};
	return fd < 0 ? -errno : loop_add(&srv->loop, s, EPOLLIN);
}

int server_init(struct server *srv, const struct server_options *opt, const char **what)
{
	struct ipc_env env = {
		.ctx = srv,
		.alive = env_alive,
		.parked = env_parked,
		.unparked = env_unparked,
		.mq_notify = IPCNS_WITH_MQUEUE ? mq_notify_deliver : NULL,
		.mq_unregister = IPCNS_WITH_MQUEUE ? mq_notify_removed : NULL,
		.mq_poll = env_mq_poll,
		.segments = env_segments,
		.segment_sysctl = IPCNS_WITH_SHM ? segment_sysctl : NULL,
		.limits_changed = env_limits_changed,
		.reserve_shift = opt->reserve_shift,
		.uid = geteuid(),
		.gid = getegid(),
		.few_descriptors = opt->few_descriptors,
	};
	struct ipcns_fuse_hooks hooks = {.ctx = srv,
					 .source = opt->name,
					 .room_due = IPCNS_WITH_MQUEUE ? hook_room_due : NULL,
					 .refused = hook_refused,
					 .segment_next = IPCNS_WITH_SHM ? segment_next : NULL};
	struct stat user_ns, pid_ns;
	int r;

	identities_env(&env);
	identities_hooks(&hooks);
	memset(srv, 0, sizeof(*srv));
	srv->sweep_source.fd = srv->signals_source.fd = -1;
	srv->kick_source.fd = -1;
	turn_lock_init(&srv->lock);
	*what = "cannot make an event loop";
	r = loop_init(&srv->loop, &srv->lock);
	if (r < 0)
		return r;
	*what = "/proc is not mounted";
	if (stat("/proc/self/ns/user", &user_ns) < 0 || stat("/proc/self/ns/pid", &pid_ns) < 0)
		return -errno;
	srv->own_pid_ns = pid_ns.st_ino;
	srv->own_user_ns = user_ns.st_ino;
	srv->signaller = opt->signaller;
	srv->backing_fd = opt->backing_fd;

	*what = "cannot make the files of its state";
	r = ipc_ns_create(&srv->ns, opt->state_dirfd, &env);
	if (r < 0)
		return r;
	*what = "cannot make timers";
	r = timers_init(&srv->timers, &srv->ns, &srv->loop);
	if (r < 0)
		return r;
	srv->timers.expired = on_expired;
	srv->timers.ctx = srv;
	r = add_source(srv, &srv->sweep_source,
		       timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), on_sweep);
	if (r < 0)
		return r;
	r = add_source(srv, &srv->kick_source, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), on_kick);
	if (r < 0)
		return r;
	*what = "cannot watch processes";
	r = IPCNS_WITH_SEM ? holders_open(srv, &srv->holders) : 0;
	if (r < 0)
		return r;
	*what = "cannot identify callers (BPF, /proc)";
	srv->probe = opt->probe;
	srv->probe_shared = opt->probe != NULL;
	r = opt->probe ? 0 : task_probe_open(opt->task_backend, user_ns.st_ino, &srv->probe);
	if (r < 0)
		return r;
	*what = "out of memory";
	r = idmap_open(user_ns.st_ino, &srv->idmap);
	if (r == 0)
		r = memories_open(&srv->memories);
	if (r == 0)
		r = copiers_open(srv, "ipcnsd-copy", reply_send, &srv->copiers);
	if (r < 0)
		return r;
	*what = "cannot watch signals (BPF, /proc)";
	r = opt->signals ? signals_join(opt->signals, &srv->signals)
			 : signals_open(opt->signals_backend, &srv->signals);
	if (r < 0)
		return r;
	r = add_source(srv, &srv->signals_source, signals_fd(srv->signals), on_signals);
	if (r < 0)
		return r;
	*what = "cannot mount FUSE: is /dev/fuse there (modprobe fuse)?";
	r = ipcns_fuse_open(&srv->ns, &hooks, &srv->fuse);
	if (r < 0)
		return r;
	*what = "cannot start threads";
	r = viewer_start(srv, &srv->viewer);
	return r == 0 && IPCNS_WITH_MQUEUE ? opener_start(srv, &srv->opener) : r;
}

/* All listeners are gone, so no other threads but viewer, opener and copiers are left. */
bool server_close(struct server *srv)
{
	turn_lock(&srv->lock);
	bool ended = copiers_close(srv->copiers);

	if (IPCNS_WITH_SHM)
		ended = foreign_stop(srv->foreign) && ended;
	turn_unlock(&srv->lock);
	if (!ended)
		return false;
	if (IPCNS_WITH_SHM)
		foreign_close(srv->foreign);
	free(srv->pages);
	viewer_stop(srv->viewer);
	if (IPCNS_WITH_MQUEUE)
		opener_stop(srv->opener);
	memories_close(srv->memories);
	for (uint32_t i = 0; i < srv->nlisteners; i++)
		free(srv->listener[i]);
	free(srv->listener);
	if (srv->fuse)
		ipcns_fuse_close(srv->fuse);
	if (srv->signals)
		signals_close(srv->signals);
	if (srv->probe && !srv->probe_shared)
		task_probe_close(srv->probe);
	idmap_close(srv->idmap);
	if (IPCNS_WITH_SEM)
		holders_close(srv->holders);
	if (srv->sweep_source.fd >= 0)
		close(srv->sweep_source.fd);
	if (srv->kick_source.fd >= 0)
		close(srv->kick_source.fd);
	timers_close(&srv->timers, &srv->loop);
	ipc_ns_close(&srv->ns);
	loop_close(&srv->loop);
	return true;
}

static void wake_loop(struct server *srv)
{
	(void)!write(srv->kick_source.fd, &(uint64_t){1}, sizeof(uint64_t));
}

void server_stop(struct server *srv)
{
	srv->loop.stop = true;
	wake_loop(srv);
}

void server_listener_gone(struct server_listener *l)
{
	l->gone = true;
	wake_loop(l->srv);
}

void server_kick(struct server *srv)
{
	if (((struct slots_root *)arena_root(&srv->ns.calls))->completed_head)
		wake_loop(srv);
}

void server_close_fd(struct server *srv, int fd)
{
	turn_unlock(&srv->lock);
	close(fd);
	turn_lock(&srv->lock);
}

static struct server_listener *free_entry(struct server *srv)
{
	for (uint32_t i = 0; i < srv->nlisteners; i++)
		if (srv->listener[i]->fd < 0 && srv->listener[i]->slots == 0)
			return srv->listener[i];

	struct server_listener **all =
		reallocarray(srv->listener, srv->nlisteners + 1, sizeof(*srv->listener));

	if (!all)
		return NULL;
	srv->listener = all;

	struct server_listener *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	*l = (struct server_listener){.srv = srv, .fd = -1, .number = srv->nlisteners};
	srv->listener[srv->nlisteners++] = l;
	return l;
}

int server_add_listener(struct server *srv, int fd, uint64_t run,
			const struct listener_options *opt)
{
	struct server_listener *l = listener_is(fd) ? free_entry(srv) : NULL;
	int r = listener_is(fd) ? -ENOMEM : -EINVAL;

	/* Where it cannot be had, they get ENOSYS. */
	if (IPCNS_WITH_SHM && l && opt && opt->other_segments && !srv->foreign)
		(void)foreign_open(srv, &srv->foreign);
	if (l) {
		listener_init(fd);
		l->fd = fd;
		l->run = run;
		l->wants_views = opt && opt->wants_views;
		l->other_segments = opt && opt->other_segments;
		l->shim = opt && opt->shim;
		l->filters = opt ? opt->filters : 0;
		l->received = opt && opt->first;
		if (l->received)
			l->first = *opt->first;
		r = receiver_start(l);
	}
	if (r < 0 && l)
		l->fd = -1;
	if (r == 0)
		server_usage_change(srv);
	return r;
}

unsigned server_listeners(const struct server *srv, uint64_t run)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < srv->nlisteners; i++)
		n += srv->listener[i]->fd >= 0 && srv->listener[i]->run == run;
	return n;
}
