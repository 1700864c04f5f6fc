/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lock over a namespace, with a count of its turns: how often anybody has taken it.
 *
 * Who has looked at something without the lock, and takes it afterwards, can so know that nobody had
 * it in between, and therefore that nobody can tell that he looked earlier. calls.c needs that: a
 * caller was seen to wait, and may have been killed before its call has an effect. Natively the
 * effect of a call is there before its caller is reaped, or never. If nobody had a turn, nobody who
 * has reaped it has looked at the namespace since.
 */
#ifndef DAEMON_TURN_LOCK_H
#define DAEMON_TURN_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

struct turn_lock {
	pthread_mutex_t mutex;
	_Atomic(uint64_t) turns;
};

static inline void turn_lock_init(struct turn_lock *l)
{
	pthread_mutex_init(&l->mutex, NULL);
	atomic_init(&l->turns, 0);
}

static inline void turn_lock_destroy(struct turn_lock *l)
{
	pthread_mutex_destroy(&l->mutex);
}

/* For who has just got it. */
static inline void turn_lock_count(struct turn_lock *l)
{
	uint64_t turns = atomic_load_explicit(&l->turns, memory_order_relaxed);

	atomic_store_explicit(&l->turns, turns + 1, memory_order_release);
}

static inline void turn_lock(struct turn_lock *l)
{
	pthread_mutex_lock(&l->mutex);
	turn_lock_count(l);
}

/** turn_lock_until() - gives up at @end of CLOCK_MONOTONIC. Return: 0, or a negative errno. */
static inline int turn_lock_until(struct turn_lock *l, const struct timespec *end)
{
	int r = -pthread_mutex_clocklock(&l->mutex, CLOCK_MONOTONIC, end);

	if (r == 0)
		turn_lock_count(l);
	return r;
}

static inline void turn_unlock(struct turn_lock *l)
{
	pthread_mutex_unlock(&l->mutex);
}

/** turn_wait_until() - pthread_cond_timedwait(3). Return: 0 or a negative errno. */
static inline int turn_wait_until(pthread_cond_t *c, struct turn_lock *l,
				  const struct timespec *end)
{
	int r = -pthread_cond_timedwait(c, &l->mutex, end);

	turn_lock_count(l);
	return r;
}

/** turn_lock_turns() - how often it was taken, for turn_lock_alone(). Without the lock. */
static inline uint64_t turn_lock_turns(const struct turn_lock *l)
{
	return atomic_load_explicit(&l->turns, memory_order_acquire);
}

/** turn_lock_alone() - with the lock: has nobody else had it since turn_lock_turns() gave @before? */
static inline int turn_lock_alone(const struct turn_lock *l, uint64_t before)
{
	return atomic_load_explicit(&l->turns, memory_order_relaxed) == before + 1;
}

#endif
