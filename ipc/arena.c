/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The arena's file, its growth, and its block allocator.
 *
 * Blocks come in size classes, four to each doubling, so that at most a quarter of a block is
 * waste; a freed block goes to its class's list and is found again in constant time. Blocks of
 * one class are never split or merged: the mixes that IPC objects make are few and repeat.
 */
#include "ipc/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA_MAGIC 0x616e657261637069ull /* "ipcarena" */
#define ARENA_CLASSES 128
#define ARENA_GROW_MIN (16u << 10)
#define ARENA_GROW_MAX (16u << 20)
#define PAGE 4096u
/* The root follows the head, in the same page if it is small. */
#define ROOT_OFFSET 1024u

struct arena_head {
	uint64_t magic;
	uint32_t layout;
	uint32_t root_size;
	uint64_t size;  /* bytes allocated to the file */
	uint64_t brk;   /* bytes ever handed out */
	uint64_t used;  /* bytes in taken blocks */
	aref free[ARENA_CLASSES];
};

_Static_assert(sizeof(struct arena_head) <= ROOT_OFFSET, "the head has its place");

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* The file, which is not kept open where there are very many arenas. */
static int open_file(const struct arena *a)
{
	int fd = a->fd >= 0 ? a->fd : openat(a->dirfd, a->name, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static void close_file(const struct arena *a, int fd)
{
	if (fd != a->fd)
		close(fd);
}

static int allocate(const struct arena *a, int mode, uint64_t from, uint64_t len)
{
	int fd = open_file(a);

	if (fd < 0)
		return fd;
	int r = fallocate(fd, mode, (off_t)from, (off_t)len) < 0 ? -errno : 0;

	close_file(a, fd);
	return r;
}

static int map(const struct arena *a, uint64_t from, uint64_t to)
{
	int fd = open_file(a);

	if (fd < 0)
		return fd;
	int r = mmap(a->base + from, to - from, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		     (off_t)from) == MAP_FAILED
			? -errno
			: 0;

	close_file(a, fd);
	return r;
}

/*
 * Memory of a large block goes back to the system while the block is free, but for its first page,
 * which holds the link to the next.
 */
#define ARENA_LARGE (256u << 10)

static void give_back(const struct arena *a, aref ref, size_t block)
{
	if (block >= ARENA_LARGE)
		(void)allocate(a, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			       (uint64_t)ref * ARENA_UNIT + PAGE, block - PAGE);
}

static int take_again(const struct arena *a, aref ref, size_t block)
{
	if (block < ARENA_LARGE)
		return 0;
	return allocate(a, 0, (uint64_t)ref * ARENA_UNIT, block);
}

/* Class of a size, and the block size of that class in *block. */
static int size_class(size_t size, size_t *block)
{
	size_t units = size ? (size + ARENA_UNIT - 1) / ARENA_UNIT : 1;

	if (units <= 4) {
		*block = units * ARENA_UNIT;
		return (int)units - 1;
	}
	int log = 63 - __builtin_clzll((unsigned long long)(units - 1));
	size_t step = (size_t)1 << (log - 2);
	size_t quarter = (units - ((size_t)1 << log) + step - 1) / step; /* 1..4 */

	*block = (((size_t)1 << log) + quarter * step) * ARENA_UNIT;
	return 4 + (log - 2) * 4 + (int)quarter - 1;
}

static int arena_grow(struct arena *a, uint64_t need)
{
	const uint64_t size = a->head->size;

	if (need <= size)
		return 0;
	if (need > a->reserve)
		return -ENOMEM;
	/* Doubling up to a point keeps the number of calls small, and a small namespace small. */
	uint64_t step = a->head->used;

	step = step < ARENA_GROW_MIN ? ARENA_GROW_MIN : step > ARENA_GROW_MAX ? ARENA_GROW_MAX : step;

	uint64_t target = round_up(need > size + step ? need : size + step, PAGE);

	if (target > a->reserve)
		target = a->reserve;
	int r = allocate(a, 0, size, target - size);

	if (r == -ENOSPC) {
		target = round_up(need, PAGE);
		r = allocate(a, 0, size, target - size);
	}
	if (r == 0)
		r = map(a, size, target);
	if (r < 0)
		return r;
	a->head->size = target;
	return 0;
}

/* Head and root: all of it mapped, and what is needed now with memory. */
static int make_root(struct arena *a, size_t first, size_t now)
{
	if (first > a->reserve)
		return -ENOMEM;
	if (fallocate(a->fd, 0, 0, (off_t)now) < 0 || ftruncate(a->fd, (off_t)first) < 0)
		return -errno;
	int r = map(a, 0, first);

	if (r < 0)
		return r;
	a->head = (struct arena_head *)a->base;
	a->head->size = first;
	return 0;
}

int arena_create_sparse(struct arena *a, int dirfd, const char *name, size_t root_size,
			size_t root_now, size_t reserve)
{
	const size_t first = round_up(ROOT_OFFSET + root_size, PAGE);
	int r;

	*a = (struct arena){.fd = -1, .reserve = round_up(reserve, PAGE)};
	a->fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (a->fd < 0)
		return -errno;
	a->base = mmap(NULL, a->reserve, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		       0);
	if (a->base == MAP_FAILED) {
		r = -errno;
		a->base = NULL;
		arena_close(a);
		return r;
	}
	r = make_root(a, first, round_up(ROOT_OFFSET + root_now, PAGE));
	if (r < 0) {
		arena_close(a);
		return r;
	}
	a->head->layout = ARENA_LAYOUT;
	a->head->root_size = (uint32_t)root_size;
	a->head->brk = first;
	a->head->magic = ARENA_MAGIC;
	return 0;
}

int arena_create(struct arena *a, int dirfd, const char *name, size_t root_size, size_t reserve)
{
	return arena_create_sparse(a, dirfd, name, root_size, root_size, reserve);
}

int arena_commit(const struct arena *a, const void *ptr, size_t len)
{
	const size_t from = (size_t)((const uint8_t *)ptr - a->base);

	return allocate(a, 0, from, len);
}

void arena_close_file(struct arena *a, int dirfd, const char *name)
{
	close(a->fd);
	a->fd = -1;
	a->dirfd = dirfd;
	a->name = name;
}

void arena_close(struct arena *a)
{
	if (a->base)
		munmap(a->base, a->reserve);
	if (a->fd > 0 || (a->base && a->fd == 0))
		close(a->fd);
	*a = (struct arena){.fd = -1};
}

void *arena_root(const struct arena *a)
{
	return a->base + ROOT_OFFSET;
}

int arena_alloc(struct arena *a, size_t size, aref *out)
{
	struct arena_head *h = a->head;
	size_t block;

	if (size > a->reserve)
		return -ENOMEM;
	int class = size_class(size, &block);

	aref ref = h->free[class];
	if (ref) {
		int r = take_again(a, ref, block);

		if (r < 0)
			return r;
		memcpy(&h->free[class], arena_ptr(a, ref), sizeof(aref));
	} else {
		int r = arena_grow(a, h->brk + block);

		if (r < 0)
			return r;
		ref = (aref)(h->brk / ARENA_UNIT);
		h->brk += block;
	}
	h->used += block;
	*out = ref;
	return 0;
}

void arena_free(struct arena *a, aref ref, size_t size)
{
	size_t block;

	if (!ref)
		return;
	int class = size_class(size, &block);

	memcpy(arena_ptr(a, ref), &a->head->free[class], sizeof(aref));
	a->head->free[class] = ref;
	a->head->used -= block;
	give_back(a, ref, block);
}

uint64_t arena_used(const struct arena *a)
{
	return a->head->used;
}
