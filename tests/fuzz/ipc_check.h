/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must hold of a namespace between two calls: lists and counts agree, and no sleeper could go
 * on. The latter is decided by code of its own, not by the code under test.
 */
#ifndef TESTS_FUZZ_IPC_CHECK_H
#define TESTS_FUZZ_IPC_CHECK_H

#include <sys/ipc.h>
#include <sys/sem.h>

#include "ipc_world.h"

/* ---- slots ---- */

static uint32_t check_sleep_queue(const struct sleep_queue *q, uint32_t op, aref obj)
{
	slot_idx prev = 0;
	uint32_t n = 0;

	for (slot_idx i = q->head; i; i = slot_get(&world.ns, i)->next) {
		const struct ipc_slot *s = slot_get(&world.ns, i);

		CHECK(s && s->self == i && s->prev == prev);
		CHECK(s->state == SLOT_PARKED && s->op == op && s->obj == obj);
		prev = i;
		CHECK(++n < 100000);
	}
	CHECK(q->tail == prev && q->count == n);
	return n;
}

/* @sleepers: as counted in the queues of all objects. */
static void check_slots(uint32_t sleepers)
{
	const struct slots_root *r = arena_root(&world.ns.calls);
	uint32_t n = 0, parked = 0;
	slot_idx prev = 0;

	for (slot_idx i = r->all; i; i = slot_get(&world.ns, i)->all_next) {
		const struct ipc_slot *s = slot_get(&world.ns, i);

		CHECK(s->all_prev == prev && s->state != SLOT_FREE);
		if (s->state == SLOT_PARKED)
			parked++;
		prev = i;
		n++;
	}
	CHECK(n == r->in_use && parked == r->parked && parked == sleepers);
	CHECK(parked == world.parked);
	CHECK(n == parked); /* whatever completed was drained */
	CHECK(!r->completed_head && !r->completed_tail);
}

/* ---- ids ---- */

static void check_ids(const struct ipc_ids *ids, const struct arena *a)
{
	uint32_t n = 0;

	for (int32_t i = 0; i <= ids->max_idx; i++) {
		if (!ids->slot[i])
			continue;
		const struct kern_ipc_perm *p = arena_ptr(a, ids->slot[i]);
		aref found;

		CHECK(((uint32_t)p->id & (IPCMNI - 1)) == (uint32_t)i && p->id >= 0);
		CHECK(p->seq == (uint32_t)p->id >> IPCMNI_SHIFT && (p->mode & ~0777u) == 0);
		CHECK(ids_lookup(ids, a, p->id, &found) == 0 && found == ids->slot[i]);
		if (p->key != IPC_PRIVATE)
			CHECK(ids_find_key(ids, a, p->key) == ids->slot[i]);
		n++;
	}
	CHECK(n == ids->in_use);
	CHECK(ids->max_idx < 0 || ids->slot[ids->max_idx]);
}

/* ---- msg ---- */

/* Would parked receiver @r take a message of @type? */
static bool wants(const struct ipc_slot *r, int64_t type)
{
	switch (r->u.rcv.mode) {
	case MSG_SEARCH_ANY:
		return true;
	case MSG_SEARCH_EQUAL:
		return type == r->u.rcv.type;
	case MSG_SEARCH_NOTEQUAL:
		return type != r->u.rcv.type;
	case MSG_SEARCH_LESSEQUAL:
		return type <= r->u.rcv.type;
	}
	CHECK(!"a parked receiver's mode");
	return false;
}

static uint32_t check_msg_queue(aref ref)
{
	struct ipc_ns *ns = &world.ns;
	const struct msg_record *q = msg_record_get(ns, ref);
	uint64_t n = 0, bytes = 0, seq = 0;
	aref prev = 0;
	uint32_t sleepers = check_sleep_queue(&q->receivers, SLOT_MSGRCV, ref) +
			    check_sleep_queue(&q->senders, SLOT_MSGSND, ref);

	for (aref m = q->head; m; m = ipc_msg_get(&ns->msg_body, m)->next) {
		const struct ipc_msg *msg = ipc_msg_get(&ns->msg_body, m);

		CHECK(msg->prev == prev && msg->type > 0);
		CHECK(prev == 0 || msg->seq > seq);
		CHECK(msg->seq < q->next_seq);
		for (slot_idx i = q->receivers.head; i; i = slot_get(ns, i)->next)
			CHECK(!wants(slot_get(ns, i), msg->type));
		seq = msg->seq;
		prev = m;
		n++;
		bytes += msg->size;
	}
	CHECK(q->tail == prev && q->qnum == n && q->cbytes == bytes);
	for (slot_idx i = q->senders.head; i; i = slot_get(ns, i)->next) {
		const struct ipc_slot *s = slot_get(ns, i);

		CHECK(s->u.snd.msg);
		CHECK(s->u.snd.size == ipc_msg_get(&ns->msg_body, s->u.snd.msg)->size);
		CHECK(bytes + s->u.snd.size > q->qbytes || n + 1 > q->qbytes);
	}
	return sleepers;
}

/* ---- sem ---- */

/*
 * May sleeper @s, that would change something, sleep on? With the values and adjustments as they
 * stand, operation by operation. All of these are tried after every change.
 */
static bool may_alterer_sleep(const struct sem_record *rec, const struct ipc_slot *s)
{
	const struct ipc_sembuf *sops = sem_sops(&world.ns, s->u.sem.sops);
	const struct ipc_sem *sems = sem_values(&world.ns, rec);
	int32_t val[16], adj[16];

	CHECK(rec->nsems <= 16);
	for (uint32_t i = 0; i < rec->nsems; i++) {
		val[i] = sems[i].val;
		adj[i] = s->u.sem.undo ? sem_undo_adj(&world.ns, s->u.sem.undo)[i] : 0;
	}
	for (uint32_t i = 0; i < s->u.sem.nsops; i++) {
		const struct ipc_sembuf *o = &sops[i];

		CHECK(o->num < rec->nsems);
		if (o->op == 0 ? val[o->num] != 0 : val[o->num] + o->op < 0)
			return !(o->flg & IPC_NOWAIT) && s->u.sem.blocking == (int32_t)i;
		val[o->num] += o->op;
		adj[o->num] -= (o->flg & SEM_UNDO) ? o->op : 0;
		if (val[o->num] > IPC_SEMVMX || adj[o->num] > SEM_ADJ_MAX ||
		    adj[o->num] < -SEM_ADJ_MAX - 1)
			return false;
	}
	return false;
}

/*
 * May sleeper @s, that only waits for zeros, sleep on? The kernel tries these again only when some
 * semaphore has become zero (do_smart_wakeup_zero()). So it still sleeps on the operation that it
 * slept on when last tried; but one before that, which was zero then, may have risen since: with
 * IPC_NOWAIT it would make the call fail with EAGAIN were it tried, and natively it is not.
 */
static bool may_zero_waiter_sleep(const struct sem_record *rec, const struct ipc_slot *s)
{
	int32_t blocking = s->u.sem.blocking;

	CHECK(blocking >= 0 && (uint32_t)blocking < s->u.sem.nsops);
	const struct ipc_sembuf *o = &sem_sops(&world.ns, s->u.sem.sops)[blocking];

	CHECK(o->num < rec->nsems && o->op == 0);
	return sem_values(&world.ns, rec)[o->num].val != 0 && !(o->flg & IPC_NOWAIT);
}

/* One queue of sleepers; @several, @alter: what must be said of them, -1 either; @num: -1 any. */
static void check_sem_sleepers(const struct sem_record *rec, aref ref, const struct sleep_queue *q,
			       int several, int alter, int num, uint32_t *sleepers,
			       uint32_t *complex)
{
	*sleepers += check_sleep_queue(q, SLOT_SEMOP, ref);
	for (slot_idx i = q->head; i; i = slot_get(&world.ns, i)->next) {
		const struct ipc_slot *s = slot_get(&world.ns, i);

		CHECK(s->u.sem.sops && s->u.sem.nsops >= 1);
		CHECK(several < 0 || several == (s->u.sem.nsops > 1));
		CHECK(alter < 0 || alter == (int)s->u.sem.alter);
		CHECK(num < 0 || num == sem_sops(&world.ns, s->u.sem.sops)[0].num);
		CHECK(s->u.sem.alter ? may_alterer_sleep(rec, s) : may_zero_waiter_sleep(rec, s));
		*complex += s->u.sem.nsops > 1;
	}
}

static bool is_holder(const struct sem_holder *who)
{
	struct sem_holder h;
	aref cursor = 0;
	unsigned found = 0;

	while (sem_undo_next_holder(&world.ns, &cursor, &h))
		found += h.list == who->list && h.born == who->born;
	CHECK(found <= 1);
	return found;
}

static uint32_t check_sem_set(aref ref)
{
	const struct sem_record *rec = sem_record_of(&world.ns, ref);
	uint32_t sleepers = 0, complex = 0;
	struct sem_holder h;
	aref cursor = 0;
	bool undo = false;

	for (uint32_t i = 0; i < rec->nsems; i++) {
		const struct sem_pending *p = &rec->pending[i];
		const struct ipc_sem *sem = &sem_values(&world.ns, rec)[i];

		CHECK(sem->val >= 0 && sem->val <= IPC_SEMVMX && sem->pid <= PROCESSES);
		check_sem_sleepers(rec, ref, &p->alter, 0, 1, (int)i, &sleepers, &complex);
		check_sem_sleepers(rec, ref, &p->zero, 0, 0, (int)i, &sleepers, &complex);
		CHECK(!rec->complex || !p->alter.head);
	}
	check_sem_sleepers(rec, ref, &rec->alter, -1, 1, -1, &sleepers, &complex);
	check_sem_sleepers(rec, ref, &rec->zero, 1, 0, -1, &sleepers, &complex);
	CHECK(rec->sleepers == sleepers && rec->complex == complex);
	CHECK(rec->complex || !rec->alter.head);
	while (sem_undo_next_of_set(&world.ns, rec->perm.id, &cursor, &h)) {
		CHECK(is_holder(&h));
		undo = true;
	}
	CHECK(undo == sem_set_has_undo(&world.ns, rec->perm.id));
	return sleepers;
}

static uint32_t check_sysv(void)
{
	const struct ipc_ids *msgs = msg_ids(&world.ns);
	const struct sem_root *sems = sem_root_of(&world.ns);
	uint32_t sleepers = 0, used = 0;

	check_ids(msgs, &world.ns.msg_rec);
	check_ids(&sems->ids, &world.ns.sem_rec);
	for (int32_t i = 0; i <= msgs->max_idx; i++)
		if (msgs->slot[i])
			sleepers += check_msg_queue(msgs->slot[i]);
	for (int32_t i = 0; i <= sems->ids.max_idx; i++) {
		if (!sems->ids.slot[i])
			continue;
		sleepers += check_sem_set(sems->ids.slot[i]);
		used += sem_record_of(&world.ns, sems->ids.slot[i])->nsems;
	}
	CHECK(used == sems->used_sems);
	return sleepers;
}

/* ---- mqueue ---- */

static void check_nice(const struct sleep_queue *q)
{
	int32_t nice = INT32_MIN;

	for (slot_idx i = q->head; i; i = slot_get(&world.ns, i)->next) {
		CHECK(slot_get(&world.ns, i)->u.mq.nice >= nice);
		nice = slot_get(&world.ns, i)->u.mq.nice;
	}
}

static uint32_t check_mqueue(aref ref)
{
	struct ipc_ns *ns = &world.ns;
	const struct mq_record *q = mq_get(ns, ref);
	uint32_t sleepers = check_sleep_queue(&q->senders, SLOT_MQ_SEND, ref) +
			    check_sleep_queue(&q->receivers, SLOT_MQ_RECEIVE, ref);
	uint64_t bytes = 0;
	int64_t n = 0;
	aref prev = 0;

	for (aref m = q->head; m; m = ipc_msg_get(&ns->mq_body, m)->next) {
		const struct ipc_msg *msg = ipc_msg_get(&ns->mq_body, m);

		CHECK(msg->prev == prev && msg->seq >= q->first_seq);
		CHECK(msg->size <= (uint64_t)q->msgsize);
		if (prev) {
			const struct ipc_msg *p = ipc_msg_get(&ns->mq_body, prev);

			CHECK(p->type > msg->type || (p->type == msg->type && p->seq < msg->seq));
		}
		prev = m;
		n++;
		bytes += msg->size;
	}
	CHECK(q->tail == prev && q->curmsgs == n && q->qsize == bytes);
	CHECK(!q->receivers.head || n == 0);
	CHECK(!q->senders.head || n >= q->maxmsg);
	check_nice(&q->senders);
	check_nice(&q->receivers);
	CHECK(q->linked || q->refs || sleepers); /* or it would be gone */
	CHECK((q->linked != 0) == (mqueue_find(ns, q->name, q->name_len) == ref));
	CHECK(mqueue_by_ino(ns, q->ino) == ref);
	return sleepers;
}

static uint64_t charged(uint32_t uid)
{
	aref ref = mq_root(&world.ns)->user[uid % MQ_USER_BUCKETS];

	for (; ref; ref = ((struct mq_user *)arena_ptr(&world.ns.mq_rec, ref))->next)
		if (((struct mq_user *)arena_ptr(&world.ns.mq_rec, ref))->uid == uid)
			return ((struct mq_user *)arena_ptr(&world.ns.mq_rec, ref))->bytes;
	return 0;
}

static uint32_t check_mqueues(void)
{
	struct ipc_ns *ns = &world.ns;
	struct mq_root *root = mq_root(ns);
	uint64_t count = 0, linked = 0, listed = 0, charge[3] = {0}, ino = UINT64_MAX;
	uint32_t sleepers = 0, registered = 0;
	aref prev = 0;

	/* Numbers are never given twice and few an input, so all there are can be asked for. */
	for (uint64_t i = MQ_FIRST_INO; i < root->next_ino; i++) {
		aref ref = mqueue_by_ino(ns, i);

		if (!ref)
			continue;
		const struct mq_record *q = mq_get(ns, ref);

		CHECK(q->ino == i && q->charge.uid % 1000 == 0 && q->charge.uid <= 2000);
		sleepers += check_mqueue(ref);
		count++;
		linked += q->linked;
		registered += q->reg.active;
		charge[q->charge.uid / 1000] += q->charge.bytes;
	}
	CHECK(count == mqueue_count(ns));
	CHECK(registered == world.registered);
	for (uint32_t i = 0; i < 3; i++)
		CHECK(charged(1000 * i) == charge[i]);
	for (aref ref = mqueue_first(ns); ref; ref = mqueue_next(ns, ref)) {
		CHECK(mq_get(ns, ref)->linked && mq_get(ns, ref)->dir_prev == prev);
		CHECK(mq_get(ns, ref)->ino < ino); /* newest first */
		if (prev)
			CHECK(mqueue_below(ns, ino) == ref);
		ino = mq_get(ns, ref)->ino;
		prev = ref;
		listed++;
	}
	CHECK(listed == linked);
	CHECK(mqueue_dir(ns)->size == (2 + linked) * MQ_DIRENT_SIZE);
	return sleepers;
}

static void check_world(void)
{
	uint32_t sleepers = check_sysv() + check_mqueues();

	check_slots(sleepers);
}

/* Nothing is left: all objects removed, all calls answered. */
static void check_empty(void)
{
	const struct slots_root *r = arena_root(&world.ns.calls);
	static uint64_t chunk; /* bytes of a chunk of slots; these stay */
	aref cursor = 0;
	struct sem_holder h;

	check_world();
	CHECK(r->in_use == 0 && msg_ids(&world.ns)->in_use == 0);
	CHECK(sem_root_of(&world.ns)->ids.in_use == 0 && mqueue_count(&world.ns) == 0);
	CHECK(!sem_undo_next_holder(&world.ns, &cursor, &h));
	CHECK(arena_used(&world.ns.msg_rec) == 0 && arena_used(&world.ns.msg_body) == 0);
	CHECK(arena_used(&world.ns.sem_rec) == 0 && arena_used(&world.ns.sem_body) == 0);
	CHECK(arena_used(&world.ns.mq_rec) == 0 && arena_used(&world.ns.mq_body) == 0);
	if (!chunk && r->capacity)
		chunk = arena_used(&world.ns.calls) / (r->capacity / SLOTS_PER_CHUNK);
	CHECK(arena_used(&world.ns.calls) == chunk * (r->capacity / SLOTS_PER_CHUNK));
}

#endif
