/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Greeting runs, taking their listeners, and noticing that they are over. */
#include "daemon/runs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/members.h"
#include "daemon/run_proto.h"

/** struct run - one connected run. */
struct run {
	struct runs *owner;
	struct run *next;
	struct loop_source source;
	uint64_t number;
	bool greeted, had_listener;
};

static void send_msg(int sock, uint32_t type, int value, const char *text)
{
	struct run_msg m = {.type = type, .value = value};

	if (text)
		snprintf(m.text, sizeof(m.text), "%s", text);
	(void)run_try_send(sock, &m, NULL, 0);
}

void runs_refuse(int sock, int err, const char *text)
{
	send_msg(sock, RUN_ERROR, err, text);
}

void runs_release_all(struct runs *rs, bool ends)
{
	for (struct run *r = rs->list; r; r = r->next)
		send_msg(r->source.fd, RUN_RELEASED, ends, NULL);
}

unsigned runs_listeners(const struct runs *rs)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < rs->srv->nlisteners; i++)
		n += rs->srv->listener[i]->fd >= 0;
	return n;
}

/* A run that is still starting has no listener yet and must not be cut off. */
static bool run_starting(const struct runs *rs)
{
	for (const struct run *r = rs->list; r; r = r->next)
		if (!r->had_listener)
			return true;
	return false;
}

/* Listeners that belong to no connection have numbers of their own kind. */
#define ATTACHED (UINT64_C(1) << 63)

static bool any_attached(const struct runs *rs)
{
	for (uint32_t i = 0; i < rs->srv->nlisteners; i++)
		if (rs->srv->listener[i]->fd >= 0 && rs->srv->listener[i]->run & ATTACHED)
			return true;
	return false;
}

/*
 * Tasks are left, but nobody who guards one: a front process and its guardian were killed, maybe
 * long ago, while others were connected. Which of several runs a task belongs to cannot be told, so
 * they go on until there is none. Tasks under a listener that was attached are others' business, and
 * so are those in a kernel namespace that is not ours.
 */
static void end_unguarded(struct runs *rs)
{
	if (!rs->adopted && !rs->list && runs_listeners(rs) > 0 && !any_attached(rs))
		members_kill(rs->srv->backing_ipc_ns, ipcns_fuse_st_dev(rs->srv->fuse));
}

static void on_listener_gone(void *ctx, uint64_t number)
{
	struct runs *rs = ctx;

	if (rs->idle && runs_listeners(rs) == 0 && !run_starting(rs)) {
		rs->idle(rs->ctx);
		if (rs->srv->loop.stop)
			return;
	}
	end_unguarded(rs);
	if (server_listeners(rs->srv, number) > 0)
		return;
	for (struct run *r = rs->list; r; r = r->next)
		if (r->number == number)
			send_msg(r->source.fd, RUN_RELEASED, 0, NULL);
}

static void unlink_run(struct run *r)
{
	struct run **link = &r->owner->list;

	while (*link != r)
		link = &(*link)->next;
	*link = r->next;
	loop_remove(&r->owner->srv->loop, &r->source);
	close(r->source.fd);
	free(r);
}

static void drop_run(struct run *r)
{
	struct runs *rs = r->owner;

	unlink_run(r);
	if (runs_listeners(rs) == 0 && !rs->list) {
		if (rs->idle)
			rs->idle(rs->ctx);
		return;
	}
	end_unguarded(rs);
}

static void welcome(struct run *r)
{
	struct run_msg m = {.type = RUN_WELCOME};
	const struct runs *rs = r->owner;
	int fds[RUN_NFDS_EMBEDDED] = {
		[RUN_FD_IPC_NS] = rs->ipc_ns_fd,
		[RUN_FD_MOUNT] = ipcns_fuse_mount_fd(rs->srv->fuse),
		[RUN_FD_DAEMON] = rs->killable ? (int)syscall(SYS_pidfd_open, getpid(), 0) : -1,
	};
	const int n = fds[RUN_FD_DAEMON] < 0 ? RUN_NFDS : RUN_NFDS_EMBEDDED;

	(void)run_try_send(r->source.fd, &m, fds, n);
	if (fds[RUN_FD_DAEMON] >= 0)
		close(fds[RUN_FD_DAEMON]);
}

/* Two descriptors always come with LISTENER. Those for which there is no room here the kernel drops; who
 * waits for the answer then sees the end of its socket. */
static void take_listener(struct run *r, const struct run_msg *m, int fds[RUN_MAX_FDS])
{
	const struct runs *rs = r->owner;
	const struct listener_options opt = {
		.other_segments = m->value & RUN_OUTSIDE,
		.shim = m->value & RUN_SHIM,
		.filters = (unsigned)m->value / RUN_FILTERS,
	};
	int err = fds[RUN_FD_LISTENER] < 0 || fds[RUN_FD_REPLY] < 0
			  ? -EMFILE
			  : server_add_listener(rs->srv, fds[RUN_FD_LISTENER], r->number, &opt);

	if (err < 0) {
		if (rs->turned_away)
			rs->turned_away(rs->ctx, -err);
		if (fds[RUN_FD_REPLY] >= 0)
			send_msg(fds[RUN_FD_REPLY], RUN_ERROR, -err, "cannot serve the command");
		return;
	}
	fds[RUN_FD_LISTENER] = -1; /* the server's now */
	r->had_listener = true;
	send_msg(fds[RUN_FD_REPLY], RUN_LISTENING, 0, NULL);
}

static void on_run(void *ctx, uint32_t events)
{
	struct run *r = ctx;
	struct server *srv = r->owner->srv;
	struct run_msg m;
	int fds[RUN_MAX_FDS];
	int n = run_recv_all(r->source.fd, &m, fds);

	(void)events;
	if (n <= 0) {
		drop_run(r);
	} else if (m.type == RUN_HELLO && !r->greeted) {
		r->greeted = true;
		welcome(r);
	} else if (m.type == RUN_LISTENER) {
		take_listener(r, &m, fds);
	} else if (m.type == RUN_PING && fds[RUN_FD_PONG] >= 0) {
		send_msg(fds[RUN_FD_PONG], RUN_PONG, 0, NULL);
	}
	for (int i = 0; i < RUN_MAX_FDS; i++)
		if (fds[i] >= 0)
			server_close_fd(srv, fds[i]);
}

void runs_init(struct runs *rs, struct server *srv, int ipc_ns_fd)
{
	*rs = (struct runs){.srv = srv, .ipc_ns_fd = ipc_ns_fd};
	srv->listener_gone = on_listener_gone;
	srv->ctx = rs;
}

int runs_add(struct runs *rs, int sock)
{
	struct run *r = calloc(1, sizeof(*r));
	int err = -ENOMEM;

	if (r) {
		*r = (struct run){.owner = rs, .next = rs->list, .number = ++rs->next_number};
		r->source = (struct loop_source){.fd = sock, .ready = on_run, .ctx = r};
		err = loop_add(&rs->srv->loop, &r->source, EPOLLIN);
	}
	if (err < 0) {
		free(r);
		return err;
	}
	rs->list = r;
	return 0;
}

int runs_attach(struct runs *rs, int listener, const struct listener_options *opt)
{
	int r = server_add_listener(rs->srv, listener, (rs->next_number + 1) | ATTACHED, opt);

	if (r == 0)
		rs->next_number++;
	return r;
}

void runs_close(struct runs *rs)
{
	while (rs->list)
		unlink_run(rs->list);
}
