/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A binary heap by deadline. slot->heap is the slot's position, 1-based, so that a cancelled
 * sleeper leaves in logarithmic time. The timerfd is armed for the earliest deadline only, and
 * only touched when that changes.
 */
#include "daemon/timers.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

static struct timer_heap *heap_of(struct timers *t, const struct ipc_slot *s)
{
	return &t->heap[s->clock == CLOCK_REALTIME];
}

static struct ipc_slot *at(const struct timer_heap *h, uint32_t pos)
{
	return slot_get(h->owner->ns, h->slot[pos - 1]);
}

static void place(struct timer_heap *h, uint32_t pos, struct ipc_slot *s)
{
	h->slot[pos - 1] = s->self;
	s->heap = pos;
}

static void sift_up(struct timer_heap *h, struct ipc_slot *s, uint32_t pos)
{
	while (pos > 1 && at(h, pos / 2)->deadline_ns > s->deadline_ns) {
		place(h, pos, at(h, pos / 2));
		pos /= 2;
	}
	place(h, pos, s);
}

static void sift_down(struct timer_heap *h, struct ipc_slot *s, uint32_t pos)
{
	for (;;) {
		uint32_t child = pos * 2;

		if (child > h->count)
			break;
		if (child < h->count && at(h, child + 1)->deadline_ns < at(h, child)->deadline_ns)
			child++;
		if (at(h, child)->deadline_ns >= s->deadline_ns)
			break;
		place(h, pos, at(h, child));
		pos = child;
	}
	place(h, pos, s);
}

static void arm(struct timer_heap *h)
{
	struct itimerspec its = {0};

	if (h->count) {
		uint64_t ns = at(h, 1)->deadline_ns;

		its.it_value.tv_sec = (time_t)(ns / 1000000000u);
		its.it_value.tv_nsec = (long)(ns % 1000000000u);
		if (ns == 0)
			its.it_value.tv_nsec = 1;
	}
	(void)timerfd_settime(h->source.fd, TFD_TIMER_ABSTIME, &its, NULL);
}

static uint64_t clock_ns(int clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void on_timer(void *ctx, uint32_t events)
{
	struct timer_heap *h = ctx;
	uint64_t ticks, now = clock_ns(h->clock);

	(void)events;
	(void)!read(h->source.fd, &ticks, sizeof(ticks));
	while (h->count && at(h, 1)->deadline_ns <= now)
		h->owner->expired(h->owner->ctx, at(h, 1));
	arm(h);
}

int timers_init(struct timers *t, struct ipc_ns *ns, struct loop *l)
{
	static const int clocks[2] = {CLOCK_MONOTONIC, CLOCK_REALTIME};

	t->ns = ns;
	for (int i = 0; i < 2; i++) {
		struct timer_heap *h = &t->heap[i];

		*h = (struct timer_heap){.owner = t, .clock = clocks[i]};
		h->source = (struct loop_source){.ready = on_timer, .ctx = h};
		h->source.fd = timerfd_create(clocks[i], TFD_CLOEXEC | TFD_NONBLOCK);
		if (h->source.fd < 0)
			return -errno;
		int r = loop_add(l, &h->source, EPOLLIN);
		if (r < 0)
			return r;
	}
	return 0;
}

void timers_close(struct timers *t, struct loop *l)
{
	for (int i = 0; i < 2; i++) {
		struct timer_heap *h = &t->heap[i];

		if (!h->owner)
			continue;
		loop_remove(l, &h->source);
		if (h->source.fd >= 0)
			close(h->source.fd);
		free(h->slot);
		*h = (struct timer_heap){0};
	}
}

int timers_add(struct timers *t, struct ipc_slot *s)
{
	struct timer_heap *h = heap_of(t, s);

	if (!s->deadline_ns)
		return 0;
	if (h->count == h->capacity) {
		uint32_t capacity = h->capacity ? h->capacity * 2 : 64;
		slot_idx *slot = reallocarray(h->slot, capacity, sizeof(*slot));

		if (!slot)
			return -ENOMEM;
		h->slot = slot;
		h->capacity = capacity;
	}
	h->count++;
	sift_up(h, s, h->count);
	if (s->heap == 1)
		arm(h);
	return 0;
}

void timers_remove(struct timers *t, struct ipc_slot *s)
{
	struct timer_heap *h = heap_of(t, s);
	uint32_t pos = s->heap;

	if (!pos)
		return;
	s->heap = 0;
	struct ipc_slot *last = at(h, h->count);

	h->count--;
	if (last != s) {
		if (pos > 1 && at(h, pos / 2)->deadline_ns > last->deadline_ns)
			sift_up(h, last, pos);
		else
			sift_down(h, last, pos);
	}
	if (pos == 1)
		arm(h);
}
