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
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/server.h"
#include "ipc/sem.h"
#include "seccomp/newer.h"

#define BUCKETS 128u
#define MEMBERS 8

/** struct member - a process that is known to share the list. */
struct member {
	uint32_t tgid;
	uint64_t start_time;
};

struct holder {
	struct holder *next;
	struct sem_holder who;
	uint32_t tgid, tid; /* of the watched thread */
	bool only_thread;   /* of its process, when the watch began */
	unsigned nmembers;
	struct member member[MEMBERS];
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

static void add_member(struct holder *p, const struct task_ident *ident)
{
	for (unsigned i = 0; i < p->nmembers; i++)
		if (p->member[i].tgid == ident->cred.tgid &&
		    p->member[i].start_time == ident->start_time)
			return;
	if (p->nmembers < MEMBERS)
		p->member[p->nmembers++] = (struct member){
			.tgid = ident->cred.tgid,
			.start_time = ident->start_time,
		};
}

/* A process made by a bare clone(CLONE_SYSVSEM) shares its parent's list. */
static void add_parent(struct holders *h, struct holder *p)
{
	struct task_ident parent;
	char path[64], line[256];
	int ppid = 0;

	snprintf(path, sizeof(path), "/proc/%u/status", p->tgid);
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f) && sscanf(line, "PPid: %d", &ppid) != 1)
		;
	if (f)
		fclose(f);
	if (ppid > 0 && task_identify(h->srv->probe, ppid, -1, &parent) == 0 &&
	    !parent.undo.born && parent.undo.list == p->who.list)
		add_member(p, &parent);
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
		.only_thread = task_only_thread((pid_t)ident->cred.tgid),
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
	add_member(p, ident);
	if (!who->born && ident->undo.list)
		add_parent(h, p);
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

	struct holder *p = find(h, &who);

	if (!p)
		return watch(h, &who, ident);
	/* The watched thread lives, so who has the same list now shares it. */
	add_member(p, ident);
	return 0;
}

/* A living thread of process @tgid, but @not_tid, with a shared list: @list, or any if that is 0. */
static bool find_in_process(struct holders *h, uint32_t tgid, uint32_t not_tid, uint64_t list,
			    struct task_ident *out)
{
	struct dirent *d;
	char path[64];
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%u/task", tgid);
	DIR *dir = opendir(path);

	while (dir && !found && (d = readdir(dir))) {
		pid_t tid = (pid_t)strtol(d->d_name, NULL, 10);

		if (tid <= 0 || (uint32_t)tid == not_tid ||
		    task_identify(h->srv->probe, tid, -1, out) < 0)
			continue;
		found = out->undo.list && !out->undo.born && (!list || out->undo.list == list);
	}
	if (dir)
		closedir(dir);
	return found;
}

/*
 * A thread that had a list of its own is gone. If it was its process's only one and has begun to
 * share the list since, its siblings have it. (Siblings that were there before share another one.)
 */
static bool passed_to_sibling(struct holders *h, struct holder *p)
{
	struct task_ident ident;

	return p->only_thread && find_in_process(h, p->tgid, p->tid, 0, &ident) &&
	       rekey(h, p, &ident.undo, &ident) == 0;
}

/*
 * Another sharer of a shared list is watched instead. Only known ones are asked: once the list is
 * gone the kernel soon gives its address to a stranger's.
 */
static bool passed_to_sharer(struct holders *h, struct holder *p)
{
	const struct holder old = *p;
	struct task_ident ident;

	for (unsigned i = 0; i < old.nmembers; i++) {
		if (!find_in_process(h, old.member[i].tgid, old.tid, old.who.list, &ident) ||
		    ident.start_time != old.member[i].start_time ||
		    watch(h, &old.who, &ident) < 0)
			continue;

		struct holder *now = find(h, &old.who); /* the newest of its bucket */

		for (unsigned k = 0; k < old.nmembers; k++) {
			ident.cred.tgid = old.member[k].tgid;
			ident.start_time = old.member[k].start_time;
			add_member(now, &ident);
		}
		forget(h, p);
		return true;
	}
	return false;
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

		if (tid > 0 && task_identify(h->srv->probe, tid, -1, &other) == 0 &&
		    watch(h, &who, &other) == 0) {
			forget(h, p);
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
