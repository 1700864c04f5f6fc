/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Counting, and the list of copies that are going on. The mutex is held for a few instructions and
 * taken last of all locks.
 */
#include "daemon/culprits.h"

#include <string.h>
#include <time.h>

/*
 * How often within CULPRIT_EVERY_MS is worth a line. A limit is there to be told of; that a call is
 * interrupted is what signals are for.
 */
static unsigned enough(enum culprit_kind kind)
{
	return kind == CULPRIT_INTERRUPTS ? 50 : 1;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void culprits_init(struct culprits *c, void (*tell)(void *ctx), void *ctx)
{
	memset(c, 0, sizeof(*c));
	pthread_mutex_init(&c->lock, NULL);
	c->tell = tell;
	c->ctx = ctx;
}

/* With the mutex. */
static void note(struct culprits *c, enum culprit_kind kind, pid_t tid)
{
	struct culprit *k = &c->kind[kind];
	const uint64_t now = now_ms();

	if (now - k->begin_ms >= CULPRIT_EVERY_MS) {
		k->begin_ms = now;
		k->recent = 0;
	}
	k->times++;
	k->recent++;
	k->tid = tid;
	if (k->due || k->recent < enough(kind) ||
	    (k->taken_ms && now - k->taken_ms < CULPRIT_EVERY_MS))
		return;
	k->due = true;
	c->tell(c->ctx);
}

void culprits_note(struct culprits *c, enum culprit_kind kind, pid_t tid)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	if (!c->destroyed || kind > CULPRIT_PARKED)
		note(c, kind, tid);
	pthread_mutex_unlock(&c->lock);
}

void culprits_destroyed(struct culprits *c)
{
	pthread_mutex_lock(&c->lock);
	c->destroyed = true;
	pthread_mutex_unlock(&c->lock);
}

void culprits_copy_begin(struct culprits *c, struct culprit_copy *copy, pid_t tid)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	*copy = (struct culprit_copy){.next = c->copies, .link = &c->copies, .tid = tid};
	if (copy->next)
		copy->next->link = &copy->next;
	c->copies = copy;
	if (!c->looked_after) {
		c->looked_after = true;
		c->tell(c->ctx);
	}
	pthread_mutex_unlock(&c->lock);
}

void culprits_copy_end(struct culprits *c, struct culprit_copy *copy)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	*copy->link = copy->next;
	if (copy->next)
		copy->next->link = copy->link;
	pthread_mutex_unlock(&c->lock);
}

bool culprits_look(struct culprits *c)
{
	pthread_mutex_lock(&c->lock);
	for (struct culprit_copy *copy = c->copies; copy; copy = copy->next)
		if (++copy->looks == 2)
			note(c, CULPRIT_COPY, copy->tid);
	c->looked_after = c->copies != NULL;
	bool again = c->looked_after;

	pthread_mutex_unlock(&c->lock);
	return again;
}

bool culprits_copying(struct culprits *c)
{
	pthread_mutex_lock(&c->lock);
	bool copying = c->looked_after;

	pthread_mutex_unlock(&c->lock);
	return copying;
}

uint64_t culprits_take(struct culprits *c, enum culprit_kind kind, bool all, pid_t *tid)
{
	struct culprit *k = &c->kind[kind];
	uint64_t times = 0;

	pthread_mutex_lock(&c->lock);
	if (k->due || (all && k->times >= enough(kind))) {
		times = k->times;
		*tid = k->tid;
		k->times = 0;
		k->due = false;
		k->taken_ms = now_ms();
	}
	pthread_mutex_unlock(&c->lock);
	return times;
}
