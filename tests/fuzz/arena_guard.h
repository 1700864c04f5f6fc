/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AddressSanitizer for blocks of an arena: it knows the heap, not our files. The linker leads all
 * calls of arena_alloc() and arena_free() here (--wrap). Behind a block's size and in a block that
 * was given back every access is an error, but for the first eight bytes of the latter: they hold
 * the free list's link, and a queue's inode number, which mqueue_return() may look at.
 *
 * Included by exactly one file of a program.
 */
#ifndef TESTS_FUZZ_ARENA_GUARD_H
#define TESTS_FUZZ_ARENA_GUARD_H

#include <sanitizer/asan_interface.h>
#include <string.h>

#include "ipc/arena.h"

int __real_arena_alloc(struct arena *a, size_t size, aref *out);
void __real_arena_free(struct arena *a, aref ref, size_t size);
int __wrap_arena_alloc(struct arena *a, size_t size, aref *out);
void __wrap_arena_free(struct arena *a, aref ref, size_t size);

int __wrap_arena_alloc(struct arena *a, size_t size, aref *out)
{
	uint64_t before = arena_used(a);
	int r = __real_arena_alloc(a, size, out);

	if (r == 0) {
		uint8_t *p = arena_ptr(a, *out);

		ASAN_UNPOISON_MEMORY_REGION(p, arena_used(a) - before);
		memset(p, 0xa5, size); /* the content is undefined, so nobody may count on it */
		ASAN_POISON_MEMORY_REGION(p + size, arena_used(a) - before - size);
	}
	return r;
}

void __wrap_arena_free(struct arena *a, aref ref, size_t size)
{
	uint64_t before = arena_used(a);

	__real_arena_free(a, ref, size);
	if (ref) {
		uint8_t *p = arena_ptr(a, ref);

		ASAN_POISON_MEMORY_REGION(p + 8, before - arena_used(a) - 8);
	}
}

#endif
