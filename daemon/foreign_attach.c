/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stand-ins, and the files of attachments, whose references the kernel counts. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "daemon/backing.h"
#include "daemon/foreign_impl.h"

/* Each segment that is attached takes a mapping of ours. Others of the process need some, too. */
#define STAND_INS_MAX 2048u

/* ---- the stand-in ---- */

int own_mapping(const void *at, struct memory_mapping *out)
{
	struct task_memory m = {.mem = -1, .maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)};
	int r = m.maps < 0 ? -errno : memory_file_mapping(&m, (uintptr_t)at, out);

	memory_close(&m);
	return r == 0 && out->start != (uintptr_t)at ? -ENOENT : r;
}

int own_mapping_open(const struct memory_mapping *m)
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

	record_fold(r);

	void *p = shmat(r->id, NULL, SHM_RDONLY);

	if (p == (void *)-1)
		return -errno;
	fd = own_mapping(p, &m);
	if (fd == 0)
		fd = own_mapping_open(&m);
	/*
	 * The kernel makes such files for everybody to write (shmem_kernel_file_setup()), as nobody can have
	 * one. Here a thread of the caller, or a process of the same user, can see the descriptor for a moment, and
	 * would open it anew, for more than it was given. To shmat(2) the file's mode means nothing.
	 */
	if (fd < 0 || fstat(fd, &st) < 0 || fchmod(fd, 0) < 0) {
		if (fd >= 0)
			close(fd);
		(void)shmdt(p);
		record_saw(r);
		return fd < 0 ? fd : -EIO;
	}
	shrink(fd, &m);
	record_saw(r);
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

	record_fold(r);
	(void)shmdt(r->stand_in);
	close(r->base);
	r->stand_in = NULL;
	r->base = -1;
	f->stand_ins--;
	if (backing_stat(r->id, false, &st) < 0)
		record_forget(f, r);
	else
		record_saw(r);
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

uint64_t record_settle(struct foreign_shm *f, struct record *r)
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
		record_fold(r);
	if (more)
		r->known.atime = foreign_now(f);
	if (fewer)
		r->known.dtime = foreign_now(f);
	if (!r->attachments)
		drop_stand_in(f, r);
	return mapped;
}

static bool is_full(struct foreign_shm *f, int id)
{
	const struct record *r = record_find(f, id);

	return f->attachments >= f->attachments_max ||
	       (f->stand_ins >= STAND_INS_MAX && !(r && r->stand_in));
}

int foreign_attach(struct foreign_shm *f, int id, bool rdonly)
{
	/* Some may have ended that nobody has asked for. */
	if (is_full(f, id))
		foreign_settle(f);
	if (is_full(f, id))
		return -ENOMEM;

	struct attachment *a = calloc(1, sizeof(*a));
	struct shm_stat st;
	struct record *r =
		a && backing_stat(id, false, &st) >= 0 ? record_obtain(f, id, &st) : NULL;
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
	foreign_look_every(f, st.perm.mode & SHM_DEST || f->looks_ms == LOOK_MARKED_MS
				      ? LOOK_MARKED_MS
				      : LOOK_MS);
	return a->fd;
}

static struct attachment *attachment_of(struct foreign_shm *f, int id, int fd, struct record **r)
{
	struct attachment *a;

	*r = record_find(f, id);
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
	record_fold(r);
	r->known.lpid = tgid;
	r->known.atime = foreign_now(f);
}

void foreign_abandon(struct foreign_shm *f, int id, int fd)
{
	struct record *r;
	struct attachment *a = attachment_of(f, id, fd, &r);

	if (!a)
		return;
	/* A task that was killed half way may have it all the same, or who shares its memory: that is counted. */
	a->busy = false;
	a->refs = 1;
	(void)record_settle(f, r);
}

int foreign_find(struct foreign_shm *f, uint64_t dev, uint64_t ino, uint64_t *size)
{
	for (unsigned i = 0; i < FOREIGN_BUCKETS; i++)
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
	struct record *r = record_find(f, id);

	if (!r)
		return;
	record_fold(r);
	r->known.lpid = tgid;
	r->known.dtime = foreign_now(f);
	(void)record_settle(f, r);
}
