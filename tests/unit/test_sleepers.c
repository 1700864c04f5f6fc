/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slots and the lists they are in: many slots, queues and their links, cancelling from the middle,
 * the order of completed calls. The sleepers wait on the queues of one System V message queue.
 */
#include "msg_fixture.h"

static const struct slots_root *slots(struct world *w)
{
	return arena_root(&w->ns.calls);
}

/* Park a receiver on @q, the way the families do. */
static struct ipc_slot *park(struct world *w, struct sleep_queue *q, struct ipc_slot *before)
{
	struct ipc_slot *s = caller(w, &w->root, 0);

	sleep_enqueue_before(&w->ns, &w->ns.msg_rec, q, before, s, SLOT_MSGRCV, 1);
	return s;
}

static void done(struct world *w, struct ipc_slot *s)
{
	slot_free(&w->ns, s);
}

static void slots_are_fresh(void **state)
{
	struct world *w = *state;
	struct ipc_slot *s = slot_alloc(&w->ns);
	slot_idx self = s->self;

	assert_int_equal(s->state, SLOT_RECEIVING);
	assert_ptr_equal(slot_get(&w->ns, self), s);
	memset(s->notif, 0xff, sizeof(s->notif));
	memset(&s->u, 0xff, sizeof(s->u));
	memset(&s->cred, 0xff, sizeof(s->cred));
	s->deadline_ns = s->obj = s->op = s->heap = 1;
	s->result = -5;
	slot_free(&w->ns, s);
	assert_int_equal(s->state, SLOT_FREE);

	/* The same one, and nothing of what it was. */
	static const struct ipc_slot zero;

	s = slot_alloc(&w->ns);
	assert_int_equal(s->self, self);
	assert_memory_equal(s->notif, zero.notif, sizeof(s->notif));
	assert_memory_equal(&s->u, &zero.u, sizeof(s->u));
	assert_true(!s->deadline_ns && !s->obj && !s->op && !s->heap && !s->result);
	assert_true(!s->next && !s->prev && !s->cred.tgid && !s->cred.ngroups);
	slot_free(&w->ns, s);
	assert_null(slot_get(&w->ns, 0));
	assert_null(slot_get(&w->ns, slots(w)->capacity + 1));
	assert_null(slot_get(&w->ns, UINT32_MAX));
}

static void many_slots(void **state)
{
	enum { MANY = 1000 };
	static struct ipc_slot *s[MANY];
	struct world *w = *state;
	uint32_t n = 0;

	for (uint32_t i = 0; i < MANY; i++) {
		s[i] = slot_alloc(&w->ns);
		assert_non_null(s[i]);
		s[i]->result = i;
	}
	assert_int_equal(slots(w)->in_use, MANY);
	assert_true(slots(w)->capacity >= MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(s[i]->result, i); /* none is another one */
		assert_ptr_equal(slot_get(&w->ns, s[i]->self), s[i]);
	}
	for (uint32_t i = 0; i < MANY; i += 3) {
		slot_free(&w->ns, s[i]);
		s[i] = NULL;
	}
	/* The list of all in use: newest first, both ways. */
	slot_idx prev = 0;
	uint32_t expect = MANY;

	for (slot_idx i = slots(w)->all; i; i = slot_get(&w->ns, i)->all_next) {
		do
			expect--;
		while (expect % 3 == 0);
		assert_int_equal(slot_get(&w->ns, i)->result, expect);
		assert_int_equal(slot_get(&w->ns, i)->all_prev, prev);
		prev = i;
		n++;
	}
	assert_int_equal(n, slots(w)->in_use);
	uint32_t capacity = slots(w)->capacity;

	for (uint32_t i = 0; i < MANY; i += 3)
		s[i] = slot_alloc(&w->ns);
	assert_int_equal(slots(w)->capacity, capacity);
	for (uint32_t i = 0; i < MANY; i++)
		slot_free(&w->ns, s[i]);
	assert_int_equal(slots(w)->all, 0);
}

static void queues_are_first_in_first_out(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct sleep_queue *q = &record_of(w, id)->receivers;
	struct ipc_slot *s[4];

	for (int i = 0; i < 4; i++) {
		s[i] = park(w, q, NULL);
		assert_int_equal(s[i]->state, SLOT_PARKED);
		check_sleepers(w, q);
	}
	assert_int_equal(q->count, 4);
	assert_int_equal(slots(w)->parked, 4);
	assert_int_equal(w->parked, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(q->head, s[i]->self);
		sleep_unlink(&w->ns, s[i]);
		assert_int_equal(s[i]->state, SLOT_RECEIVED);
		assert_true(!s[i]->next && !s[i]->prev);
		assert_int_equal(w->unparked, i + 1);
		check_sleepers(w, q);
		done(w, s[i]);
	}
	assert_true(!q->head && !q->tail && !q->count);
}

static void a_place_in_the_queue(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct sleep_queue *q = &record_of(w, id)->receivers;
	struct ipc_slot *c = park(w, q, NULL);
	struct ipc_slot *a = park(w, q, c); /* the head */
	struct ipc_slot *b = park(w, q, c); /* the middle */
	struct ipc_slot *d = park(w, q, NULL);
	struct ipc_slot *const order[] = {a, b, c, d};

	check_sleepers(w, q);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(q->head, order[i]->self);
		sleep_unlink(&w->ns, order[i]);
		done(w, order[i]);
	}
}

static void leaving_from_anywhere(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct sleep_queue *q = &record_of(w, id)->receivers;
	static const int orders[][5] = {
		{2, 1, 3, 0, 4}, {0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {1, 3, 2, 4, 0}};

	for (size_t o = 0; o < sizeof(orders) / sizeof(orders[0]); o++) {
		struct ipc_slot *s[5];

		for (int i = 0; i < 5; i++)
			s[i] = park(w, q, NULL);
		for (int i = 0; i < 5; i++) {
			ipc_cancel(&w->ns, s[orders[o][i]]);
			assert_int_equal(q->count, 4 - i);
			check_sleepers(w, q);
			done(w, s[orders[o][i]]);
		}
		assert_int_equal(q->head, 0);
	}
	assert_int_equal(slots(w)->parked, 0);
	expect_none(w);
}

static void two_queues_are_two(void **state)
{
	struct world *w = *state;
	struct msg_record *a = record_of(w, new_queue(w)), *b = record_of(w, new_queue(w));
	struct ipc_slot *s[4] = {park(w, &a->receivers, NULL), park(w, &b->receivers, NULL),
				 park(w, &a->receivers, NULL), park(w, &b->receivers, NULL)};

	sleep_unlink(&w->ns, s[0]);
	sleep_unlink(&w->ns, s[3]);
	assert_int_equal(a->receivers.head, s[2]->self);
	assert_int_equal(a->receivers.tail, s[2]->self);
	assert_int_equal(b->receivers.head, s[1]->self);
	check_sleepers(w, &a->receivers);
	check_sleepers(w, &b->receivers);
	sleep_unlink(&w->ns, s[1]);
	sleep_unlink(&w->ns, s[2]);
	for (int i = 0; i < 4; i++)
		done(w, s[i]);
}

static void completed_in_the_order_of_completion(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct sleep_queue *q = &record_of(w, id)->receivers;
	static const int order[] = {3, 0, 2, 1};
	struct ipc_slot *s[4];

	expect_none(w);
	for (int i = 0; i < 4; i++)
		s[i] = park(w, q, NULL);
	for (int i = 0; i < 4; i++) {
		ipc_complete(&w->ns, s[order[i]], -100 - i);
		check_sleepers(w, q);
	}
	assert_int_equal(slots(w)->parked, 0);
	for (int i = 0; i < 2; i++) {
		expect_done(w, s[order[i]], -100 - i);
		assert_true(!s[order[i]]->next && !s[order[i]]->prev);
		done(w, s[order[i]]);
	}
	/* More come while the list is being drained. */
	struct ipc_slot *late = park(w, q, NULL);

	ipc_complete(&w->ns, late, 7);
	for (int i = 2; i < 4; i++) {
		expect_done(w, s[order[i]], -100 - i);
		done(w, s[order[i]]);
	}
	expect_done(w, late, 7);
	done(w, late);
	expect_none(w);
	assert_int_equal(slots(w)->completed_tail, 0);
}

/* A family may commit while the slot is still linked: unlinking does not take that back. */
static void a_commit_outlives_the_unlinking(void **state)
{
	struct world *w = *state;
	struct sleep_queue *q = &record_of(w, new_queue(w))->receivers;
	struct ipc_slot *s = park(w, q, NULL);

	s->state = SLOT_APPLIED;
	sleep_unlink(&w->ns, s);
	assert_int_equal(s->state, SLOT_APPLIED);
	done(w, s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(slots_are_fresh),
		TEST(many_slots),
		TEST(queues_are_first_in_first_out),
		TEST(a_place_in_the_queue),
		TEST(leaving_from_anywhere),
		TEST(two_queues_are_two),
		TEST(completed_in_the_order_of_completion),
		TEST(a_commit_outlives_the_unlinking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
