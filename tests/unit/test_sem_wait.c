/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sleepers on semaphore sets: who is handed what, in which order, and how sleeping ends. */
#include "sem_fixture.h"

static void fifo_hand_over(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);
	struct ipc_slot *a = op_parks(w, 10, id, SOPS(OP(0, -1)));
	struct ipc_slot *b = op_parks(w, 11, id, SOPS(OP(0, -1)));
	struct ipc_slot *c = op_parks(w, 12, id, SOPS(OP(0, -1)));

	assert_int_equal(get(w, id, 0, GETNCNT), 3);
	assert_int_equal(get(w, id, 0, GETZCNT), 0);
	w->now = 1500;
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 2))), 0);
	expect_done(w, a, 0);
	expect_done(w, b, 0);
	expect_none(w);
	assert_int_equal(val(w, id, 0), 0);
	assert_int_equal(get(w, id, 0, GETPID), 11);
	assert_int_equal(otime(w, id), 1500);
	/* What was handed over is not there to be taken by the one who gave it. */
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1))), 0);
	assert_int_equal(op_now(w, 9, id, SOPS(OPF(0, -1, IPC_NOWAIT))), -EAGAIN);
	expect_done(w, c, 0);
}

static void a_big_one_does_not_hold_up_a_small_one(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);
	struct ipc_slot *big = op_parks(w, 10, id, SOPS(OP(0, -3)));
	struct ipc_slot *small = op_parks(w, 11, id, SOPS(OP(0, -1)));

	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 2))), 0);
	expect_done(w, small, 0);
	expect_none(w);
	assert_int_equal(val(w, id, 0), 1);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 2))), 0);
	expect_done(w, big, 0);
}

static void a_newcomer_may_pass_sleepers(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);

	assert_int_equal(setval(w, id, 0, 1), 0);
	op_parks(w, 10, id, SOPS(OP(0, -2)));
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, -1))), 0);
	expect_none(w);
}

static void zero_waiters_come_first(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 2);

	assert_int_equal(setval(w, id, 0, 1), 0);
	struct ipc_slot *take = op_parks(w, 10, id, SOPS(OP(0, -2)));
	struct ipc_slot *zero1 = op_parks(w, 11, id, SOPS(OP(0, 0)));
	struct ipc_slot *zero2 = op_parks(w, 12, id, SOPS(OP(0, 0), OP(1, 0)));
	struct ipc_slot *other = op_parks(w, 13, id, SOPS(OP(1, -1)));

	assert_int_equal(get(w, id, 0, GETZCNT), 2);
	assert_int_equal(get(w, id, 0, GETNCNT), 1);
	assert_int_equal(get(w, id, 1, GETNCNT), 1);
	assert_int_equal(get(w, id, 1, GETZCNT), 0);
	/* take makes it zero; natively the waiters for that are woken before take is. */
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1))), 0);
	expect_done(w, zero1, 0);
	expect_done(w, zero2, 0);
	expect_done(w, take, 0);
	expect_none(w);
	assert_int_equal(get(w, id, 1, GETPID), 12);
	assert_int_equal(setval(w, id, 1, 1), 0);
	expect_done(w, other, 0);
}

static void zero_waiters_see_values_between_takers(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);

	assert_int_equal(setval(w, id, 0, 1), 0);
	struct ipc_slot *zero = op_parks(w, 10, id, SOPS(OP(0, 0)));
	/* The call itself leaves zero for an instant only inside; nobody sees that. */
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, -1), OP(0, 1))), 0);
	expect_none(w);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, -1))), 0);
	expect_done(w, zero, 0);
}

static void a_lost_zero_with_nowait_is_found_at_the_next_zero(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 3);

	assert_int_equal(setval(w, id, 1, 1), 0);
	struct ipc_slot *zero = op_parks(w, 10, id, SOPS(OPF(0, 0, IPC_NOWAIT), OP(1, 0)));
	struct ipc_slot *take = op_parks(w, 11, id, SOPS(OPF(0, 0, IPC_NOWAIT), OP(1, -2)));

	/* Who would change something is tried at every change, who would not, at every zero. */
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1))), 0);
	expect_done(w, take, -EAGAIN);
	expect_none(w);
	assert_int_equal(get(w, id, 0, GETZCNT), 0);
	assert_int_equal(get(w, id, 1, GETZCNT), 1);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(2, 1))), 0);
	expect_none(w);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(2, -1))), 0);
	expect_done(w, zero, -EAGAIN);

	/* SETVAL looks at all semaphores, and 2 is zero. */
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, -1))), 0);
	zero = op_parks(w, 10, id, SOPS(OPF(0, 0, IPC_NOWAIT), OP(1, 0)));
	assert_int_equal(setval(w, id, 0, 1), 0);
	expect_done(w, zero, -EAGAIN);
	expect_none(w);
}

static void restart_after_a_complex_sleeper(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 2);
	/* first needs what second brings; second comes later in the queue. */
	struct ipc_slot *first = op_parks(w, 10, id, SOPS(OP(1, -1)));
	struct ipc_slot *second = op_parks(w, 11, id, SOPS(OP(0, -1), OP(1, 1)));
	struct ipc_slot *third = op_parks(w, 12, id, SOPS(OP(1, -1)));

	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1))), 0);
	expect_done(w, second, 0);
	expect_done(w, first, 0);
	expect_none(w);
	/* The queues were taken apart again; third is where GETNCNT and hand-over look. */
	assert_int_equal(get(w, id, 1, GETNCNT), 1);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(1, 1))), 0);
	expect_done(w, third, 0);
}

static void complex_sleepers_have_one_order_with_simple_ones(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 2);
	struct ipc_slot *s0 = op_parks(w, 10, id, SOPS(OP(0, -1)));
	struct ipc_slot *both = op_parks(w, 11, id, SOPS(OP(0, -1), OP(1, -1)));
	struct ipc_slot *s1 = op_parks(w, 12, id, SOPS(OP(1, -1)));

	assert_int_equal(get(w, id, 0, GETNCNT), 2); /* both blocks on 0 only */
	assert_int_equal(get(w, id, 1, GETNCNT), 1);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1))), 0);
	expect_done(w, s0, 0);
	/* 1 goes to s1, since both still lacks 0. */
	assert_int_equal(op_now(w, 9, id, SOPS(OP(1, 1))), 0);
	expect_done(w, s1, 0);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(1, 1))), 0);
	expect_none(w);
	struct ipc_slot *late = op_parks(w, 13, id, SOPS(OP(0, -1)));

	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1))), 0);
	expect_done(w, both, 0);
	expect_none(w);
	assert_int_equal(setval(w, id, 0, 1), 0);
	expect_done(w, late, 0);
}

static void merging_puts_the_highest_semaphore_first(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 3);
	struct ipc_slot *a = op_parks(w, 10, id, SOPS(OP(0, -1)));
	struct ipc_slot *b = op_parks(w, 11, id, SOPS(OP(2, -1)));
	struct ipc_slot *c = op_parks(w, 12, id, SOPS(OP(0, -1)));
	struct ipc_slot *x = op_parks(w, 13, id, SOPS(OP(1, -1), OP(1, -1)));

	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 2), OP(2, 1))), 0);
	expect_done(w, b, 0);
	expect_done(w, a, 0);
	expect_done(w, c, 0);
	expect_none(w);
	ipc_cancel(&w->ns, x);
	slot_free(&w->ns, x);
}

/* Once no complex sleeper is left, semaphores have queues of their own, gone through by number. */
static void queues_are_taken_apart_again(void **state)
{
	struct world *w = *state;

	for (int how = 0; how < 3; how++) {
		int id = new_set(w, 3);
		struct ipc_slot *s1 = op_parks(w, 10, id, SOPS(OP(1, -1)));
		struct ipc_slot *x = op_parks(w, 11, id, SOPS(OP(2, -1), OP(2, -1)));

		if (how == 0) {
			ipc_cancel(&w->ns, x);
			slot_free(&w->ns, x);
		} else if (how == 1) {
			assert_int_equal(setval(w, id, 2, 2), 0);
			expect_done(w, x, 0);
		} else {
			w->dead[11] = true;
			assert_int_equal(get(w, id, 2, GETNCNT), 0);
			expect_done(w, x, -ESRCH);
		}
		struct ipc_slot *s0 = op_parks(w, 12, id, SOPS(OP(0, -1)));

		assert_int_equal(sem_ctl_setall(&w->ns, &w->root, id, (uint16_t[]){1, 1, 0}, 3), 0);
		expect_done(w, s0, 0);
		expect_done(w, s1, 0);
		expect_none(w);
	}
}

static void blocking_operation_moves(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 3);

	assert_int_equal(setval(w, id, 2, 1), 0);
	struct ipc_slot *s = op_parks(w, 10, id, SOPS(OP(0, -1), OP(1, -1), OP(2, 0)));

	assert_int_equal(get(w, id, 0, GETNCNT), 1);
	assert_int_equal(get(w, id, 1, GETNCNT), 0);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1))), 0);
	assert_int_equal(get(w, id, 0, GETNCNT), 0);
	assert_int_equal(get(w, id, 1, GETNCNT), 1);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(1, 1))), 0);
	assert_int_equal(get(w, id, 1, GETNCNT), 0);
	assert_int_equal(get(w, id, 2, GETZCNT), 1);
	expect_none(w);
	assert_int_equal(setval(w, id, 2, 0), 0);
	expect_done(w, s, 0);
	assert_int_equal(val(w, id, 0), 0);
	assert_int_equal(val(w, id, 1), 0);
}

static void a_sleeper_may_fail(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 2);

	assert_int_equal(setval(w, id, 1, 32767), 0);
	struct ipc_slot *range = op_parks(w, 10, id, SOPS(OP(0, -1), OP(1, 1)));
	struct ipc_slot *again = op_parks(w, 11, id, SOPS(OP(0, -1), OPF(1, 0, IPC_NOWAIT)));

	w->now = 3000;
	assert_int_equal(setval(w, id, 0, 1), 0);
	/* Both leave, with nothing done; so sem_otime is not touched. */
	expect_done(w, range, -ERANGE);
	expect_done(w, again, -EAGAIN);
	assert_int_equal(val(w, id, 0), 1);
	assert_int_equal(val(w, id, 1), 32767);
	assert_int_equal(otime(w, id), 0);
}

static void setall_hands_over(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 3);

	assert_int_equal(setval(w, id, 1, 1), 0);
	struct ipc_slot *zero = op_parks(w, 10, id, SOPS(OP(1, 0)));
	struct ipc_slot *s2 = op_parks(w, 11, id, SOPS(OP(2, -1)));
	struct ipc_slot *s0 = op_parks(w, 12, id, SOPS(OP(0, -1)));

	w->now = 4000;
	assert_int_equal(sem_ctl_setall(&w->ns, &w->root, id, (uint16_t[]){1, 0, 1}, 3), 0);
	expect_done(w, zero, 0);
	expect_done(w, s0, 0);
	expect_done(w, s2, 0);
	assert_int_equal(otime(w, id), 4000);
	assert_int_equal(get(w, id, 1, GETPID), 10);
}

static void the_dead_get_nothing(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);
	struct ipc_slot *a = op_parks(w, 10, id, SOPS(OP(0, -1)));
	struct ipc_slot *b = op_parks(w, 11, id, SOPS(OP(0, -1)));

	assert_int_equal(w->asked, 0); /* parking asks nobody */
	w->dead[10] = true;
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1))), 0);
	assert_int_equal(w->asked, 2);
	expect_done(w, a, -ESRCH);
	expect_done(w, b, 0);
	assert_int_equal(val(w, id, 0), 0);

	/* Nor are they counted. */
	struct ipc_slot *c = op_parks(w, 12, id, SOPS(OP(0, -1), OP(0, -1)));
	struct ipc_slot *d = op_parks(w, 13, id, SOPS(OP(0, -1)));

	w->dead[12] = true;
	assert_int_equal(get(w, id, 0, GETNCNT), 1);
	expect_done(w, c, -ESRCH);
	assert_int_equal(setval(w, id, 0, 5), 0);
	expect_done(w, d, 0);
	assert_int_equal(val(w, id, 0), 4);

	struct ipc_slot *z = op_parks(w, 14, id, SOPS(OP(0, 0)));

	w->dead[14] = true;
	assert_int_equal(setval(w, id, 0, 0), 0);
	expect_done(w, z, -ESRCH);
	assert_int_equal(get(w, id, 0, GETPID), 1);
}

static void cancelled_sleepers(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);
	struct ipc_slot *a = op_parks(w, 10, id, SOPS(OP(0, -1)));
	struct ipc_slot *b = op_parks(w, 11, id, SOPS(OP(0, -2), OP(0, 1)));
	struct ipc_slot *c = op_parks(w, 12, id, SOPS(OP(0, -1)));

	ipc_cancel(&w->ns, b);
	assert_int_equal(b->u.sem.sops, 0);
	slot_free(&w->ns, b);
	ipc_cancel(&w->ns, a);
	slot_free(&w->ns, a);
	expect_none(w);
	assert_int_equal(get(w, id, 0, GETNCNT), 1);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 3))), 0);
	expect_done(w, c, 0);
	assert_int_equal(val(w, id, 0), 2);
}

static void a_deadline_that_has_passed(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);

	for (uint64_t deadline = 1;; deadline = UINT64_MAX) {
		struct ipc_slot *s = slot_alloc(&w->ns);

		s->cred = w->root;
		s->deadline_ns = deadline;
		s->u.sem.nsops = 1;
		assert_int_equal(
			arena_alloc(&w->ns.calls, sizeof(struct ipc_sembuf), &s->u.sem.sops), 0);
		*(struct ipc_sembuf *)arena_ptr(&w->ns.calls, s->u.sem.sops) =
			(struct ipc_sembuf)OP(0, -1);
		if (deadline != 1) {
			assert_int_equal(sem_op(&w->ns, s, id), IPC_PARKED);
			break;
		}
		assert_int_equal(sem_op(&w->ns, s, id), -EAGAIN);
		slot_free(&w->ns, s);
		assert_int_equal(get(w, id, 0, GETNCNT), 0);
	}
	assert_int_equal(get(w, id, 0, GETNCNT), 1);
}

static void removal_ends_all_sleep(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 2);

	assert_int_equal(setval(w, id, 1, 1), 0);
	struct ipc_slot *zero = op_parks(w, 10, id, SOPS(OP(1, 0)));
	struct ipc_slot *simple = op_parks(w, 11, id, SOPS(OP(0, -1)));
	struct ipc_slot *two = op_parks(w, 12, id, SOPS(OP(0, -1), OP(1, -1)));
	struct ipc_slot *zeros = op_parks(w, 13, id, SOPS(OP(0, 0), OP(1, 0)));

	assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, id), 0);
	expect_done(w, zeros, -EIDRM);
	expect_done(w, simple, -EIDRM);
	expect_done(w, two, -EIDRM);
	expect_done(w, zero, -EIDRM);
	expect_none(w);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1))), -EINVAL);
}

static void thousands_in_one_queue(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);
	struct ipc_slot *s[2000];

	for (uint32_t i = 0; i < 2000; i++)
		s[i] = op_parks(w, 100 + i, id, SOPS(OP(0, -1)));
	assert_int_equal(get(w, id, 0, GETNCNT), 2000);
	w->asked = 0;
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1999))), 0);
	assert_int_equal(w->asked, 1999);
	for (uint32_t i = 0; i < 1999; i++)
		expect_done(w, s[i], 0);
	expect_none(w);
	assert_int_equal(get(w, id, 0, GETNCNT), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEM_TEST(fifo_hand_over),
		SEM_TEST(a_big_one_does_not_hold_up_a_small_one),
		SEM_TEST(a_newcomer_may_pass_sleepers),
		SEM_TEST(zero_waiters_come_first),
		SEM_TEST(zero_waiters_see_values_between_takers),
		SEM_TEST(a_lost_zero_with_nowait_is_found_at_the_next_zero),
		SEM_TEST(restart_after_a_complex_sleeper),
		SEM_TEST(complex_sleepers_have_one_order_with_simple_ones),
		SEM_TEST(merging_puts_the_highest_semaphore_first),
		SEM_TEST(queues_are_taken_apart_again),
		SEM_TEST(blocking_operation_moves),
		SEM_TEST(a_sleeper_may_fail),
		SEM_TEST(setall_hands_over),
		SEM_TEST(the_dead_get_nothing),
		SEM_TEST(cancelled_sleepers),
		SEM_TEST(a_deadline_that_has_passed),
		SEM_TEST(removal_ends_all_sleep),
		SEM_TEST(thousands_in_one_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
