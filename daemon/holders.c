/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pidfds sit in an epoll set of their own: asking all of them costs one call however many
 * there are, and the set itself is one source of the loop for when nobody asks.
 */
#include "daemon/holders.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/server.h"
#include "ipc/sem.h"

#define BUCKETS 1024u

struct holder {
	struct holder *next;
	uint32_t tgid;
	uint64_t start_time;
	int pidfd;
};

struct holders {
	struct server *srv;
	struct loop_source source;
	unsigned count;
	struct holder *bucket[BUCKETS];
};

static void on_ready(void *ctx, uint32_t events)
{
	struct holders *h = ctx;

	(void)events;
	holders_check(h);
	server_drain(h->srv);
}

int holders_open(struct server *srv, struct holders **out)
{
	struct holders *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->srv = srv;
	h->source = (struct loop_source){.ready = on_ready, .ctx = h};
	h->source.fd = epoll_create1(EPOLL_CLOEXEC);
	int r = h->source.fd < 0 ? -errno : loop_add(&srv->loop, &h->source, EPOLLIN);
	if (r < 0) {
		if (h->source.fd >= 0)
			close(h->source.fd);
		free(h);
		return r;
	}
	*out = h;
	return 0;
}

void holders_close(struct holders *h)
{
	if (!h)
		return;
	for (unsigned i = 0; i < BUCKETS; i++) {
		struct holder *next;

		for (struct holder *p = h->bucket[i]; p; p = next) {
			next = p->next;
			close(p->pidfd);
			free(p);
		}
	}
	loop_remove(&h->srv->loop, &h->source);
	close(h->source.fd);
	free(h);
}

bool holders_any(const struct holders *h)
{
	return h->count > 0;
}

static void forget(struct holders *h, struct holder *p)
{
	struct holder **link = &h->bucket[p->tgid % BUCKETS];

	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	h->count--;
	close(p->pidfd);
	free(p);
}

int holders_add(struct holders *h, uint32_t tgid, uint64_t start_time)
{
	struct holder **bucket = &h->bucket[tgid % BUCKETS];

	for (struct holder *p = *bucket; p; p = p->next)
		if (p->tgid == tgid && p->start_time == start_time)
			return 0;

	struct holder *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	*p = (struct holder){.tgid = tgid, .start_time = start_time};
	p->pidfd = (int)syscall(SYS_pidfd_open, (pid_t)tgid, 0);

	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = p};

	if (p->pidfd < 0 || epoll_ctl(h->source.fd, EPOLL_CTL_ADD, p->pidfd, &ev) < 0) {
		int r = -errno;

		if (p->pidfd >= 0)
			close(p->pidfd);
		free(p);
		return r;
	}
	p->next = *bucket;
	*bucket = p;
	h->count++;
	return 0;
}

void holders_check(struct holders *h)
{
	struct epoll_event ev[64];
	int n;

	do {
		n = epoll_wait(h->source.fd, ev, 64, 0);
		for (int i = 0; i < n; i++) {
			struct holder *p = ev[i].data.ptr;
			uint32_t tgid = p->tgid;
			uint64_t start_time = p->start_time;

			forget(h, p);
			sem_undo_exit(&h->srv->ns, tgid, start_time);
		}
	} while (n == 64);
}
