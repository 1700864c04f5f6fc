/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Id tables: the slots, sequence numbers and ids that the kernel's ipc_idr_alloc() gives, the keys,
 * and a table that is full. Records here are nothing but their struct kern_ipc_perm.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc/ids.h"

#define NO_LIMIT UINT32_MAX
#define ID(seq, idx) ((int32_t)((seq) << IPCMNI_SHIFT | (idx)))

static struct arena arena;
static struct ipc_ids *ids;

static int begin(void **state)
{
	char dir[] = "/dev/shm/test_ids.XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(arena_create(&arena, fd, "ids", sizeof(*ids), 64u << 20), 0);
	assert_int_equal(unlinkat(fd, "ids", 0), 0);
	close(fd);
	assert_int_equal(rmdir(dir), 0);
	ids = arena_root(&arena);
	memset(ids, 0xa5, offsetof(struct ipc_ids, slot));
	ids_init(ids);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_close(&arena);
	return 0;
}

static struct kern_ipc_perm *perm(aref rec)
{
	return arena_ptr(&arena, rec);
}

static int add(int32_t key, uint32_t limit, aref *rec)
{
	assert_int_equal(arena_alloc(&arena, sizeof(struct kern_ipc_perm), rec), 0);
	*perm(*rec) = (struct kern_ipc_perm){.key = key, .mode = 0600};
	int r = ids_add(ids, &arena, limit, *rec);

	if (r < 0)
		arena_free(&arena, *rec, sizeof(struct kern_ipc_perm));
	return r;
}

static int32_t add_private(aref *rec)
{
	assert_int_equal(add(0, NO_LIMIT, rec), 0);
	return perm(*rec)->id;
}

static void take_away(aref rec)
{
	ids_remove(ids, &arena, rec);
	arena_free(&arena, rec, sizeof(struct kern_ipc_perm));
}

static void remove_id(int32_t id)
{
	aref rec;

	assert_int_equal(ids_lookup(ids, &arena, id, &rec), 0);
	take_away(rec);
}

static void ids_go_round(void **state)
{
	aref rec, keep;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(add_private(&rec), ID(0u, i));
	remove_id(1);
	/* A free slot is not used again before the search has gone round: 64 slots at least. */
	assert_int_equal(add_private(&rec), 3);
	for (uint32_t i = 4; i < 64; i++) {
		assert_int_equal(add_private(&rec), ID(0u, i));
		take_away(rec);
	}
	assert_int_equal(add_private(&keep), ID(1u, 1)); /* 0, 2 and 3 are taken */
	for (uint32_t i = 4; i < 64; i++) {
		assert_int_equal(add_private(&rec), ID(1u, i));
		take_away(rec);
	}
	assert_int_equal(add_private(&rec), ID(2u, 4));
	/* A slot not behind the last one given: a new sequence, also without a wrap. */
	take_away(rec);
	assert_int_equal(add_private(&rec), ID(2u, 5));
}

/* One object made and removed over and over, as many programs do: 0, 1, .. 63, then 32768. */
static void a_single_object_cycles(void **state)
{
	aref rec;

	(void)state;
	for (uint32_t n = 0; n < 1000; n++) {
		assert_int_equal(add_private(&rec), ID(n / 64, n % 64));
		take_away(rec);
	}
}

static void the_cycle_grows_with_the_table(void **state)
{
	aref rec;

	(void)state;
	/* in_use * 3 / 2 exceeds 64 from 43 on. */
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(add_private(&rec), ID(0u, i));
	for (uint32_t i = 100; i < 150; i++) {
		assert_int_equal(add_private(&rec), ID(0u, i));
		take_away(rec);
	}
	remove_id(7);
	remove_id(9);
	/* 98 in use: slots 0 .. 146 are searched, and the search stood at 150. */
	assert_int_equal(add_private(&rec), ID(1u, 7));
	assert_int_equal(add_private(&rec), ID(1u, 9));
	assert_int_equal(add_private(&rec), ID(1u, 100));
}

static void sequences_wrap(void **state)
{
	aref rec;

	(void)state;
	ids->seq = 65533;
	for (int i = 0; i < 64; i++) {
		add_private(&rec);
		take_away(rec);
	}
	assert_int_equal(add_private(&rec), ID(65534u, 0));
	assert_true(perm(rec)->id > 0);
	take_away(rec);
	for (int i = 1; i < 64; i++) {
		add_private(&rec);
		take_away(rec);
	}
	/* ipcid_seq_max() is INT_MAX >> 15 = 65535, and never given. */
	assert_int_equal(add_private(&rec), ID(0u, 0));
}

/* Against a plain model of ipc_idr_alloc(), with a random life of the table. */
static void random_life_follows_the_model(void **state)
{
	static struct {
		aref rec;
		int32_t id;
	} slot[IPCMNI];
	uint32_t in_use = 0, seq = 0, next = 0, seed = 4711, used_max = 0;
	int32_t last = -1;

	(void)state;
	memset(slot, 0, sizeof(slot));
	for (int n = 0; n < 30000; n++) {
		seed = seed * 1664525u + 1013904223u;
		/* Phases of growing and of shrinking. */
		bool grow = (seed >> 16) % 8 < ((n / 3000) % 2 ? 3u : 5u);

		if (!grow && in_use) {
			uint32_t i = (seed >> 3) % used_max;

			while (!slot[i].rec)
				i = (i + 1) % used_max;
			remove_id(slot[i].id);
			slot[i].rec = 0;
			in_use--;
			continue;
		}
		uint32_t max = in_use * 3 / 2 < 64 ? 64 : in_use * 3 / 2, i = next;
		aref rec;

		while (i < max && slot[i].rec)
			i++;
		if (i >= max)
			for (i = 0; slot[i].rec;)
				i++;
		assert_true(i < max);
		if ((int32_t)i <= last)
			seq++;
		last = (int32_t)i;
		next = i + 1;
		assert_int_equal(add_private(&rec), ID(seq, i));
		slot[i].rec = rec;
		slot[i].id = perm(rec)->id;
		in_use++;
		if (i >= used_max)
			used_max = i + 1;
		assert_int_equal(ids->in_use, in_use);
	}
	assert_true(seq > 2 && used_max > 300); /* the life was a rich one */
}

static void next_id_is_given_once(void **state)
{
	aref rec;

	(void)state;
	assert_int_equal(add_private(&rec), 0);
	ids->next_id = ID(7u, 500);
	assert_int_equal(add_private(&rec), ID(7u, 500));
	assert_int_equal(ids->next_id, -1);
	/* It leaves the cycle where it was. */
	assert_int_equal(add_private(&rec), 1);
	/* A busy slot: the next free one, of the sequence that was asked for. */
	ids->next_id = ID(9u, 500);
	assert_int_equal(add_private(&rec), ID(9u, 501));
	ids->next_id = 0;
	assert_int_equal(add_private(&rec), 2);
	ids->next_id = INT32_MAX;
	assert_int_equal(add_private(&rec), INT32_MAX);
	/* Nothing at or behind it: ENOSPC, and it is used up all the same. */
	ids->next_id = ID(3u, IPCMNI - 1);
	assert_int_equal(add(0, NO_LIMIT, &rec), -ENOSPC);
	assert_int_equal(ids->next_id, -1);
	assert_int_equal(add_private(&rec), 3);
}

static void lookup_knows_the_sequence(void **state)
{
	aref a, b, rec;

	(void)state;
	int32_t old = add_private(&a);

	take_away(a);
	assert_int_equal(ids_lookup(ids, &arena, old, &rec), -EINVAL);
	ids->next_id = ID(5u, 0);
	int32_t id = add_private(&b);

	assert_int_equal(id, ID(5u, 0));
	assert_int_equal(ids_lookup(ids, &arena, id, &rec), 0);
	assert_int_equal(rec, b);
	assert_int_equal(ids_lookup(ids, &arena, old, &rec), -EINVAL);
	assert_int_equal(ids_lookup(ids, &arena, id + 1, &rec), -EINVAL);
	assert_int_equal(ids_lookup(ids, &arena, -1, &rec), -EINVAL);
	assert_int_equal(ids_lookup(ids, &arena, INT32_MIN, &rec), -EINVAL);
	assert_int_equal(ids_lookup(ids, &arena, INT32_MAX, &rec), -EINVAL);
	/* *_STAT does not care for it. */
	assert_int_equal(ids_by_index(ids, 0, &rec), 0);
	assert_int_equal(rec, b);
	assert_int_equal(ids_by_index(ids, ID(11u, 0), &rec), 0);
	assert_int_equal(rec, b);
	assert_int_equal(ids_by_index(ids, 1, &rec), -EINVAL);
	assert_int_equal(ids_by_index(ids, -1, &rec), -EINVAL);
}

static int32_t key_of(uint32_t i)
{
	/* Dense, sparse and negative ones; never IPC_PRIVATE. */
	return (int32_t)(i % 3 == 0 ? i + 1 : i % 3 == 1 ? (i << 16) | 1 : ~i);
}

static void keys_are_found(void **state)
{
	enum { KEYS = 20000 }; /* more than there are buckets */
	static aref rec[KEYS];

	(void)state;
	assert_int_equal(ids_find_key(ids, &arena, 5), 0);
	for (uint32_t i = 0; i < KEYS; i++)
		assert_int_equal(add(key_of(i), NO_LIMIT, &rec[i]), 0);
	for (uint32_t i = 0; i < KEYS; i++)
		assert_int_equal(ids_find_key(ids, &arena, key_of(i)), rec[i]);
	for (uint32_t i = 0; i < KEYS; i += 2)
		take_away(rec[i]);
	for (uint32_t i = 0; i < KEYS; i++)
		assert_int_equal(ids_find_key(ids, &arena, key_of(i)), i % 2 ? rec[i] : 0);
	for (uint32_t i = 1; i < KEYS; i += 2)
		take_away(rec[i]);
	for (uint32_t i = 0; i < IPC_KEY_BUCKETS; i++)
		assert_int_equal(ids->bucket[i], 0);
	assert_int_equal(ids->in_use, 0);
}

static void private_objects_have_no_key(void **state)
{
	aref a, b;

	(void)state;
	add_private(&a);
	add_private(&b);
	for (uint32_t i = 0; i < IPC_KEY_BUCKETS; i++)
		assert_int_equal(ids->bucket[i], 0);
	take_away(a);
	take_away(b);
}

static void max_idx_is_the_highest_in_use(void **state)
{
	aref rec[5];

	(void)state;
	assert_int_equal(ids->max_idx, -1);
	for (int i = 0; i < 5; i++) {
		add_private(&rec[i]);
		assert_int_equal(ids->max_idx, i);
	}
	take_away(rec[2]);
	assert_int_equal(ids->max_idx, 4);
	take_away(rec[4]);
	assert_int_equal(ids->max_idx, 3);
	take_away(rec[3]);
	assert_int_equal(ids->max_idx, 1);
	take_away(rec[1]);
	take_away(rec[0]);
	assert_int_equal(ids->max_idx, -1);
}

static void a_full_table(void **state)
{
	static bool seen[IPCMNI];
	aref rec;

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (uint32_t i = 0; i < IPCMNI; i++) {
		uint32_t idx = (uint32_t)add_private(&rec) & (IPCMNI - 1);

		assert_false(seen[idx]);
		seen[idx] = true;
	}
	assert_int_equal(ids->max_idx, IPCMNI - 1);
	assert_int_equal(add(0, NO_LIMIT, &rec), -ENOSPC);
	assert_int_equal(add(77, NO_LIMIT, &rec), -ENOSPC);
	assert_int_equal(ids_find_key(ids, &arena, 77), 0);
	assert_int_equal(ids->in_use, IPCMNI);
	assert_int_equal(ids_by_index(ids, 12345, &rec), 0);
	take_away(rec);
	assert_int_equal((uint32_t)add_private(&rec) & (IPCMNI - 1), 12345);
	assert_true(perm(rec)->seq > 0);
	assert_int_equal(add(0, NO_LIMIT, &rec), -ENOSPC);
}

static void the_limit_counts_objects(void **state)
{
	aref rec[3], no;

	(void)state;
	assert_int_equal(add(0, 0, &no), -ENOSPC);
	for (int i = 0; i < 3; i++)
		assert_int_equal(add(0, 3, &rec[i]), 0);
	assert_int_equal(add(0, 3, &no), -ENOSPC);
	/* A refused one does not use up the sysctl's wish. */
	ids->next_id = 100;
	assert_int_equal(add(0, 3, &no), -ENOSPC);
	assert_int_equal(ids->next_id, 100);
	take_away(rec[1]);
	assert_int_equal(add(0, 3, &rec[1]), 0);
	assert_int_equal(perm(rec[1])->id, 100);
	assert_int_equal(add(0, 2, &no), -ENOSPC);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ids_go_round),
		TEST(a_single_object_cycles),
		TEST(the_cycle_grows_with_the_table),
		TEST(sequences_wrap),
		TEST(random_life_follows_the_model),
		TEST(next_id_is_given_once),
		TEST(lookup_knows_the_sequence),
		TEST(keys_are_found),
		TEST(private_objects_have_no_key),
		TEST(max_idx_is_the_highest_in_use),
		TEST(a_full_table),
		TEST(the_limit_counts_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
