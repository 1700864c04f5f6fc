/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Culprits: what becomes due, how often somebody is told, and copies that stay. Time is what passes
 * meanwhile, far less than CULPRIT_EVERY_MS.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/culprits.h"

static struct culprits c;
static unsigned told;

static void tell(void *ctx)
{
	assert_ptr_equal(ctx, &told);
	told++;
}

static int begin(void **state)
{
	(void)state;
	told = 0;
	culprits_init(&c, tell, &told);
	return 0;
}

static uint64_t take(enum culprit_kind kind, bool all, pid_t expected)
{
	pid_t tid = expected;
	uint64_t times = culprits_take(&c, kind, all, &tid);

	assert_int_equal(tid, expected);
	return times;
}

static void test_once_for_many(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++)
		culprits_note(&c, CULPRIT_MSG, 7);
	assert_int_equal(told, 1);
	assert_int_equal(take(CULPRIT_SEM, true, 0), 0);
	assert_int_equal(take(CULPRIT_MSG, false, 7), 1000);
	/* Too soon for another line, which the end brings nevertheless. */
	for (int i = 0; i < 10; i++)
		culprits_note(&c, CULPRIT_MSG, 8);
	assert_int_equal(told, 1);
	assert_int_equal(take(CULPRIT_MSG, false, 0), 0);
	assert_int_equal(take(CULPRIT_MSG, true, 8), 10);
	assert_int_equal(take(CULPRIT_MSG, true, 0), 0);
}

static void test_kinds_are_apart(void **state)
{
	(void)state;
	culprits_note(&c, CULPRIT_MSG, 1);
	culprits_note(&c, CULPRIT_PARKED, 2);
	assert_int_equal(told, 2);
	assert_int_equal(take(CULPRIT_PARKED, false, 2), 1);
	assert_int_equal(take(CULPRIT_MSG, false, 1), 1);
}

static void test_some_interrupts_are_usual(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		culprits_note(&c, CULPRIT_INTERRUPTS, 3);
	assert_int_equal(told, 0);
	assert_int_equal(take(CULPRIT_INTERRUPTS, true, 0), 0);
	for (int i = 0; i < 200; i++)
		culprits_note(&c, CULPRIT_INTERRUPTS, 3);
	assert_int_equal(told, 1);
	assert_int_equal(take(CULPRIT_INTERRUPTS, false, 3), 210);
}

static void test_copies(void **state)
{
	struct culprit_copy quick, slow, other;

	(void)state;
	assert_false(culprits_copying(&c));
	culprits_copy_begin(&c, &slow, 11);
	culprits_copy_begin(&c, &quick, 12);
	/* One word is enough for all that begin before somebody has looked. */
	assert_int_equal(told, 1);
	assert_true(culprits_copying(&c));
	assert_true(culprits_look(&c));
	culprits_copy_end(&c, &quick);
	culprits_copy_begin(&c, &other, 13);
	assert_int_equal(told, 1);
	assert_true(culprits_look(&c));
	assert_int_equal(told, 2);
	assert_int_equal(take(CULPRIT_COPY, false, 11), 1);
	culprits_copy_end(&c, &other);
	/* Said once, however long it stays. */
	assert_true(culprits_look(&c));
	assert_int_equal(take(CULPRIT_COPY, true, 0), 0);
	culprits_copy_end(&c, &slow);
	assert_false(culprits_look(&c));
	assert_false(culprits_copying(&c));
	culprits_copy_begin(&c, &quick, 14);
	assert_int_equal(told, 3);
	culprits_copy_end(&c, &quick);
	assert_false(culprits_look(&c));
}

static void test_nobody_wants_to_know(void **state)
{
	struct culprit_copy copy;

	(void)state;
	culprits_note(NULL, CULPRIT_MSG, 1);
	culprits_copy_begin(NULL, &copy, 1);
	culprits_copy_end(NULL, &copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_once_for_many, begin),
		cmocka_unit_test_setup(test_kinds_are_apart, begin),
		cmocka_unit_test_setup(test_some_interrupts_are_usual, begin),
		cmocka_unit_test_setup(test_copies, begin),
		cmocka_unit_test_setup(test_nobody_wants_to_know, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
