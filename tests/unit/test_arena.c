/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The arena: block classes, growth, reuse, and what happens when the reserve or the tmpfs is full.
 * The last needs root, for a tmpfs of its own in a mount namespace of its own.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc/arena.h"

#define MIB ((size_t)1 << 20)
#define PAGE 4096u

static int dirfd_of_test = -1;

static int begin(void **state)
{
	char dir[] = "/dev/shm/test_arena.XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	dirfd_of_test = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dirfd_of_test >= 0);
	/* Files cannot be made in a directory without a name: it goes at the end. */
	*state = strdup(dir);
	return 0;
}

static int end(void **state)
{
	close(dirfd_of_test);
	assert_int_equal(rmdir(*state), 0);
	free(*state);
	return 0;
}

static void make(struct arena *a, size_t root, size_t reserve)
{
	assert_int_equal(arena_create(a, dirfd_of_test, "a", root, reserve), 0);
	assert_int_equal(unlinkat(dirfd_of_test, "a", 0), 0);
}

static unsigned count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* What a block of @size costs. */
static uint64_t cost(struct arena *a, size_t size)
{
	uint64_t before = arena_used(a), taken;
	aref ref;

	assert_int_equal(arena_alloc(a, size, &ref), 0);
	taken = arena_used(a) - before;
	arena_free(a, ref, size);
	assert_int_equal(arena_used(a), before);
	return taken;
}

static void classes_waste_at_most_a_quarter(void **state)
{
	struct arena a;
	uint64_t last = 0;

	(void)state;
	make(&a, 64, 512 * MIB);
	assert_int_equal(cost(&a, 0), 64);
	assert_int_equal(cost(&a, 1), 64);
	assert_int_equal(cost(&a, 64), 64);
	assert_int_equal(cost(&a, 65), 128);
	assert_int_equal(cost(&a, 5 * 64), 5 * 64);
	assert_int_equal(cost(&a, 8 * 64 + 1), 10 * 64);
	assert_int_equal(cost(&a, 1 * MIB), 1 * MIB);
	for (size_t size = 1; size < 40000; size += 13) {
		uint64_t block = cost(&a, size), units = (size + 63) / 64 * 64;

		assert_true(block >= size && block % ARENA_UNIT == 0);
		assert_true((block - units) * 4 <= block);
		assert_true(block >= last);
		last = block;
	}
	arena_close(&a);
}

static void freed_blocks_are_used_again_by_their_class_only(void **state)
{
	struct arena a;
	aref small[3], big, r;

	(void)state;
	make(&a, 64, 16 * MIB);
	for (int i = 0; i < 3; i++)
		assert_int_equal(arena_alloc(&a, 200, &small[i]), 0);
	assert_int_equal(arena_alloc(&a, 5000, &big), 0);
	assert_true(small[0] && small[0] != small[1] && small[1] != small[2] && big != small[2]);
	uint64_t full = arena_used(&a);

	arena_free(&a, small[0], 200);
	arena_free(&a, small[2], 200);
	arena_free(&a, 0, 200);
	assert_true(arena_used(&a) < full);
	assert_int_equal(arena_alloc(&a, 5000, &r), 0); /* not out of smaller ones */
	assert_true(r != small[0] && r != small[2]);
	arena_free(&a, r, 5000);
	/* 193..256 bytes are one class; the last one freed is warm. */
	assert_int_equal(arena_alloc(&a, 256, &r), 0);
	assert_int_equal(r, small[2]);
	assert_int_equal(arena_alloc(&a, 193, &r), 0);
	assert_int_equal(r, small[0]);
	assert_int_equal(arena_used(&a), full);

	for (int i = 0; i < 3; i++)
		arena_free(&a, small[i], 200);
	arena_free(&a, big, 5000);
	assert_int_equal(arena_used(&a), 0);
	arena_close(&a);
}

/* Many blocks of many sizes: none overlaps another, and none moves when the file grows. */
static void blocks_do_not_overlap(void **state)
{
	enum { BLOCKS = 1500 };
	static struct {
		aref ref;
		size_t size;
		uint8_t fill;
	} b[BLOCKS];
	uint32_t seed = 12345;
	struct arena a;

	(void)state;
	make(&a, 100, 256 * MIB);
	uint8_t *base = a.base;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < BLOCKS; i++) {
			seed = seed * 1664525u + 1013904223u;
			if (b[i].ref && (seed >> 20) % 2)
				continue;
			arena_free(&a, b[i].ref, b[i].size);
			b[i].size = 1 + (seed >> 8) % 20000;
			b[i].fill = (uint8_t)(i * 7 + round);
			assert_int_equal(arena_alloc(&a, b[i].size, &b[i].ref), 0);
			memset(arena_ptr(&a, b[i].ref), b[i].fill, b[i].size);
		}
	}
	assert_ptr_equal(a.base, base);
	for (int i = 0; i < BLOCKS; i++) {
		const uint8_t *p = arena_ptr(&a, b[i].ref);

		for (size_t j = 0; j < b[i].size; j++)
			if (p[j] != b[i].fill)
				fail_msg("block %d is damaged at %zu", i, j);
		arena_free(&a, b[i].ref, b[i].size);
		b[i].ref = 0;
	}
	assert_int_equal(arena_used(&a), 0);
	arena_close(&a);
}

static void growth_is_allocated_not_sparse(void **state)
{
	struct arena a;
	struct stat first, st;
	aref ref;

	(void)state;
	make(&a, 3 * PAGE + 1, 64 * MIB);
	uint8_t *root = arena_root(&a);

	for (size_t i = 0; i < 3 * PAGE + 1; i++)
		assert_int_equal(root[i], 0);
	memset(root, 0x5a, 3 * PAGE + 1);
	assert_int_equal(fstat(a.fd, &first), 0);
	assert_int_equal(first.st_mode & 0777, 0600);
	for (int i = 0; i < 40; i++)
		assert_int_equal(arena_alloc(&a, MIB / 2, &ref), 0);
	assert_int_equal(fstat(a.fd, &st), 0);
	assert_true(st.st_size > first.st_size && (size_t)st.st_size >= 20 * MIB);
	/* What a store may touch is there already: no SIGBUS when the tmpfs fills up. */
	assert_true((uint64_t)st.st_blocks * 512 >= (uint64_t)st.st_size);
	assert_true((size_t)st.st_size <= a.reserve);
	assert_ptr_equal(arena_root(&a), root);
	for (size_t i = 0; i < 3 * PAGE + 1; i++)
		assert_int_equal(root[i], 0x5a);
	arena_close(&a);
}

static void the_reserve_is_the_end(void **state)
{
	struct arena a;
	aref ref, last = 0, huge;
	unsigned n = 0;
	int r;

	(void)state;
	make(&a, 64, 1 * MIB);
	assert_int_equal(arena_alloc(&a, 2 * MIB, &huge), -ENOMEM);
	assert_int_equal(arena_alloc(&a, SIZE_MAX, &huge), -ENOMEM);
	/* As large as the reserve, but head and root are in it. */
	assert_int_equal(arena_alloc(&a, 1 * MIB, &huge), -ENOMEM);
	while ((r = arena_alloc(&a, 1000, &ref)) == 0) {
		memset(arena_ptr(&a, ref), 1, 1000);
		last = ref;
		n++;
	}
	assert_int_equal(r, -ENOMEM);
	assert_true(n > 900 && n < 1048);
	arena_free(&a, last, 1000);
	assert_int_equal(arena_alloc(&a, 1000, &ref), 0);
	assert_int_equal(ref, last);
	assert_int_equal(arena_alloc(&a, 1000, &ref), -ENOMEM);
	arena_close(&a);
}

static void create_and_close(void **state)
{
	struct arena a, second, zero = {0};
	unsigned fds = count_fds();

	(void)state;
	assert_int_equal(arena_create(&a, dirfd_of_test, "a", 64, MIB), 0);
	assert_int_equal(arena_create(&second, dirfd_of_test, "a", 64, MIB), -EEXIST);
	arena_close(&second);
	assert_int_equal(arena_create(&second, dirfd_of_test, "no/such", 64, MIB), -ENOENT);
	/* More address space than there is. */
	assert_int_equal(arena_create(&second, dirfd_of_test, "b", 64, (size_t)1 << 60), -ENOMEM);
	assert_int_equal(unlinkat(dirfd_of_test, "b", 0), 0);
	/* A root that the reserve has no room for. */
	assert_int_equal(arena_create(&second, dirfd_of_test, "c", 2 * MIB, MIB), -ENOMEM);
	assert_int_equal(unlinkat(dirfd_of_test, "c", 0), 0);
	arena_close(&a);
	arena_close(&a);
	arena_close(&zero);
	assert_int_equal(faccessat(dirfd_of_test, "a", F_OK, 0), 0); /* the file stays */
	assert_int_equal(unlinkat(dirfd_of_test, "a", 0), 0);
	assert_int_equal(count_fds(), fds);
}

static void a_full_tmpfs_is_enospc(void **state)
{
	struct arena a, second;
	aref ref, last = 0;
	unsigned n = 0, more = 0;
	int r, dir, ballast;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", *state, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") < 0) {
		print_message("SKIP: no tmpfs of its own: %s\n", strerror(errno));
		skip();
	}
	dir = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	ballast = openat(dir, "ballast", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(ballast >= 0);
	assert_int_equal(fallocate(ballast, 0, 0, 400 << 10), 0);

	assert_int_equal(arena_create(&a, dir, "a", 64, 64 * MIB), 0);
	while ((r = arena_alloc(&a, 1000, &ref)) == 0) {
		memset(arena_ptr(&a, ref), 0xff, 1000);
		last = ref;
		n++;
	}
	assert_int_equal(r, -ENOSPC);
	/* To the last page, although it grows in large steps. */
	assert_true(n * 1024 > 550 << 10);
	assert_int_equal(arena_used(&a), n * 1024);
	arena_free(&a, last, 1000);
	assert_int_equal(arena_alloc(&a, 1000, &ref), 0);
	assert_int_equal(ref, last);
	assert_int_equal(arena_create(&second, dir, "b", 64, MIB), -ENOSPC);

	assert_int_equal(ftruncate(ballast, 0), 0);
	while (arena_alloc(&a, 1000, &ref) == 0) {
		memset(arena_ptr(&a, ref), 0xff, 1000);
		more++;
	}
	assert_true(more * 1024 > 350 << 10);
	arena_close(&a);
	close(ballast);
	close(dir);
	assert_int_equal(umount2(*state, MNT_DETACH), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(classes_waste_at_most_a_quarter, begin, end),
		cmocka_unit_test_setup_teardown(freed_blocks_are_used_again_by_their_class_only,
						begin, end),
		cmocka_unit_test_setup_teardown(blocks_do_not_overlap, begin, end),
		cmocka_unit_test_setup_teardown(growth_is_allocated_not_sparse, begin, end),
		cmocka_unit_test_setup_teardown(the_reserve_is_the_end, begin, end),
		cmocka_unit_test_setup_teardown(create_and_close, begin, end),
		cmocka_unit_test_setup_teardown(a_full_tmpfs_is_enospc, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
