/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deadlines of parked calls: a heap and a timerfd for each of the two clocks.
 *
 * semtimedop(2) counts on CLOCK_MONOTONIC; mq_timed*(3) name a moment of CLOCK_REALTIME and must
 * follow it when it is set. The heaps hold slot numbers and are only a cache of the slots' deadlines.
 */
#ifndef DAEMON_TIMERS_H
#define DAEMON_TIMERS_H

#include "daemon/loop.h"
#include "ipc/namespace.h"

struct timer_heap {
	struct timers *owner;
	int clock;
	struct loop_source source;
	slot_idx *slot;
	uint32_t count, capacity;
};

struct timers {
	struct ipc_ns *ns;
	struct timer_heap heap[2];
	/** A deadline has passed; the slot is still parked. */
	void (*expired)(void *ctx, struct ipc_slot *s);
	void *ctx;
};

/** timers_init() - set expired and ctx after it. Return: 0 or negative errno. */
int timers_init(struct timers *t, struct ipc_ns *ns, struct loop *l);
void timers_close(struct timers *t, struct loop *l);

/** timers_add() - s->deadline_ns on s->clock; no effect for 0. Return: 0 or -ENOMEM. */
int timers_add(struct timers *t, struct ipc_slot *s);
void timers_remove(struct timers *t, struct ipc_slot *s);

#endif
