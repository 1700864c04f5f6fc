/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deadlines of parked calls: which one fires first, on which clock, and the timerfd's arming, with
 * many that come and go. The slots are only slots; nobody sleeps.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#include "daemon/timers.h"

#include "msg_fixture.h"

#define MS 1000000ull
#define MANY 500

struct clocks {
	struct world *w;
	struct loop loop;
	struct timers t;
	struct ipc_slot *fired[MANY];
	unsigned nfired;
};

static uint64_t now_on(int clock)
{
	struct timespec t;

	assert_int_equal(clock_gettime(clock, &t), 0);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* As the server does it: the call is cancelled, so its timer goes. */
static void on_expired(void *ctx, struct ipc_slot *s)
{
	struct clocks *c = ctx;

	assert_true(c->nfired < MANY);
	assert_true(s->deadline_ns <= now_on((int)s->clock));
	c->fired[c->nfired++] = s;
	timers_remove(&c->t, s);
	assert_int_equal(s->heap, 0);
}

static int begin(void **state)
{
	struct clocks *c = calloc(1, sizeof(*c));
	void *w;

	assert_non_null(c);
	msg_world_begin(&w);
	c->w = w;
	c->loop.epfd = epoll_create1(EPOLL_CLOEXEC);
	assert_true(c->loop.epfd >= 0);
	assert_int_equal(timers_init(&c->t, &c->w->ns, &c->loop), 0);
	c->t.expired = on_expired;
	c->t.ctx = c;
	*state = c;
	return 0;
}

static int end(void **state)
{
	struct clocks *c = *state;
	void *w = c->w;

	timers_close(&c->t, &c->loop);
	timers_close(&c->t, &c->loop); /* again is no harm */
	close(c->loop.epfd);
	free(c);
	return msg_world_end(&w);
}

static struct timer_heap *heap_of(struct clocks *c, int clock)
{
	for (int i = 0; i < 2; i++)
		if (c->t.heap[i].clock == clock)
			return &c->t.heap[i];
	fail();
	return NULL;
}

static struct ipc_slot *sleeper(struct clocks *c, int clock, uint64_t deadline)
{
	struct ipc_slot *s = slot_alloc(&c->w->ns);

	assert_non_null(s);
	s->clock = (uint32_t)clock;
	s->deadline_ns = deadline;
	assert_int_equal(timers_add(&c->t, s), 0);
	return s;
}

/* Positions, order and arming are consistent. */
static void check_heap(struct clocks *c, int clock)
{
	struct timer_heap *h = heap_of(c, clock);
	struct itimerspec its;

	for (uint32_t pos = 1; pos <= h->count; pos++) {
		const struct ipc_slot *s = slot_get(&c->w->ns, h->slot[pos - 1]);

		assert_non_null(s);
		assert_int_equal(s->heap, pos);
		if (pos > 1)
			assert_true(slot_get(&c->w->ns, h->slot[pos / 2 - 1])->deadline_ns <=
				    s->deadline_ns);
	}
	assert_int_equal(timerfd_gettime(h->source.fd, &its), 0);
	if (h->count == 0)
		assert_true(its.it_value.tv_sec == 0 && its.it_value.tv_nsec == 0);
}

/* Nanoseconds until the timerfd fires; 0 when it is not armed. */
static uint64_t armed(struct clocks *c, int clock)
{
	struct itimerspec its;

	assert_int_equal(timerfd_gettime(heap_of(c, clock)->source.fd, &its), 0);
	return (uint64_t)its.it_value.tv_sec * 1000000000u + (uint64_t)its.it_value.tv_nsec;
}

/* Serve the heap of @clock when it is ready, at most @ms later. Return: was it? */
static bool serve(struct clocks *c, int clock, int ms)
{
	struct loop_source *s = &heap_of(c, clock)->source;
	struct pollfd p = {.fd = s->fd, .events = POLLIN};

	if (poll(&p, 1, ms) != 1)
		return false;
	s->ready(s->ctx, EPOLLIN);
	check_heap(c, clock);
	return true;
}

static void fires_when_due(void **state)
{
	struct clocks *c = *state;
	static const int clocks[] = {CLOCK_MONOTONIC, CLOCK_REALTIME};

	for (int i = 0; i < 2; i++) {
		uint64_t start = now_on(clocks[i]);
		struct ipc_slot *s = sleeper(c, clocks[i], start + 20 * MS);

		assert_int_equal(s->heap, 1);
		assert_false(serve(c, clocks[!i], 0));
		assert_true(serve(c, clocks[i], 10000));
		assert_true(now_on(clocks[i]) >= start + 20 * MS);
		assert_int_equal(c->nfired, i + 1);
		assert_ptr_equal(c->fired[i], s);
		assert_int_equal(armed(c, clocks[i]), 0);
		assert_false(serve(c, clocks[i], 0));
		slot_free(&c->w->ns, s);
	}
}

static void the_loop_watches_both(void **state)
{
	struct clocks *c = *state;
	struct ipc_slot *a = sleeper(c, CLOCK_MONOTONIC, now_on(CLOCK_MONOTONIC) + 1 * MS);
	struct ipc_slot *b = sleeper(c, CLOCK_REALTIME, now_on(CLOCK_REALTIME) + 1 * MS);
	struct epoll_event ev[2];
	int n = 0;

	for (int tries = 0; tries < 1000 && n < 2; tries++)
		n = epoll_wait(c->loop.epfd, ev, 2, 10);
	assert_int_equal(n, 2);
	for (int i = 0; i < 2; i++) {
		struct loop_source *s = ev[i].data.ptr;

		s->ready(s->ctx, ev[i].events);
	}
	assert_int_equal(c->nfired, 2);
	slot_free(&c->w->ns, a);
	slot_free(&c->w->ns, b);
}

static void no_deadline_no_timer(void **state)
{
	struct clocks *c = *state;
	struct ipc_slot *s = sleeper(c, CLOCK_MONOTONIC, 0);

	assert_int_equal(s->heap, 0);
	assert_int_equal(heap_of(c, CLOCK_MONOTONIC)->count, 0);
	timers_remove(&c->t, s);
	check_heap(c, CLOCK_MONOTONIC);
	slot_free(&c->w->ns, s);
}

static void the_past_and_the_far_future(void **state)
{
	struct clocks *c = *state;
	struct ipc_slot *never = sleeper(c, CLOCK_REALTIME, UINT64_MAX);

	assert_true(armed(c, CLOCK_REALTIME) > 1000000000ull * 1000000);
	struct ipc_slot *long_ago = sleeper(c, CLOCK_REALTIME, 1);

	assert_true(serve(c, CLOCK_REALTIME, 10000));
	assert_int_equal(c->nfired, 1);
	assert_ptr_equal(c->fired[0], long_ago);
	assert_int_equal(heap_of(c, CLOCK_REALTIME)->count, 1);
	timers_remove(&c->t, never);
	assert_int_equal(armed(c, CLOCK_REALTIME), 0);
	slot_free(&c->w->ns, never);
	slot_free(&c->w->ns, long_ago);
}

static void the_earliest_is_armed(void **state)
{
	struct clocks *c = *state;
	uint64_t far = now_on(CLOCK_MONOTONIC) + 1000000 * MS;
	struct ipc_slot *a = sleeper(c, CLOCK_MONOTONIC, far);
	uint64_t first = armed(c, CLOCK_MONOTONIC);
	struct ipc_slot *b = sleeper(c, CLOCK_MONOTONIC, far - 900000 * MS);
	uint64_t second = armed(c, CLOCK_MONOTONIC);
	struct ipc_slot *later = sleeper(c, CLOCK_MONOTONIC, far + 1);

	assert_true(first > 900000 * MS && first <= 1000000 * MS);
	assert_true(second > 50000 * MS && second <= 100000 * MS);
	assert_true(armed(c, CLOCK_MONOTONIC) <= second);
	timers_remove(&c->t, b);
	assert_true(armed(c, CLOCK_MONOTONIC) > 900000 * MS);
	timers_remove(&c->t, a);
	assert_true(armed(c, CLOCK_MONOTONIC) > 900000 * MS);
	timers_remove(&c->t, later);
	assert_int_equal(armed(c, CLOCK_MONOTONIC), 0);
	slot_free(&c->w->ns, a);
	slot_free(&c->w->ns, b);
	slot_free(&c->w->ns, later);
}

/* Many deadlines in no order, a third cancelled from wherever they are: the rest fire in order. */
static void many_in_order(void **state)
{
	static struct ipc_slot *s[MANY];
	struct clocks *c = *state;
	uint64_t base = now_on(CLOCK_MONOTONIC), last = 0;
	uint32_t seed = 99;
	unsigned cancelled = 0;

	for (int i = 0; i < MANY; i++) {
		seed = seed * 1664525u + 1013904223u;
		/* With many equal ones among them. */
		s[i] = sleeper(c, CLOCK_MONOTONIC, base - 1000 * MS + (seed >> 24) * MS);
		if (i % 50 == 0)
			check_heap(c, CLOCK_MONOTONIC);
	}
	for (int i = 0; i < MANY; i += 3) {
		timers_remove(&c->t, s[i]);
		assert_int_equal(s[i]->heap, 0);
		timers_remove(&c->t, s[i]); /* twice is no harm */
		check_heap(c, CLOCK_MONOTONIC);
		cancelled++;
	}
	assert_int_equal(heap_of(c, CLOCK_MONOTONIC)->count, MANY - cancelled);
	assert_true(serve(c, CLOCK_MONOTONIC, 10000));
	assert_int_equal(c->nfired, MANY - cancelled);
	for (unsigned i = 0; i < c->nfired; i++) {
		assert_true(c->fired[i]->deadline_ns >= last);
		last = c->fired[i]->deadline_ns;
	}
	for (int i = 0; i < MANY; i++)
		slot_free(&c->w->ns, s[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fires_when_due, begin, end),
		cmocka_unit_test_setup_teardown(the_loop_watches_both, begin, end),
		cmocka_unit_test_setup_teardown(no_deadline_no_timer, begin, end),
		cmocka_unit_test_setup_teardown(the_past_and_the_far_future, begin, end),
		cmocka_unit_test_setup_teardown(the_earliest_is_armed, begin, end),
		cmocka_unit_test_setup_teardown(many_in_order, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
