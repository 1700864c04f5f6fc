/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pidfds sit in an epoll set of their own: asking all of them costs one call however many
 * there are, and the set itself is one source of the loop for when nobody asks.
 *
 * A thread has a list of its own, named by the thread, until the kernel gives it a shared one
 * (copy_semundo(): at its first clone(CLONE_SYSVSEM), which pthread_create(3) does); then the list
 * it had goes on under the shared one's name.
 */
#include "daemon/holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/server.h"
#include "ipc/sem.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL /* Linux 6.9: poll tells of the thread's end, not the process's */
#endif

#define BUCKETS 1024u

struct holder {
	struct holder *next;
	struct sem_holder who;
	uint32_t tgid, tid; /* of the watched thread */
	bool only_thread;   /* of its process, when the watch began */
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

struct sem_holder holders_identity(const struct task_ident *ident)
{
	if (ident->undo.list)
		return ident->undo;
	return (struct sem_holder){.list = ident->cred.tgid, .born = ident->start_time};
}

static struct holder **bucket_of(struct holders *h, const struct sem_holder *who)
{
	return &h->bucket[(who->list >> 6 ^ who->list) % BUCKETS];
}

static struct holder *find(struct holders *h, const struct sem_holder *who)
{
	struct holder *p = *bucket_of(h, who);

	while (p && (p->who.list != who->list || p->who.born != who->born))
		p = p->next;
	return p;
}

static void forget(struct holders *h, struct holder *p)
{
	struct holder **link = bucket_of(h, &p->who);

	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	h->count--;
	close(p->pidfd);
	free(p);
}

/* A pidfd of the thread where identity is the thread's, else of the process. */
static int open_pidfd(const struct task_ident *ident)
{
	int fd = -1;

	if (ident->undo.list)
		fd = (int)syscall(SYS_pidfd_open, (pid_t)ident->cred.tid, PIDFD_THREAD);
	if (fd < 0)
		fd = (int)syscall(SYS_pidfd_open, (pid_t)ident->cred.tgid, 0);
	return fd < 0 ? -errno : fd;
}

static bool only_thread(uint32_t tgid)
{
	char path[64];
	struct stat st;

	/* proc_task_getattr(): two links, and one for each thread. */
	snprintf(path, sizeof(path), "/proc/%u/task", tgid);
	return stat(path, &st) == 0 && st.st_nlink <= 3;
}

static int watch(struct holders *h, const struct sem_holder *who, const struct task_ident *ident)
{
	struct holder *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	*p = (struct holder){
		.who = *who,
		.tgid = ident->cred.tgid,
		.tid = ident->cred.tid,
		.only_thread = only_thread(ident->cred.tgid),
		.pidfd = open_pidfd(ident),
	};

	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = p};
	int r = p->pidfd < 0 ? p->pidfd : 0;

	if (r == 0 && epoll_ctl(h->source.fd, EPOLL_CTL_ADD, p->pidfd, &ev) < 0)
		r = -errno;
	if (r < 0) {
		if (p->pidfd >= 0)
			close(p->pidfd);
		free(p);
		return r;
	}
	p->next = *bucket_of(h, who);
	*bucket_of(h, who) = p;
	h->count++;
	return 0;
}

/* The list that @p watches is @to from now on, shared by the thread @ident among others. */
static int rekey(struct holders *h, struct holder *p, const struct sem_holder *to,
		 const struct task_ident *ident)
{
	int r = find(h, to) ? 0 : watch(h, to, ident);

	if (r < 0)
		return r;
	sem_undo_rekey(&h->srv->ns, &p->who, to);
	forget(h, p);
	return 0;
}

int holders_add(struct holders *h, const struct task_ident *ident)
{
	const struct sem_holder who = holders_identity(ident);

	if (ident->undo.list && !ident->undo.born) {
		/* Did it have a list of its own, before it began to share? */
		const struct sem_holder before = {
			.list = ident->cred.tid,
			.born = ident->thread_born_ns,
		};
		struct holder *p = find(h, &before);

		if (p)
			return rekey(h, p, &who, ident);
	}
	return find(h, &who) ? 0 : watch(h, &who, ident);
}

/*
 * A thread that had a list of its own is gone. If it was its process's only one and has begun to
 * share the list since, its siblings have it. (Siblings that were there before share another one.)
 */
static bool passed_to_sibling(struct holders *h, struct holder *p)
{
	struct task_ident ident;
	struct dirent *d;
	char path[64];
	bool passed = false;

	snprintf(path, sizeof(path), "/proc/%u/task", p->tgid);
	DIR *dir = p->only_thread ? opendir(path) : NULL;

	if (!dir)
		return false;
	while (!passed && (d = readdir(dir))) {
		pid_t tid = (pid_t)strtol(d->d_name, NULL, 10);

		if (tid <= 0 || (uint32_t)tid == p->tid ||
		    task_identify(h->srv->probe, tid, -1, &ident) < 0)
			continue;
		if (ident.undo.list && !ident.undo.born)
			passed = rekey(h, p, &ident.undo, &ident) == 0;
	}
	closedir(dir);
	return passed;
}

/* Another sharer of a shared list is watched instead. Return: false when there is none. */
static bool passed_to_sharer(struct holders *h, struct holder *p)
{
	const struct sem_holder who = p->who;
	struct task_ident ident;
	pid_t tid = task_undo_sharer(h->srv->probe, &who, (pid_t)p->tid);

	if (tid <= 0 || task_identify(h->srv->probe, tid, -1, &ident) < 0 ||
	    ident.undo.list != who.list)
		return false;
	forget(h, p);
	return watch(h, &who, &ident) == 0;
}

static bool passed_on(struct holders *h, struct holder *p)
{
	if (task_probe_backend(h->srv->probe) == TASK_BACKEND_PROC)
		return false; /* by process: nobody is left */
	return p->who.born ? passed_to_sibling(h, p) : passed_to_sharer(h, p);
}

static void carry_out(struct holders *h, struct holder *p)
{
	const struct sem_holder who = p->who;
	uint32_t tgid = p->tgid;

	forget(h, p);
	sem_undo_exit(&h->srv->ns, &who, tgid);
}

void holders_leave(struct holders *h, const struct task_ident *ident)
{
	const struct sem_holder who = holders_identity(ident);
	struct holder *p;

	/* By /proc the list is the process's, and it is not known who else has it. */
	if (!ident->undo.list)
		return;
	/* It may have begun to share a list that it had alone. */
	if (!ident->undo.born && holders_any(h) && holders_add(h, ident) < 0)
		return;
	p = find(h, &who);
	if (!p)
		return;
	if (!who.born) {
		pid_t tid = task_undo_sharer(h->srv->probe, &who, (pid_t)ident->cred.tid);
		struct task_ident other;

		if (tid > 0 && task_identify(h->srv->probe, tid, -1, &other) == 0) {
			forget(h, p);
			(void)watch(h, &who, &other);
			return;
		}
	}
	carry_out(h, p);
}

void holders_check(struct holders *h)
{
	struct epoll_event ev[64];
	int n;

	do {
		n = epoll_wait(h->source.fd, ev, 64, 0);
		for (int i = 0; i < n; i++) {
			struct holder *p = ev[i].data.ptr;

			if (!passed_on(h, p))
				carry_out(h, p);
		}
	} while (n == 64);
}
