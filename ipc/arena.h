/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An arena: one file on tmpfs, mapped once, that holds a family's records or bodies.
 *
 * State is in files, not in the heap, so that a new daemon only has to map the files again.
 * Hence references are indices (aref), never pointers; the head carries a layout version; and every
 * byte that a store may touch has been fallocate()d before, so a full tmpfs is an -ENOSPC here and
 * never a SIGBUS there. The mapping never moves: the whole range that the arena may ever need is
 * reserved as address space at the start.
 *
 * What is reachable from a committed root is true; free lists are only a cache of the rest, and a
 * block that was taken but not committed when the daemon died is found by sweeping. Not thread
 * safe: an arena belongs to the event loop of its namespace.
 */
#ifndef IPC_ARENA_H
#define IPC_ARENA_H

#include <stddef.h>
#include <stdint.h>

/** Reference to a block: its offset in units of 64 bytes. 0 is "none". */
typedef uint32_t aref;

#define ARENA_UNIT 64u
/** Bump when any struct that lies in an arena changes. */
#define ARENA_LAYOUT 3u

struct arena_head;

struct arena {
	int fd; /* -1: not kept open; then it is @name in @dirfd */
	int dirfd;
	const char *name;
	uint8_t *base;
	size_t reserve;
	struct arena_head *head;
};

/**
 * arena_create() - make file @name in @dirfd and map it.
 * @root_size: bytes of the family's root struct, zeroed, found by arena_root().
 * @reserve: the most bytes it may ever grow to (address space, not memory).
 * Return: 0; -EEXIST, -ENOSPC, -ENOMEM or what openat(2), fallocate(2), mmap(2) say.
 */
int arena_create(struct arena *a, int dirfd, const char *name, size_t root_size, size_t reserve);

/**
 * arena_create_sparse() - the same, but only the first @root_now bytes of the root have memory. The
 * rest must not even be read before arena_commit().
 */
int arena_create_sparse(struct arena *a, int dirfd, const char *name, size_t root_size,
			size_t root_now, size_t reserve);

/** arena_close_file() - do not keep the file open: it is opened again when it grows. @name, @dirfd:
 * as it was made, both for as long as the arena. */
void arena_close_file(struct arena *a, int dirfd, const char *name);

/** arena_commit() - memory for these bytes of the root, zeroed if they are new. May be called again.
 * Return: 0; -ENOSPC. */
int arena_commit(const struct arena *a, const void *ptr, size_t len);

/** arena_close() - unmap and close; the file stays. Safe on a zeroed struct arena. */
void arena_close(struct arena *a);

void *arena_root(const struct arena *a);

/**
 * arena_alloc() - take a block of @size bytes (1 .. reserve). Its content is undefined.
 * Return: 0; -ENOSPC when the tmpfs is full; -ENOMEM when the reserve is used up.
 */
int arena_alloc(struct arena *a, size_t size, aref *out);

/** arena_free() - give a block back; @size as given to arena_alloc(). ref 0 is ignored. */
void arena_free(struct arena *a, aref ref, size_t size);

/** arena_used() - bytes in blocks that are taken (rounded as they are allocated). */
uint64_t arena_used(const struct arena *a);

static inline void *arena_ptr(const struct arena *a, aref ref)
{
	return ref ? a->base + (size_t)ref * ARENA_UNIT : NULL;
}

#endif
