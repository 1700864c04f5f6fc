/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of namespaces, and short looks into each. */
#include "daemon/manager_impl.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "daemon/backing.h"
#include "daemon/log.h"
#include "daemon/state.h"
#include "seccomp/task_pidfd.h"

/* Changes of use, and of limits by tasks, within this time are told as one. */
#define USAGE_DELAY_US 250000u
#define STUCK_MS 1000
/* Between lines about commands that are turned away. */
#define QUIET_MS 10000

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int manager_lock(struct ns_thread *ns)
{
	unsigned ms = now_ms() < ns->stuck_until_ms ? 0 : MANAGER_PATIENCE_MS;
	int r = ns_lock(ns, ms);

	if (r < 0 && ms) {
		ns->stuck_until_ms = now_ms() + STUCK_MS;
		log_say(LOG_WARNING, &(struct log_about){.ns = ns->name},
			"the namespace does not answer; nothing else waits for it");
	}
	return r;
}

struct ns_thread *manager_next(struct manager *m, struct ns_thread *ns)
{
	ns = ns ? ns->next : m->list;
	while (ns && ns->state != NS_RUNNING)
		ns = ns->next;
	return ns;
}

struct ns_thread *manager_find(struct manager *m, const char *name)
{
	struct ns_thread *ns = NULL;

	while ((ns = manager_next(m, ns)))
		if (strcmp(ns->name, name) == 0)
			break;
	return ns;
}

void manager_tell_status(const struct manager *m)
{
	unsigned running = 0, ending = 0;

	for (const struct ns_thread *ns = m->list; ns; ns = ns->next) {
		running += ns->state == NS_RUNNING;
		ending += ns->state == NS_ENDING;
	}
	(void)sd_notifyf(0, "STATUS=%u namespace%s, %u ending", running, running == 1 ? "" : "s",
			 ending);
}

static void drop(struct manager *m, struct ns_thread *ns)
{
	struct ns_thread **link = &m->list;

	while (*link != ns)
		link = &(*link)->next;
	*link = ns->next;
	m->count--;
	ns_join(ns);
	if (m->count == 0)
		(void)malloc_trim(0);
}

static void on_ended(struct manager *m, struct ns_thread *ns)
{
	const struct log_about about = {.ns = ns->name};

	culprits_say(&ns->culprits, ns->name, true);
	if (ns->state == NS_STARTING) {
		log_say(LOG_ERR, &about, "cannot be made: %s: %s", ns->what ? ns->what : "?",
			strerror(-ns->error));
		manager_tell_failed(m, ns);
	} else if (ns->state == NS_RUNNING) {
		/* Its loop failed, which nothing is known to bring about. */
		log_say(LOG_ERR, &about, "has ended: %s", strerror(-ns->error));
		manager_tell_removed(m, ns);
	} else {
		log_say(LOG_INFO, &about, "the last task of the namespace is gone");
	}
	drop(m, ns);
}

static int on_usage_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	(void)s, (void)usec;
	for (struct ns_thread *ns = NULL; (ns = manager_next(m, ns));) {
		unsigned events = ns_take_events(ns, NS_EVENT_USAGE | NS_EVENT_LIMITS);

		if (events & NS_EVENT_USAGE)
			manager_tell_usage(m, ns);
		if (events & NS_EVENT_LIMITS)
			manager_tell_limits(m, ns);
	}
	manager_end_idle_ones(m);
	return 0;
}

/* One that is armed stays as it is. */
static void arm_timer(sd_event_source *timer, uint64_t usec)
{
	int on = SD_EVENT_OFF;

	(void)sd_event_source_get_enabled(timer, &on);
	if (on != SD_EVENT_OFF)
		return;
	(void)sd_event_source_set_time_relative(timer, usec);
	(void)sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

void manager_arm_usage_timer(struct manager *m)
{
	arm_timer(m->usage_timer, USAGE_DELAY_US);
}

/* What culprits have for the log; and copies that are going on want to be looked at. */
static void on_culprits(struct manager *m, struct ns_thread *ns)
{
	culprits_say(&ns->culprits, ns->name, false);
	if (culprits_copying(&ns->culprits))
		arm_timer(m->copies_timer, CULPRIT_LOOK_MS * 1000);
}

static int on_copies_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	(void)usec;
	for (struct ns_thread *ns = m->list; ns; ns = ns->next)
		if (culprits_copying(&ns->culprits) && culprits_look(&ns->culprits))
			arm_timer(s, CULPRIT_LOOK_MS * 1000);
	return 0;
}

void manager_turned_away(struct manager *m, const struct ns_thread *ns, int err)
{
	const bool full = err == EMFILE || err == ENFILE;

	if (now_ms() < m->quiet_until_ms)
		return;
	m->quiet_until_ms = now_ms() + QUIET_MS;
	log_say(LOG_ERR, &(struct log_about){.ns = ns->name}, "a command was turned away: %s%s",
		strerror(err), full ? " (LimitNOFILE= of the unit, ulimit -n)" : "");
}

static int on_notify(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct manager *m = userdata;
	struct ns_thread *next;
	bool told = true;
	uint64_t n;

	(void)s, (void)revents;
	(void)!read(fd, &n, sizeof(n));
	for (struct ns_thread *ns = m->list; ns; ns = next) {
		unsigned events =
			ns_take_events(ns, NS_EVENT_STARTED | NS_EVENT_ENDED | NS_EVENT_IDLE |
						   NS_EVENT_CULPRITS | NS_EVENT_TURNED_AWAY);

		next = ns->next;
		if (events & NS_EVENT_STARTED) {
			ns->state = NS_RUNNING;
			log_say(LOG_INFO, &(struct log_about){.ns = ns->name}, "created, id %llu",
				(unsigned long long)ns->id);
			manager_tell_started(m, ns);
			told = false;
		}
		if (events & NS_EVENT_CULPRITS)
			on_culprits(m, ns);
		if (events & NS_EVENT_TURNED_AWAY)
			manager_turned_away(m, ns, atomic_load(&ns->turned_away));
		if (events & NS_EVENT_IDLE)
			ns->maybe_idle = true;
		if (events & NS_EVENT_ENDED) {
			on_ended(m, ns);
			told = false;
		} else if (atomic_load(&ns->events) & (NS_EVENT_USAGE | NS_EVENT_LIMITS)) {
			manager_arm_usage_timer(m);
		}
	}
	manager_end_idle_ones(m);
	if (!told)
		manager_tell_status(m);
	return 0;
}

/*
 * The service can have a namespace of its own (PrivateIPC=), and the host's is process 1's. In a user
 * namespace nobody may look at that, nor come back to the host's once he has left it for a look into
 * another one: there the service was started in the host's, and makes one to come back to.
 */
static int find_home(struct manager *m)
{
	int pidfd = task_pidfd_open(1);
	struct stat st;

	m->home = backing_home();
	if (m->home >= 0 && fstat(m->home, &st) == 0)
		m->own_ipc_ns = m->host_ipc_ns = st.st_ino;
	if (pidfd >= 0) {
		(void)task_ns_inode(pidfd, TASK_NS_IPC, &m->host_ipc_ns);
		close(pidfd);
	}
	if (m->home >= 0 && backing_enter(m->home) == -EPERM) {
		close(m->home);
		m->home = backing_make(&m->own_ipc_ns);
	}
	return m->home < 0 ? m->home : 0;
}

int manager_open(struct manager *m, sd_event *event, const struct config *config,
		 struct signaller *signaller, struct mounter *mounter, const char **what)
{
	int r;

	*m = (struct manager){.event = event,
			      .config = *config,
			      .shared = {.signaller = signaller, .mounter = mounter},
			      .next_id = 1,
			      .notify_fd = -1,
			      .state_dirfd = -1,
			      .lock_fd = -1,
			      .home = -1};
	*what = "cannot take the runtime directory";
	m->state_dirfd =
		state_runtime(config->runtime_dir, config->state_size, &m->lock_fd, &m->mounted);
	if (m->state_dirfd < 0)
		return m->state_dirfd;
	*what = "cannot identify callers and watch signals (BPF, /proc)";
	r = shared_open(&m->shared);
	if (r < 0)
		return r;
	*what = "cannot have a kernel IPC namespace to be in (/proc, CAP_SYS_ADMIN)";
	r = find_home(m);
	if (r < 0)
		return r;
	*what = "cannot make an event loop";
	m->notify_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->notify_fd < 0)
		return -errno;
	r = sd_event_add_io(event, &m->source, m->notify_fd, EPOLLIN, on_notify, m);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &m->usage_timer, CLOCK_MONOTONIC, 0, 0,
					       on_usage_timer, m);
	if (r >= 0)
		r = sd_event_source_set_enabled(m->usage_timer, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &m->copies_timer, CLOCK_MONOTONIC, 0, 0,
					       on_copies_timer, m);
	if (r >= 0)
		r = sd_event_source_set_enabled(m->copies_timer, SD_EVENT_OFF);
	return r < 0 ? r : 0;
}

struct ns_thread *manager_find_begun(struct manager *m, const char *name)
{
	for (struct ns_thread *ns = m->list; ns; ns = ns->next)
		if (ns->state != NS_ENDING && strcmp(ns->name, name) == 0)
			return ns;
	return NULL;
}

struct ns_thread *manager_find_backed(struct manager *m, uint64_t ipc_ns)
{
	struct stat st;

	for (struct ns_thread *ns = m->list; ns; ns = ns->next) {
		/* What one that starts makes for itself nobody else can be in yet. */
		if (ns->state == NS_ENDING || (ns->state == NS_STARTING && !ns->adopted))
			continue;
		if (fstat(ns->ipc_ns_fd, &st) == 0 && st.st_ino == ipc_ns)
			return ns;
	}
	return NULL;
}

int manager_set(struct manager *m, struct ns_thread *ns, const struct settings *s)
{
	struct settings old = ns->seen_limits;
	int r = backing_enter(ns->ipc_ns_fd);

	if (r < 0)
		return r;
	r = settings_read_backing(&old);
	if (r == 0)
		r = settings_apply_backing(s);
	if (r == 0)
		r = manager_lock(ns);
	if (r < 0)
		(void)settings_apply_backing(&old);
	backing_leave(m->home);
	if (r < 0)
		return r;
	settings_apply(&ns->srv.ns, s);
	ns_unlock(ns);
	settings_merge(&ns->seen_limits, s);
	manager_tell_limits(m, ns);
	return 0;
}

int manager_look(struct manager *m, struct ns_thread *ns, struct settings *limits,
		 struct usage *usage)
{
	int r = manager_lock(ns);

	if (r == 0) {
		settings_read(&ns->srv.ns, &ns->seen_limits);
		objects_usage(&ns->srv, &ns->seen_usage);
		ns_unlock(ns);
		if (backing_enter(ns->ipc_ns_fd) == 0) {
			(void)settings_read_backing(&ns->seen_limits);
			(void)backing_totals(&ns->seen_usage.objects[FAMILY_SHM],
					     &ns->seen_usage.bytes[FAMILY_SHM]);
			backing_leave(m->home);
		}
	}
	if (limits)
		*limits = ns->seen_limits;
	if (usage)
		*usage = ns->seen_usage;
	return r;
}

int manager_walk(struct manager *m, struct ns_thread *ns, int f, object_visitor visit, void *ctx)
{
	int r = manager_lock(ns);

	if (r < 0)
		return r;
	for (int i = 0; r >= 0 && i < FAMILIES; i++)
		if (f < 0 || f == i)
			r = objects_walk(&ns->srv, i, visit, ctx);
	ns_unlock(ns);
	if (r >= 0 && (f < 0 || f == FAMILY_SHM)) {
		r = backing_enter(ns->ipc_ns_fd);
		if (r < 0)
			return r;
		r = manager_lock(ns);
		if (r == 0) {
			r = objects_walk_backing(ns->srv.foreign, visit, ctx);
			ns_unlock(ns);
		}
		backing_leave(m->home);
	}
	return r < 0 ? r : 0;
}

int manager_remove(struct manager *m, struct ns_thread *ns, enum family f, const char *id)
{
	int r;

	if (f == FAMILY_SHM) {
		r = backing_enter(ns->ipc_ns_fd);
		if (r < 0)
			return r;
		r = objects_remove_backing(id);
		backing_leave(m->home);
	} else {
		r = manager_lock(ns);
		if (r < 0)
			return r;
		r = objects_remove(&ns->srv, f, id);
		ns_unlock(ns);
	}
	if (r == 0) {
		log_say(LOG_INFO, &(struct log_about){.ns = ns->name, .object = id},
			"%s object %s removed", families_name(f), id);
		manager_tell_usage(m, ns);
	}
	return r;
}

int manager_add_run(struct manager *m, struct ns_thread *ns, int fd)
{
	int r = manager_lock(ns);

	(void)m;
	if (r < 0)
		return r;
	r = runs_add(&ns->runs, fd);
	ns_unlock(ns);
	return r;
}

int manager_add_listener(struct manager *m, struct ns_thread *ns, int fd,
			 const struct listener_options *opt)
{
	int r = manager_lock(ns);

	(void)m;
	if (r < 0)
		return r;
	r = runs_attach(&ns->runs, fd, opt);
	ns_unlock(ns);
	return r;
}

void manager_close(struct manager *m)
{
	const uint64_t end = now_ms() + 3000;
	struct ns_thread *next;

	for (struct ns_thread *ns = m->list; ns; ns = ns->next) {
		if (ns->state != NS_RUNNING || manager_lock(ns) < 0)
			continue;
		ns->ending = true;
		if (runs_listeners(&ns->runs) == 0)
			server_stop(&ns->srv);
		ns_unlock(ns);
	}
	for (bool busy = true; busy && now_ms() < end; usleep(1000)) {
		busy = false;
		for (struct ns_thread *ns = m->list; ns; ns = next) {
			next = ns->next;
			if (ns_take_events(ns, NS_EVENT_ENDED))
				drop(m, ns);
			else if (ns->ending && ns->srv.loop.stop)
				busy = true;
		}
	}
	/* A namespace that has tasks goes on to the end of the process, and uses these. */
	if (!m->list)
		shared_close(&m->shared);
	if (m->state_dirfd >= 0) {
		state_clear(m->state_dirfd);
		close(m->state_dirfd);
	}
	if (m->mounted)
		state_unmount(m->config.runtime_dir);
	sd_event_source_unref(m->source);
	sd_event_source_unref(m->usage_timer);
	sd_event_source_unref(m->copies_timer);
	if (m->notify_fd >= 0)
		close(m->notify_fd);
	if (m->home >= 0)
		close(m->home);
	if (m->lock_fd >= 0)
		close(m->lock_fd);
}
