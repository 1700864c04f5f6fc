/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections of runtimes. A message has neither frame nor end; it comes in pieces, the first of
 * which has the one descriptor. Runtimes connect long before they send, so there is no time-out; and
 * some send more after what is whole, so a connection stays until its other end closes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/fd_packet.h"
#include "daemon/log.h"
#include "daemon/oci.h"
#include "seccomp/listener.h"

#define REST_US 1000000u

struct oci_conn {
	struct oci *owner;
	struct oci_conn *next;
	sd_event_source *source;
	struct oci_reader *reader; /* NULL: all was said */
	int listener;		   /* -1: not come yet */
	pid_t peer;
	bool begun;
};

static void free_conn(struct oci_conn *c)
{
	struct oci_conn **link = &c->owner->conns;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	c->owner->nconns--;
	/* Owns the socket. */
	sd_event_source_disable_unref(c->source);
	oci_reader_free(c->reader);
	if (c->listener >= 0)
		close(c->listener);
	free(c);
}

void oci_conn_close_all(struct oci *o)
{
	while (o->conns)
		free_conn(o->conns);
}

/* @id: of the container, as far as it is known; the process is mostly gone when somebody reads this. */
static void refuse(struct oci_conn *c, const char *id, const char *why)
{
	const bool known = id && id[0];

	log_say(LOG_WARNING, &(struct log_about){.pid = c->peer},
		"refused what process %d sent as the seccomp listener of %s%.64s: %s; its IPC "
		"calls and "
		"execve get ENOSYS",
		c->peer, known ? "container " : "a container", known ? id : "", why);
	free_conn(c);
}

/* What the descriptors that came with a piece mean. Return: NULL, or what is wrong with them. */
static const char *judge_fds(struct oci_conn *c, const struct fd_packet *p)
{
	if (c->begun && p->nfds > 0)
		return "a descriptor comes late";
	if (c->begun)
		return NULL;
	if (p->nfds != 1 || p->cut)
		return p->nfds == 0 ? "it has no descriptor" : "it has several descriptors";
	if (!listener_is(p->fd[0]))
		return "its descriptor is no seccomp listener";
	c->listener = p->fd[0];
	return NULL;
}

static void on_piece(struct oci_conn *c, const char *piece, size_t len)
{
	struct oci_state state = {0};
	char error[160];
	int r = oci_reader_feed(c->reader, piece, len, &state, error, sizeof(error));

	if (r < 0) {
		refuse(c, state.id, error);
	} else if (r > 0) {
		const int fd = c->listener;

		oci_reader_free(c->reader);
		c->reader = NULL;
		c->listener = -1;
		oci_take(c->owner, &state, fd);
	}
}

static void on_end(struct oci_conn *c)
{
	if (c->reader && c->begun)
		refuse(c, NULL, "it ends in the middle");
	else
		free_conn(c);
}

static int on_conn(sd_event_source *s, int sock, uint32_t revents, void *userdata)
{
	struct oci_conn *c = userdata;
	struct fd_packet p;
	char piece[16384];
	long len = fd_packet_recv(sock, piece, sizeof(piece), &p, MSG_DONTWAIT);

	(void)s, (void)revents;
	if (len == -EAGAIN)
		return 0;
	if (len <= 0) {
		on_end(c);
		return 0;
	}

	const char *wrong = c->reader ? judge_fds(c, &p) : NULL;

	if (p.nfds == 1 && p.fd[0] == c->listener)
		p.fd[0] = -1;
	fd_packet_close(&p);
	c->begun = true;
	if (wrong)
		refuse(c, NULL, wrong);
	else if (c->reader)
		on_piece(c, piece, (size_t)len);
	return 0;
}

static int add_conn(struct oci *o, int sock, pid_t peer)
{
	struct oci_conn *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	*c = (struct oci_conn){.owner = o,
			       .next = o->conns,
			       .reader = oci_reader_new(),
			       .listener = -1,
			       .peer = peer};
	int r = c->reader ? sd_event_add_io(o->event, &c->source, sock, EPOLLIN, on_conn, c)
			  : -ENOMEM;

	if (r >= 0)
		r = sd_event_source_set_io_fd_own(c->source, 1);
	if (r < 0) {
		sd_event_source_disable_unref(c->source);
		oci_reader_free(c->reader);
		free(c);
		return r;
	}
	o->conns = c;
	o->nconns++;
	return 0;
}

/* The file is root's alone; but a socket that systemd passed is as its unit says. */
static int check_peer(const struct oci *o, int sock, struct ucred *peer)
{
	socklen_t len = sizeof(*peer);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, peer, &len) < 0)
		return -errno;
	if (peer->uid != 0 && peer->uid != geteuid())
		return -EACCES;
	return o->nconns < OCI_CONNECTIONS_MAX ? 0 : -EUSERS;
}

int oci_conn_rested(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct oci *o = userdata;

	(void)s, (void)usec;
	return sd_event_source_set_enabled(o->accept_source, SD_EVENT_ON);
}

static void rest(struct oci *o)
{
	if (sd_event_source_set_time_relative(o->rested, REST_US) < 0 ||
	    sd_event_source_set_enabled(o->rested, SD_EVENT_ONESHOT) < 0)
		return;
	(void)sd_event_source_set_enabled(o->accept_source, SD_EVENT_OFF);
	log_say(LOG_WARNING, NULL, "no descriptors are left for container runtimes that connect");
}

int oci_conn_accept(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct oci *o = userdata;
	struct ucred peer = {0};
	int sock = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)s, (void)revents;
	/* Out of descriptors: who waits would be told of at once again, and again. */
	if (sock < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			rest(o);
		return 0;
	}
	int r = check_peer(o, sock, &peer);

	if (r == 0)
		r = add_conn(o, sock, peer.pid);
	if (r == 0)
		return 0;
	log_say(LOG_WARNING, &(struct log_about){.pid = peer.pid},
		"process %d (user %u) is refused at the socket of container runtimes: %s", peer.pid,
		peer.uid, r == -EUSERS ? "too many connections" : strerror(-r));
	close(sock);
	return 0;
}
