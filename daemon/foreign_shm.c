/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records by id, each with its stand-in and its attachments; a timer looks for what has ended. */
#include "daemon/foreign_shm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "daemon/backing.h"
#include "daemon/copiers.h"
#include "daemon/server.h"
#include "daemon/shm_inject.h"
#include "seccomp/inject.h"
#include "seccomp/memory.h"
#include "seccomp/task_pidfd.h"

#ifndef SHM_DEST
#define SHM_DEST 01000
#endif

#define BUCKETS 256u

/*
 * Each segment that is attached takes a mapping of ours, and each attachment a descriptor. Others of the process
 * need some, too.
 */
#define STAND_INS_MAX 2048u
#define DESCRIPTORS_PART 8u

/*
 * How soon it is noticed, without a call that asks, that nobody is attached any more: where a segment
 * is to be destroyed then its memory waits for it, else only descriptors do.
 */
#define LOOK_MARKED_MS 200
#define LOOK_MS 5000

/** struct attachment - @busy: it is being made, and must not be taken for one that has ended. @refs: to its
 * file, when they were counted last. */
struct attachment {
	struct attachment *next;
	int fd;
	bool busy;
	uint64_t refs;
};

/** struct use - who used a segment last, and when. */
struct use {
	uint32_t lpid;
	int64_t atime, dtime;
};

/**
 * struct record - a segment.
 * @known: its last use, as far as it is known; @seen: what the kernel said when it was noted. What the
 * kernel says differently later is the use of a member of the backing namespace.
 */
struct record {
	struct record *next;
	int id;
	bool made_here; /* by a foreign caller, and who that was: */
	uint32_t cpid, cuid, cgid;
	pid_t creator;	/* the thread */
	uint64_t birth; /* task_birth(); 0: nobody whose end matters */
	struct use known, seen;
	void *stand_in; /* NULL: none; then there is no attachment, either */
	int base;	/* its file, to be opened anew */
	uint64_t dev, ino, size;
	struct attachment *attachments;
};

struct foreign_shm {
	struct server *srv;
	struct copiers *injectors;
	struct record *bucket[BUCKETS];
	unsigned count, stand_ins;
	uint64_t attachments, attachments_max;
	struct loop_source look;
	unsigned looks_ms; /* 0: it does not */
	int forced;	   /* shm_rmid_forced, open */
};

static struct record **link_of(struct foreign_shm *f, int id)
{
	struct record **link = &f->bucket[(unsigned)id % BUCKETS];

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

static struct record *find(struct foreign_shm *f, int id)
{
	return *link_of(f, id);
}

static struct use use_of(const struct shm_stat *st)
{
	return (struct use){.lpid = st->lpid, .atime = st->atime, .dtime = st->dtime};
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t now(const struct foreign_shm *f)
{
	return ipc_now(&f->srv->ns).tv_sec;
}

/* What is known, and what a member has done since. */
static struct use last_use(const struct record *r, const struct shm_stat *st)
{
	struct use u = r->known;

	if (st->atime != r->seen.atime)
		u.atime = later(u.atime, st->atime);
	if (st->dtime != r->seen.dtime)
		u.dtime = later(u.dtime, st->dtime);
	if (st->lpid != r->seen.lpid || st->atime != r->seen.atime || st->dtime != r->seen.dtime)
		u.lpid = st->lpid;
	return u;
}

/* To be called before something that we do is noted by the kernel as a use, or known better. */
static void fold(struct record *r)
{
	struct shm_stat st;

	if (backing_stat(r->id, false, &st) < 0)
		return;
	r->known = last_use(r, &st);
	r->seen = use_of(&st);
}

/* And this after it. */
static void saw(struct record *r)
{
	struct shm_stat st;

	if (backing_stat(r->id, false, &st) >= 0)
		r->seen = use_of(&st);
}

static struct record *obtain(struct foreign_shm *f, int id, const struct shm_stat *st)
{
	struct record **link = link_of(f, id);

	if (*link)
		return *link;

	struct record *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->id = id;
	r->base = -1;
	r->known = r->seen = use_of(st);
	*link = r;
	f->count++;
	return r;
}

/* Without attachments. */
static void forget(struct foreign_shm *f, struct record *r)
{
	*link_of(f, r->id) = r->next;
	f->count--;
	free(r);
}

/* ---- the stand-in ---- */

/* Where a mapping of our own ends, and what file it is of. */
static int own_mapping(const void *at, struct memory_mapping *out)
{
	struct task_memory m = {.mem = -1, .maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)};
	int r = m.maps < 0 ? -errno : memory_file_mapping(&m, (uintptr_t)at, out);

	memory_close(&m);
	return r == 0 && out->start != (uintptr_t)at ? -ENOENT : r;
}

static int open_mapping(const struct memory_mapping *m)
{
	char path[80];

	(void)snprintf(path, sizeof(path), "/proc/self/map_files/%llx-%llx",
		       (unsigned long long)m->start, (unsigned long long)m->end);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Nothing is read through it, so a page will do: a segment can be as large as the address space. */
static void shrink(int fd, const struct memory_mapping *m)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0 || fs.f_type == HUGETLBFS_MAGIC || m->end - m->start <= page)
		return;
	(void)munmap((void *)(uintptr_t)(m->start + page), m->end - m->start - page);
}

static int make_stand_in(struct foreign_shm *f, struct record *r)
{
	struct memory_mapping m;
	struct stat st;
	int fd;

	fold(r);

	void *p = shmat(r->id, NULL, SHM_RDONLY);

	if (p == (void *)-1)
		return -errno;
	fd = own_mapping(p, &m);
	if (fd == 0)
		fd = open_mapping(&m);
	if (fd < 0 || fstat(fd, &st) < 0) {
		if (fd >= 0)
			close(fd);
		(void)shmdt(p);
		saw(r);
		return fd < 0 ? fd : -EIO;
	}
	shrink(fd, &m);
	saw(r);
	r->stand_in = p;
	r->base = fd;
	r->dev = st.st_dev;
	r->ino = st.st_ino;
	r->size = (uint64_t)st.st_size;
	f->stand_ins++;
	return 0;
}

/* Nobody is attached any more: if the segment was marked, this is its end. */
static void drop_stand_in(struct foreign_shm *f, struct record *r)
{
	struct shm_stat st;

	fold(r);
	(void)shmdt(r->stand_in);
	close(r->base);
	r->stand_in = NULL;
	r->base = -1;
	f->stand_ins--;
	if (backing_stat(r->id, false, &st) < 0)
		forget(f, r);
	else
		r->seen = use_of(&st);
}

/* ---- attachments ---- */

/* References to the file of each attachment, in their order; NULL: no memory, or no answer. */
static uint64_t *count_refs(const struct foreign_shm *f, const struct record *r, uint32_t *n)
{
	uint32_t i = 0;

	*n = 0;
	for (const struct attachment *a = r->attachments; a; a = a->next)
		++*n;

	int *fd = calloc(*n ? *n : 1, sizeof(*fd));
	uint64_t *refs = calloc(*n ? *n : 1, sizeof(*refs));

	for (const struct attachment *a = r->attachments; a && fd; a = a->next)
		fd[i++] = a->fd;
	if (!fd || !refs || task_file_refs(f->srv->probe, fd, *n, refs) < 0) {
		free(refs);
		refs = NULL;
	}
	free(fd);
	return refs;
}

/* Frees what has ended. Return: how often the rest is mapped. @r can be gone afterwards. */
static uint64_t settle(struct foreign_shm *f, struct record *r)
{
	uint64_t mapped = 0;
	uint32_t n, i = 0;
	bool more = false, fewer = false;

	if (!r->attachments)
		return 0;

	uint64_t *refs = count_refs(f, r, &n);

	for (struct attachment **link = &r->attachments; refs && *link; i++) {
		struct attachment *a = *link;

		/* One reference is ours, and one that is being made has others that are no mappings. */
		if (a->busy) {
			mapped++;
			link = &a->next;
			continue;
		}
		more |= refs[i] > a->refs;
		fewer |= refs[i] < a->refs;
		a->refs = refs[i];
		if (refs[i] > 1) {
			mapped += refs[i] - 1;
			link = &a->next;
			continue;
		}
		*link = a->next;
		close(a->fd);
		free(a);
		f->attachments--;
	}
	free(refs);
	/* As by fork(2) and exit(2): natively they are uses. */
	if (more || fewer)
		fold(r);
	if (more)
		r->known.atime = now(f);
	if (fewer)
		r->known.dtime = now(f);
	if (!r->attachments)
		drop_stand_in(f, r);
	return mapped;
}

static void look_every(struct foreign_shm *f, unsigned ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	const struct itimerspec its = {.it_interval = t, .it_value = t};

	if (f->looks_ms == ms)
		return;
	f->looks_ms = ms;
	(void)timerfd_settime(f->look.fd, 0, &its, NULL);
}

/* ---- shm_rmid_forced ---- */

/* The file is the IPC namespace's of who opens it, so it is opened here and not at the begin. */
static bool is_forced(struct foreign_shm *f)
{
	char text[4];

	if (f->forced < 0)
		f->forced = open("/proc/sys/kernel/shm_rmid_forced", O_RDONLY | O_CLOEXEC);

	return pread(f->forced, text, sizeof(text), 0) > 0 && text[0] == '1';
}

static bool has_ended(const struct record *r)
{
	struct pollfd p = {.fd = task_pidfd_open(r->creator), .events = POLLIN};
	struct stat st;

	if (p.fd < 0)
		return p.fd == -ESRCH;

	const bool ended = fstat(p.fd, &st) == 0 &&
			   (st.st_ino != r->birth || (poll(&p, 1, 0) == 1 && p.revents));

	close(p.fd);
	return ended;
}

/*
 * exit_shm(): with its creator a segment goes that nobody is attached to. To the kernel its creator is one
 * of our threads, which does not end.
 */
static void remove_orphans(struct foreign_shm *f)
{
	if (!is_forced(f))
		return;
	for (unsigned i = 0; i < BUCKETS; i++) {
		struct record *next;

		for (struct record *r = f->bucket[i]; r; r = next) {
			struct shm_stat st;

			next = r->next;
			if (!r->birth || r->stand_in || !has_ended(r))
				continue;
			r->birth = 0;
			if (backing_stat(r->id, false, &st) < 0 || st.nattch > 0)
				continue;
			(void)backing_remove(r->id);
			forget(f, r);
		}
	}
}

/* All of them; and how soon again. A record of a segment that is no more goes. */
static void settle_all(struct foreign_shm *f)
{
	unsigned ms = 0;

	for (unsigned i = 0; i < BUCKETS; i++) {
		struct record *next;

		for (struct record *r = f->bucket[i]; r; r = next) {
			struct shm_stat st;
			const bool there = backing_stat(r->id, false, &st) >= 0;

			next = r->next;
			if (!there && !r->attachments)
				forget(f, r);
			else if (settle(f, r) > 0)
				ms = (st.perm.mode & SHM_DEST) || ms == LOOK_MARKED_MS
					     ? LOOK_MARKED_MS
					     : LOOK_MS;
		}
	}
	remove_orphans(f);
	look_every(f, ms);
}

void foreign_settle(struct foreign_shm *f)
{
	settle_all(f);
}

void foreign_begin(struct foreign_shm *f)
{
	remove_orphans(f);
}

static void on_look(void *ctx, uint32_t events)
{
	struct foreign_shm *f = ctx;
	uint64_t ticks;

	(void)events;
	(void)!read(f->look.fd, &ticks, sizeof(ticks));
	settle_all(f);
}

static bool is_full(const struct foreign_shm *f)
{
	return f->stand_ins >= STAND_INS_MAX || f->attachments >= f->attachments_max;
}

int foreign_attach(struct foreign_shm *f, int id, bool rdonly)
{
	/* Some may have ended that nobody has asked for. */
	if (is_full(f))
		settle_all(f);
	if (is_full(f))
		return -ENOMEM;

	struct attachment *a = calloc(1, sizeof(*a));
	struct shm_stat st;
	struct record *r = a && backing_stat(id, false, &st) >= 0 ? obtain(f, id, &st) : NULL;
	char path[40];

	if (!r || (!r->stand_in && make_stand_in(f, r) < 0)) {
		free(a);
		return -ENOMEM;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", r->base);
	a->fd = open(path, (rdonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (a->fd < 0) {
		free(a);
		if (!r->attachments)
			drop_stand_in(f, r);
		return -ENOMEM;
	}
	a->busy = true;
	a->next = r->attachments;
	r->attachments = a;
	f->attachments++;
	look_every(f, st.perm.mode & SHM_DEST || f->looks_ms == LOOK_MARKED_MS ? LOOK_MARKED_MS
									       : LOOK_MS);
	return a->fd;
}

static struct attachment *attachment_of(struct foreign_shm *f, int id, int fd, struct record **r)
{
	struct attachment *a;

	*r = find(f, id);
	a = *r ? (*r)->attachments : NULL;
	while (a && a->fd != fd)
		a = a->next;
	return a;
}

void foreign_attached(struct foreign_shm *f, int id, int fd, uint32_t tgid)
{
	struct record *r;
	struct attachment *a = attachment_of(f, id, fd, &r);

	if (!a)
		return;
	a->busy = false;
	a->refs = 2;
	fold(r);
	r->known.lpid = tgid;
	r->known.atime = now(f);
}

void foreign_abandon(struct foreign_shm *f, int id, int fd)
{
	struct record *r;
	struct attachment *a = attachment_of(f, id, fd, &r);

	if (!a)
		return;
	for (struct attachment **link = &r->attachments; *link; link = &(*link)->next) {
		if (*link != a)
			continue;
		*link = a->next;
		break;
	}
	/* The caller may have it all the same, if it has died half way; then it goes with that. */
	close(a->fd);
	free(a);
	f->attachments--;
	if (!r->attachments)
		drop_stand_in(f, r);
}

int foreign_find(struct foreign_shm *f, uint64_t dev, uint64_t ino, uint64_t *size)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		for (const struct record *r = f->bucket[i]; r; r = r->next) {
			if (!r->stand_in || r->dev != dev || r->ino != ino)
				continue;
			*size = r->size;
			return r->id;
		}
	return -ENOENT;
}

void foreign_detached(struct foreign_shm *f, int id, uint32_t tgid)
{
	struct record *r = find(f, id);

	if (!r)
		return;
	fold(r);
	r->known.lpid = tgid;
	r->known.dtime = now(f);
	(void)settle(f, r);
}

/* ---- segments ---- */

int foreign_stat(struct foreign_shm *f, int id, bool by_index, struct shm_stat *out)
{
	int found = backing_stat(id, by_index, out);
	struct record *r = found < 0 ? NULL : find(f, found);

	if (!r)
		return found;

	const uint64_t mapped = settle(f, r);

	/* That may have been the end of it. */
	found = backing_stat(found, false, out);
	r = found < 0 ? NULL : find(f, found);
	if (!r)
		return found;

	const struct use u = last_use(r, out);

	out->lpid = u.lpid;
	out->atime = u.atime;
	out->dtime = u.dtime;
	out->nattch += mapped;
	if (r->stand_in && out->nattch)
		out->nattch--;
	if (r->made_here) {
		out->perm.cuid = r->cuid;
		out->perm.cgid = r->cgid;
		out->cpid = r->cpid;
	}
	return found;
}

void foreign_made(struct foreign_shm *f, int id, const struct ipc_cred *by)
{
	struct shm_stat st;
	struct record *r;

	/* Removed ones leave records behind that nobody asks for. */
	if (f->count % 64 == 63)
		settle_all(f);
	if (backing_stat(id, false, &st) < 0)
		return;
	r = obtain(f, id, &st);
	if (!r)
		return;
	r->made_here = true;
	r->creator = (pid_t)by->tid;
	if (task_birth(r->creator, &r->birth) < 0)
		r->birth = 0;
	r->cpid = by->tgid;
	r->cuid = by->euid;
	r->cgid = by->egid;
}

int foreign_remove(struct foreign_shm *f, int id)
{
	struct record *r = find(f, id);
	int e;

	if (r)
		(void)settle(f, r);
	e = backing_remove(id);
	r = find(f, id);
	if (r && !r->attachments)
		forget(f, r);
	else if (r)
		look_every(f, LOOK_MARKED_MS);
	return e;
}

/* ---- life ---- */

/* A mapping of our own is opened by map_files: may we? */
static int try_map_files(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct memory_mapping m;
	int fd = memfd_create("ipcns-try", MFD_CLOEXEC), r = -ENOMEM;
	void *p = fd >= 0 && ftruncate(fd, (off_t)page) == 0
			  ? mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0)
			  : MAP_FAILED;

	if (p != MAP_FAILED) {
		r = own_mapping(p, &m);
		if (r == 0)
			r = open_mapping(&m);
		if (r >= 0)
			close(r);
		(void)munmap(p, page);
	}
	if (fd >= 0)
		close(fd);
	return r < 0 ? r : 0;
}

static int try_refs(struct task_probe *probe)
{
	int fd = memfd_create("ipcns-try", MFD_CLOEXEC), r;
	uint64_t refs = 0;

	if (fd < 0)
		return -errno;
	r = task_file_refs(probe, &fd, 1, &refs);
	close(fd);
	/* A kernel that counts otherwise must not be believed. */
	return r == 0 && refs != 1 ? -EOPNOTSUPP : r;
}

static uint64_t descriptors(void)
{
	struct rlimit rl;

	return getrlimit(RLIMIT_NOFILE, &rl) < 0 ? 1024 : rl.rlim_cur;
}

int foreign_possible(struct task_probe *probe)
{
	int r = inject_supported() ? try_refs(probe) : -EOPNOTSUPP;

	return r < 0 ? r : try_map_files();
}

int foreign_open(struct server *srv, struct foreign_shm **out)
{
	int r = foreign_possible(srv->probe);
	struct foreign_shm *f;

	if (r < 0)
		return r;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->srv = srv;
	f->attachments_max = descriptors() / DESCRIPTORS_PART;
	f->forced = -1;
	f->look = (struct loop_source){
		.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
		.ready = on_look,
		.ctx = f};
	r = f->look.fd < 0 ? -errno : copiers_open(srv, "ipcnsd-inject", shm_inject, &f->injectors);
	if (r == 0)
		r = loop_add(&srv->loop, &f->look, EPOLLIN);
	if (r == 0) {
		*out = f;
		return 0;
	}
	(void)copiers_close(f->injectors);
	if (f->look.fd >= 0)
		close(f->look.fd);
	if (f->forced >= 0)
		close(f->forced);
	free(f);
	return r;
}

int foreign_submit(struct foreign_shm *f, struct ipc_slot *s)
{
	return copiers_add(f->injectors, s);
}

bool foreign_stop(struct foreign_shm *f)
{
	if (!f || !f->injectors)
		return true;
	if (!copiers_close(f->injectors))
		return false;
	f->injectors = NULL;
	return true;
}

static void give_up(struct record *r)
{
	while (r->attachments) {
		struct attachment *a = r->attachments;

		r->attachments = a->next;
		close(a->fd);
		free(a);
	}
	if (r->stand_in) {
		(void)shmdt(r->stand_in);
		close(r->base);
	}
	free(r);
}

void foreign_close(struct foreign_shm *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < BUCKETS; i++)
		while (f->bucket[i]) {
			struct record *r = f->bucket[i];

			f->bucket[i] = r->next;
			give_up(r);
		}
	loop_remove(&f->srv->loop, &f->look);
	close(f->look.fd);
	if (f->forced >= 0)
		close(f->forced);
	free(f);
}
