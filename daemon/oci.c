/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A container on its way into a namespace:
 *
 *	CALLS      nothing known but what the runtime said; its listener is watched
 *	STARTS     its first call was received; the namespace is being made
 *	AGAIN      the namespace does not answer at the moment, or ended; looked at again in a while
 *
 * and then it is the namespace's, and nothing of it is left here.
 */
#include "daemon/oci.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon/log.h"
#include "seccomp/listener.h"
#include "seccomp/task_pidfd.h"

#define AGAIN_US 100000u
#define AGAIN_MAX 100 /* then its call fails: ten seconds */

struct oci_container {
	struct oci *owner;
	struct oci_container *next;
	struct oci_state said;
	int fd; /* the listener */
	sd_event_source *calls, *again;
	unsigned tries;
	struct ns_thread *ns; /* STARTS: whose start it waits for */
	struct seccomp_notif first;
	uint64_t ipc_ns; /* the kernel IPC namespace of who made the first call */
	struct kin kin;	 /* and what else is known of it, where that matters */
};

static struct log_about about(const struct oci_container *c)
{
	return (struct log_about){.ns = c->said.name[0] ? c->said.name : NULL,
				  .pid = (pid_t)c->first.pid};
}

/* @listener: close that, too. */
static void forget(struct oci_container *c, bool listener)
{
	struct oci_container **link = &c->owner->containers;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	sd_event_source_disable_unref(c->calls);
	sd_event_source_disable_unref(c->again);
	kin_close(&c->kin);
	if (listener)
		close(c->fd);
	free(c);
}

/* Its first call gets @err, and the rest ENOSYS. */
static void give_up(struct oci_container *c, int err, const char *why)
{
	const struct log_about a = about(c);

	log_say(LOG_ERR, &a,
		"container %.64s (process %d) is not served: %s: %s; its IPC calls fail",
		c->said.id, a.pid, why, strerror(-err));
	if (c->first.id)
		(void)listener_send(c->fd, c->first.id, err);
	forget(c, true);
}

/* Not before the manager's present business is done. */
static void look_again(struct oci_container *c, uint64_t usec)
{
	c->ns = NULL;
	(void)sd_event_source_set_time_relative(c->again, usec);
	(void)sd_event_source_set_enabled(c->again, SD_EVENT_ONESHOT);
}

static bool is_hosts(const struct oci_container *c)
{
	const struct manager *m = c->owner->manager;

	return c->ipc_ns == m->host_ipc_ns || c->ipc_ns == m->own_ipc_ns;
}

static void say_segments(const struct oci_container *c, const struct ns_thread *ns)
{
	if (ns->srv.foreign)
		return;
	log_say(LOG_WARNING, &(struct log_about){.ns = ns->name, .pid = (pid_t)c->first.pid},
		"container %.64s (process %d): no System V shared memory (ENOSYS): its kernel IPC "
		"namespace is %s, and not the one that '%s' has its segments in, and they cannot "
		"be injected: 'ipcnsctl doctor' says why",
		c->said.id, (pid_t)c->first.pid, is_hosts(c) ? "the host's" : "another", ns->name);
}

static void attach(struct oci_container *c, struct ns_thread *ns)
{
	struct manager *m = c->owner->manager;
	struct listener_options opt = {
		.wants_views = true,
		.other_segments = c->ipc_ns != ns->srv.backing_ipc_ns,
		.first = &c->first,
	};
	int r = manager_add_listener(m, ns, c->fd, &opt);

	if (r == -ETIMEDOUT && ++c->tries < AGAIN_MAX) {
		look_again(c, AGAIN_US);
		return;
	}
	if (r < 0) {
		give_up(c, r, "its listener cannot be taken");
		manager_end_idle(m, ns);
		return;
	}
	log_say(LOG_INFO, &(struct log_about){.ns = ns->name, .pid = (pid_t)c->first.pid},
		"container %.64s (process %d) is served in '%s'", c->said.id, (pid_t)c->first.pid,
		ns->name);
	if (opt.other_segments)
		say_segments(c, ns);
	forget(c, false);
}

/*
 * A namespace for it. The container's kernel namespace becomes its backing one if that is nobody
 * else's yet: that of a namespace is its own, and that of the host and of the service everybody's.
 */
static void make(struct oci_container *c, int ipc_fd)
{
	struct manager *m = c->owner->manager;
	const bool adopt = !is_hosts(c) && !manager_find_backed(m, c->ipc_ns);
	const struct ns_wish wish = {
		.name = c->said.name,
		.parent = c->said.parent,
		.settings = &c->said.limits,
		.adopt_fd = adopt ? ipc_fd : -1,
		.transient = true,
	};
	int r = manager_create(m, &wish, &c->ns);

	if (r < 0 || !adopt)
		close(ipc_fd);
	if (r == 0) {
		c->ns->kin = c->kin;
		c->kin = KIN_NONE;
	}
	if (r < 0) {
		c->ns = NULL;
		give_up(c, r,
			r == -ENOENT   ? "its namespace's parent does not exist"
			: r == -EUSERS ? "there are as many namespaces as MaxNamespaces allows"
				       : "its namespace cannot be made");
	}
}

/* Who called first; -ESRCH: nobody does any more. Else a descriptor of its kernel IPC namespace. */
static int identify(struct oci_container *c)
{
	int pidfd = task_pidfd_open((pid_t)c->first.pid), fd;
	struct stat st;

	if (pidfd < 0)
		return pidfd;
	fd = task_ns_open(pidfd, TASK_NS_IPC);
	c->ipc_ns = fd >= 0 && fstat(fd, &st) == 0 ? st.st_ino : 0;
	kin_close(&c->kin);
	if (c->said.chosen == OCI_BY_ID && is_hosts(c))
		c->kin = kin_of(pidfd);
	close(pidfd);
	if (fd < 0)
		return fd;
	/* Only now it is known that the number was not another task's. */
	if (!c->ipc_ns || !listener_valid(c->fd, c->first.id)) {
		close(fd);
		return -ESRCH;
	}
	return fd;
}

static void wait_for_call(struct oci_container *c)
{
	c->first = (struct seccomp_notif){0};
	c->ns = NULL;
	(void)sd_event_source_set_enabled(c->calls, SD_EVENT_ON);
}

/*
 * Ids are unique with one runtime only. Who has not said what it wants to share gets nobody else's
 * namespace: one of its id that is backed by another kernel namespace is another container's, or
 * somebody has made it. On the host's an exec finds its container's by the id, and so does a stranger,
 * which is told from it by what the two processes have in common.
 */
static bool is_anothers(const struct oci_container *c, const struct ns_thread *ns)
{
	if (c->said.chosen != OCI_BY_ID || manager_find_backed(c->owner->manager, c->ipc_ns) == ns)
		return false;
	return !ns->transient || ns->adopted || !is_hosts(c) || !kin_same(&c->kin, &ns->kin);
}

/* It may be that of a container of this name that is just ending. */
static void wait_for_name(struct oci_container *c, const struct ns_thread *ns)
{
	if (ns->transient && ++c->tries < AGAIN_MAX)
		look_again(c, AGAIN_US);
	else
		give_up(c, -EEXIST, "another one has its id for a name, and no other is given");
}

static void decide(struct oci_container *c)
{
	struct manager *m = c->owner->manager;
	struct ns_thread *ns = NULL;
	int ipc_fd = identify(c);

	if (ipc_fd == -ESRCH) {
		wait_for_call(c);
		return;
	}
	if (ipc_fd < 0) {
		give_up(c, ipc_fd,
			ipc_fd == -EACCES ? "its kernel IPC namespace cannot be found out from the "
					    "service's user namespace"
					  : "its kernel IPC namespace cannot be found out");
		return;
	}
	if (c->said.chosen == OCI_BY_ID)
		ns = manager_find_backed(m, c->ipc_ns);
	if (!ns)
		ns = manager_find_begun(m, c->said.name);
	if (ns && is_anothers(c, ns)) {
		manager_end_idle(m, ns);
		if (ns->state != NS_ENDING) {
			close(ipc_fd);
			wait_for_name(c, ns);
			return;
		}
		ns = NULL;
	}
	if (!ns) {
		make(c, ipc_fd);
		return;
	}
	close(ipc_fd);
	if (ns->state == NS_STARTING)
		c->ns = ns;
	else
		attach(c, ns);
}

static int on_again(sd_event_source *s, uint64_t usec, void *userdata)
{
	(void)s, (void)usec;
	decide(userdata);
	return 0;
}

static int on_call(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct oci_container *c = userdata;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	(void)s, (void)revents;
	/* RECV waits where there is nothing, and what there was when the loop looked may be gone. */
	if (poll(&p, 1, 0) <= 0)
		return 0;
	if (!(p.revents & POLLIN)) {
		log_say(LOG_DEBUG, NULL, "container %.64s has ended before its first call",
			c->said.id);
		forget(c, true);
		return 0;
	}
	c->first = (struct seccomp_notif){0};
	/* -ENOENT: it died in between. */
	if (listener_recv(fd, &c->first) < 0) {
		c->first = (struct seccomp_notif){0};
		return 0;
	}
	(void)sd_event_source_set_enabled(c->calls, SD_EVENT_OFF);
	decide(c);
	return 0;
}

void oci_take(struct oci *o, const struct oci_state *state, int fd)
{
	struct oci_container *c = calloc(1, sizeof(*c));
	int r = -ENOMEM;

	if (!c) {
		log_say(LOG_ERR, NULL, "container %.64s is not served: out of memory", state->id);
		close(fd);
		return;
	}
	*c = (struct oci_container){
		.owner = o, .next = o->containers, .said = *state, .fd = fd, .kin = KIN_NONE};
	o->containers = c;
	listener_init(fd);
	r = sd_event_add_io(o->event, &c->calls, fd, EPOLLIN, on_call, c);
	if (r >= 0)
		r = sd_event_add_time_relative(o->event, &c->again, CLOCK_MONOTONIC, 0, 0, on_again,
					       c);
	if (r >= 0)
		r = sd_event_source_set_enabled(c->again, SD_EVENT_OFF);
	if (r < 0)
		give_up(c, r, "its listener cannot be watched");
}

/* ---- what the manager tells ---- */

static void on_started(void *ctx, struct ns_thread *ns)
{
	struct oci_container *next;

	for (struct oci_container *c = ((struct oci *)ctx)->containers; c; c = next) {
		next = c->next;
		if (c->ns == ns)
			attach(c, ns);
	}
}

static void on_failed(void *ctx, struct ns_thread *ns)
{
	struct oci_container *next;

	for (struct oci_container *c = ((struct oci *)ctx)->containers; c; c = next) {
		next = c->next;
		if (c->ns == ns)
			give_up(c, ns->error, ns->what ? ns->what : "its namespace cannot be made");
	}
}

/* ---- the socket ---- */

static int passed_socket(void)
{
	int n = sd_listen_fds(0);

	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++)
		if (sd_is_socket(fd, AF_UNIX, SOCK_STREAM, 1) > 0) {
			(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
			(void)fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
			return fd;
		}
	return -ENOENT;
}

/* The directory is ours, by its lock, so what is there is a dead service's. */
static int own_socket(const char *dir, struct sockaddr_un *sa)
{
	int fd, r = snprintf(sa->sun_path, sizeof(sa->sun_path), "%s/" OCI_SOCKET, dir);

	sa->sun_family = AF_UNIX;
	if (r >= (int)sizeof(sa->sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	(void)unlink(sa->sun_path);
	/* The file takes its mode from the socket: there is no moment in which others could connect. */
	if (fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *)sa, sizeof(*sa)) < 0 ||
	    listen(fd, SOMAXCONN) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

int oci_open(struct oci *o, struct manager *m, sd_event *event)
{
	struct sockaddr_un sa = {0};
	int r;

	*o = (struct oci){.manager = m, .event = event, .fd = passed_socket()};
	if (o->fd < 0) {
		o->fd = own_socket(m->config.runtime_dir, &sa);
		o->bound = o->fd >= 0;
	}
	if (o->fd < 0)
		return o->fd;
	r = sd_event_add_io(event, &o->accept_source, o->fd, EPOLLIN, oci_conn_accept, o);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &o->rested, CLOCK_MONOTONIC, 0, 0,
					       oci_conn_rested, o);
	if (r >= 0)
		r = sd_event_source_set_enabled(o->rested, SD_EVENT_OFF);
	if (r < 0)
		return r;
	m->hooks[MANAGER_OCI] =
		(struct manager_hooks){.ctx = o, .started = on_started, .failed = on_failed};
	return 0;
}

void oci_close(struct oci *o)
{
	char path[PATH_MAX];

	if (!o->manager)
		return;
	o->manager->hooks[MANAGER_OCI] = (struct manager_hooks){0};
	oci_conn_close_all(o);
	while (o->containers)
		forget(o->containers, true);
	sd_event_source_disable_unref(o->accept_source);
	sd_event_source_disable_unref(o->rested);
	if (o->bound && snprintf(path, sizeof(path), "%s/" OCI_SOCKET,
				 o->manager->config.runtime_dir) < (int)sizeof(path))
		(void)unlink(path);
	if (o->fd >= 0)
		close(o->fd);
}
