/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slots and queues of sleepers. Every list here is doubly linked by slot index, so that a cancelled
 * sleeper (signal, timeout, death) leaves the middle of its queue in constant time; the forward
 * links alone are enough to rebuild the rest.
 */
#include "ipc/sleepers.h"

#include <string.h>

#include "ipc/config.h"
#include "ipc/message.h"
#include "ipc/mqueue.h"
#include "ipc/msg.h"
#include "ipc/namespace.h"
#include "ipc/sem.h"

/* Parked calls are threads; no machine has more of them than this many slots. */
#define SLOTS_MAX (32768u * SLOTS_PER_CHUNK)

static struct slots_root *root_of(const struct ipc_ns *ns)
{
	return arena_root(&ns->calls);
}

struct ipc_slot *slot_get(const struct ipc_ns *ns, slot_idx idx)
{
	struct slots_root *r = root_of(ns);

	if (idx == 0 || idx > r->capacity)
		return NULL;
	struct ipc_slot *chunk = arena_ptr(&ns->calls, r->chunk[(idx - 1) / SLOTS_PER_CHUNK]);

	return &chunk[(idx - 1) % SLOTS_PER_CHUNK];
}

static int add_chunk(struct ipc_ns *ns)
{
	struct slots_root *r = root_of(ns);
	aref ref;

	if (r->capacity >= SLOTS_MAX)
		return -1;
	if (arena_commit(&ns->calls, &r->chunk[r->capacity / SLOTS_PER_CHUNK], sizeof(aref)) < 0 ||
	    arena_alloc(&ns->calls, sizeof(struct ipc_slot) * SLOTS_PER_CHUNK, &ref) < 0)
		return -1;

	struct ipc_slot *chunk = arena_ptr(&ns->calls, ref);

	memset(chunk, 0, sizeof(struct ipc_slot) * SLOTS_PER_CHUNK);
	for (uint32_t i = SLOTS_PER_CHUNK; i-- > 0;) {
		chunk[i].self = r->capacity + i + 1;
		chunk[i].next = r->free;
		r->free = chunk[i].self;
	}
	r->chunk[r->capacity / SLOTS_PER_CHUNK] = ref;
	r->capacity += SLOTS_PER_CHUNK;
	return 0;
}

struct ipc_slot *slot_alloc(struct ipc_ns *ns)
{
	struct slots_root *r = root_of(ns);

	if (!r->free && add_chunk(ns) < 0)
		return NULL;

	struct ipc_slot *s = slot_get(ns, r->free);
	slot_idx self = s->self;

	r->free = s->next;
	/* The credentials are large and are written before they are read. */
	memset(s, 0, offsetof(struct ipc_slot, cred));
	s->cred.tgid = s->cred.tid = s->cred.ngroups = 0;
	memset(&s->u, 0, sizeof(s->u));
	s->result = 0;
	s->self = self;
	s->state = SLOT_RECEIVING;
	s->all_next = r->all;
	if (r->all)
		slot_get(ns, r->all)->all_prev = self;
	r->all = self;
	r->in_use++;
	return s;
}

void slot_free(struct ipc_ns *ns, struct ipc_slot *s)
{
	struct slots_root *r = root_of(ns);

	s->state = SLOT_FREE;
	if (s->all_prev)
		slot_get(ns, s->all_prev)->all_next = s->all_next;
	else
		r->all = s->all_next;
	if (s->all_next)
		slot_get(ns, s->all_next)->all_prev = s->all_prev;
	s->all_prev = s->all_next = 0;
	s->prev = 0;
	s->next = r->free;
	r->free = s->self;
	r->in_use--;
}

static struct arena *arena_of_op(struct ipc_ns *ns, uint32_t op)
{
	switch (op) {
	case SLOT_MSGSND:
	case SLOT_MSGRCV:
		return &ns->msg_rec;
	case SLOT_SEMOP:
		return &ns->sem_rec;
	default:
		return &ns->mq_rec;
	}
}

static struct sleep_queue *queue_of(struct ipc_ns *ns, const struct ipc_slot *s)
{
	return (struct sleep_queue *)(void *)(arena_of_op(ns, s->op)->base + s->queue);
}

void sleep_enqueue_before(struct ipc_ns *ns, struct arena *a, struct sleep_queue *q,
			  struct ipc_slot *pos, struct ipc_slot *s, enum slot_op op, aref obj)
{
	s->op = op;
	s->obj = obj;
	s->queue = (uint64_t)((uint8_t *)q - a->base);
	s->next = pos ? pos->self : 0;
	s->prev = pos ? pos->prev : q->tail;
	if (s->prev)
		slot_get(ns, s->prev)->next = s->self;
	else
		q->head = s->self;
	if (pos)
		pos->prev = s->self;
	else
		q->tail = s->self;
	q->count++;
	root_of(ns)->parked++;
	s->state = SLOT_PARKED;
	if (ns->env.parked)
		ns->env.parked(ns->env.ctx, s);
}

void sleep_enqueue(struct ipc_ns *ns, struct arena *a, struct sleep_queue *q, struct ipc_slot *s,
		   enum slot_op op, aref obj)
{
	sleep_enqueue_before(ns, a, q, NULL, s, op, obj);
}

void sleep_unlink(struct ipc_ns *ns, struct ipc_slot *s)
{
	struct sleep_queue *q = queue_of(ns, s);

	if (s->prev)
		slot_get(ns, s->prev)->next = s->next;
	else
		q->head = s->next;
	if (s->next)
		slot_get(ns, s->next)->prev = s->prev;
	else
		q->tail = s->prev;
	s->prev = s->next = 0;
	q->count--;
	root_of(ns)->parked--;
	/* A family may have stored its commit (SLOT_APPLIED) while the slot was still linked. */
	if (s->state == SLOT_PARKED)
		s->state = SLOT_RECEIVED;
	if (ns->env.unparked)
		ns->env.unparked(ns->env.ctx, s);
}

void ipc_complete(struct ipc_ns *ns, struct ipc_slot *s, int64_t result)
{
	struct slots_root *r = root_of(ns);

	sleep_unlink(ns, s);
	s->result = result;
	s->state = SLOT_APPLIED;
	s->prev = r->completed_tail;
	if (r->completed_tail)
		slot_get(ns, r->completed_tail)->next = s->self;
	else
		r->completed_head = s->self;
	r->completed_tail = s->self;
}

struct ipc_slot *ipc_next_completed(struct ipc_ns *ns)
{
	struct slots_root *r = root_of(ns);
	struct ipc_slot *s = slot_get(ns, r->completed_head);

	if (!s)
		return NULL;
	r->completed_head = s->next;
	if (s->next)
		slot_get(ns, s->next)->prev = 0;
	else
		r->completed_tail = 0;
	s->prev = s->next = 0;
	return s;
}

void ipc_cancel(struct ipc_ns *ns, struct ipc_slot *s)
{
	sleep_unlink(ns, s);
	switch (s->op) {
	case SLOT_MSGSND:
	case SLOT_MSGRCV:
		if (IPCNS_WITH_MSG)
			msg_cancel(ns, s);
		break;
	case SLOT_SEMOP:
		if (IPCNS_WITH_SEM)
			sem_cancel(ns, s);
		break;
	case SLOT_MQ_SEND:
	case SLOT_MQ_RECEIVE:
		if (IPCNS_WITH_MQUEUE)
			mqueue_cancel(ns, s);
		break;
	default:
		break;
	}
}

bool ipc_alive(struct ipc_ns *ns, const struct ipc_slot *s)
{
	return !ns->env.alive || ns->env.alive(ns->env.ctx, s);
}
