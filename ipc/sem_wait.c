/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who sleeps on a semaphore set, and the hand over to them when values change.
 *
 * The queues are those of the kernel, since their order decides who gets what: a sleeper with one
 * operation waits on its semaphore; one with several waits on the set, and while there is such a
 * one, all that would change something stand in one queue with it. Waiters for zero change nothing
 * and are looked at first, again after each sleeper that was completed.
 *
 * A sleeper is given something only if its task is still there: whoever was killed leaves the queue
 * with -ESRCH, an answer that nobody will get. Asking is a system call, so only those are asked
 * that could go.
 *
 * Completing one is a commit of its own (sem.c). It stays linked until the waiters for zero that
 * its change has freed are completed, because natively they are woken first.
 */
#include "ipc/sem_private.h"

#include <errno.h>

static struct ipc_slot *first(const struct ipc_ns *ns, const struct sleep_queue *q)
{
	return slot_get(ns, q->head);
}

static struct ipc_slot *after(const struct ipc_ns *ns, const struct ipc_slot *s)
{
	return slot_get(ns, s->next);
}

/* The head of @from goes to the tail of @to. It sleeps on, so nobody outside has to know. */
static void move_head(struct ipc_ns *ns, struct sleep_queue *from, struct sleep_queue *to)
{
	struct ipc_slot *s = first(ns, from);

	from->head = s->next;
	if (s->next)
		after(ns, s)->prev = 0;
	else
		from->tail = 0;
	from->count--;

	s->queue = (uint64_t)((uint8_t *)to - ns->sem_rec.base);
	s->next = 0;
	s->prev = to->tail;
	if (to->tail)
		slot_get(ns, to->tail)->next = s->self;
	else
		to->head = s->self;
	to->tail = s->self;
	to->count++;
}

/*
 * The first sleeper with several operations comes. merge_queues() puts each semaphore's queue in
 * front of those merged before it, so the highest number ends up first.
 */
static void merge_queues(struct ipc_ns *ns, struct sem_record *rec)
{
	for (uint32_t i = rec->nsems; i-- > 0;)
		while (rec->pending[i].alter.head)
			move_head(ns, &rec->pending[i].alter, &rec->alter);
}

/* unmerge_queues(): the last of them left; the rest go back to their semaphores. */
static void settle(struct ipc_ns *ns, struct sem_record *rec)
{
	if (rec->complex)
		return;
	while (rec->alter.head) {
		const struct ipc_slot *s = first(ns, &rec->alter);
		uint16_t num = sem_sops(ns, s->u.sem.sops)[0].num;

		move_head(ns, &rec->alter, &rec->pending[num].alter);
	}
}

void sem_park(struct ipc_ns *ns, aref set, struct ipc_slot *s)
{
	struct sem_record *rec = sem_record_of(ns, set);
	struct sleep_queue *q = s->u.sem.alter ? &rec->alter : &rec->zero;

	if (s->u.sem.nsops > 1) {
		if (!rec->complex && rec->sleepers)
			merge_queues(ns, rec);
		rec->complex++;
	} else {
		struct sem_pending *p = &rec->pending[sem_sops(ns, s->u.sem.sops)[0].num];

		if (!s->u.sem.alter)
			q = &p->zero;
		else if (!rec->complex)
			q = &p->alter;
	}
	rec->sleepers++;
	sleep_enqueue(ns, &ns->sem_rec, q, s, SLOT_SEMOP, set);
}

static void forget(struct sem_record *rec, const struct ipc_slot *s)
{
	rec->sleepers--;
	if (s->u.sem.nsops > 1)
		rec->complex--;
}

/* @sops: the slot's block, also when a commit took it from the slot. */
static void finish(struct ipc_ns *ns, struct sem_record *rec, struct ipc_slot *s, aref sops,
		   int result)
{
	forget(rec, s);
	s->u.sem.sops = 0;
	sem_free_sops(ns, sops, s->u.sem.nsops);
	ipc_complete(ns, s, result);
}

void sem_cancel(struct ipc_ns *ns, struct ipc_slot *s)
{
	struct sem_record *rec = sem_record_of(ns, s->obj);

	forget(rec, s);
	sem_free_sops(ns, s->u.sem.sops, s->u.sem.nsops);
	s->u.sem.sops = 0;
	settle(ns, rec);
}

/* sem_try(), and the task is asked whether it is there to get what it could. */
static int try_sleeper(struct ipc_ns *ns, const struct sem_record *rec, struct ipc_slot *s)
{
	int r = sem_try(ns, rec, s);

	return r == 0 && !ipc_alive(ns, s) ? -ESRCH : r;
}

/* wake_const_ops(). Return: did anyone succeed? */
static bool wake_zero_queue(struct ipc_ns *ns, struct sem_record *rec, struct sleep_queue *q)
{
	struct ipc_slot *s, *next;
	bool any = false;

	for (s = first(ns, q); s; s = next) {
		aref sops = s->u.sem.sops;
		int r = try_sleeper(ns, rec, s);

		next = after(ns, s);
		if (r > 0)
			continue;
		if (r == 0) {
			sem_commit(ns, rec, s);
			any = true;
		}
		finish(ns, rec, s, sops, r);
	}
	return any;
}

/*
 * do_smart_wakeup_zero(). Without a zero nobody could go on. Who would rather fail now, because an
 * operation with IPC_NOWAIT before the one it sleeps on has lost its zero, does so at the next zero
 * of whatever semaphore is looked at here: not sooner, as natively.
 */
static bool wake_zero(struct ipc_ns *ns, struct sem_record *rec, const struct ipc_sembuf *sops,
		      uint32_t nsops)
{
	const struct ipc_sem *sems = sem_values(ns, rec);
	uint32_t n = sops ? nsops : rec->nsems;
	bool any = false, zero = false;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t num = sops ? sops[i].num : i;

		if (sems[num].val != 0)
			continue;
		zero = true;
		if (rec->pending[num].zero.head)
			any |= wake_zero_queue(ns, rec, &rec->pending[num].zero);
	}
	if (zero && rec->zero.head)
		any |= wake_zero_queue(ns, rec, &rec->zero);
	return any;
}

/*
 * update_queue(). @sem: the semaphore whose own queue @q is, NULL for the merged one. Return: did
 * anyone succeed?
 */
static bool wake_alter(struct ipc_ns *ns, struct sem_record *rec, struct sleep_queue *q,
		       const struct ipc_sem *sem)
{
	struct ipc_slot *s = first(ns, q), *next;
	bool any = false;

	while (s) {
		/* All that wait in a semaphore's own queue want to take from it. */
		if (sem && sem->val == 0)
			break;

		aref sops = s->u.sem.sops;
		uint32_t nsops = s->u.sem.nsops;
		int r = try_sleeper(ns, rec, s);

		if (r > 0) {
			s = after(ns, s);
			continue;
		}
		if (r == 0) {
			sem_commit(ns, rec, s);
			any = true;
			wake_zero(ns, rec, sem_sops(ns, sops), nsops);
		}
		next = after(ns, s);
		finish(ns, rec, s, sops, r);
		/*
		 * check_restart(): what was done in the merged queue may let an older sleeper go. Of
		 * those in a semaphore's own queue each took from it, and who could not go before
		 * cannot now.
		 */
		if (r == 0 && rec->alter.head)
			next = first(ns, q);
		s = next;
	}
	return any;
}

void sem_update(struct ipc_ns *ns, struct sem_record *rec, const struct ipc_sembuf *sops,
		uint32_t nsops, bool otime)
{
	const struct ipc_sem *sems = sem_values(ns, rec);

	if (rec->sleepers) {
		otime |= wake_zero(ns, rec, sops, nsops);
		if (rec->alter.head) {
			otime |= wake_alter(ns, rec, &rec->alter, NULL);
		} else {
			uint32_t n = sops ? nsops : rec->nsems;

			for (uint32_t i = 0; i < n; i++) {
				uint32_t num = sops ? sops[i].num : i;

				/* Nobody in these queues waits for less. */
				if ((!sops || sops[i].op > 0) && rec->pending[num].alter.head)
					otime |= wake_alter(ns, rec, &rec->pending[num].alter,
							    &sems[num]);
			}
		}
		settle(ns, rec);
	}
	if (otime)
		rec->otime = ipc_now(ns).tv_sec;
}

/*
 * Natively semadj changes only with values, or to 0; here two entries may turn out to be one. Only
 * sleepers with several operations can do one with SEM_UNDO before they get to what they sleep on.
 */
void sem_adj_changed(struct ipc_ns *ns, struct sem_record *rec)
{
	wake_alter(ns, rec, &rec->alter, NULL);
	settle(ns, rec);
}

static void fail_queue(struct ipc_ns *ns, struct sem_record *rec, struct sleep_queue *q,
		       const struct sem_holder *who, int err)
{
	struct ipc_slot *s, *next;

	for (s = first(ns, q); s; s = next) {
		next = after(ns, s);
		if (!who || (s->undo.list == who->list && s->undo.born == who->born))
			finish(ns, rec, s, s->u.sem.sops, err);
	}
}

void sem_fail_sleepers(struct ipc_ns *ns, struct sem_record *rec, const struct sem_holder *who,
		       int err)
{
	/* In the order of freeary(). */
	fail_queue(ns, rec, &rec->zero, who, err);
	fail_queue(ns, rec, &rec->alter, who, err);
	for (uint32_t i = 0; rec->sleepers && i < rec->nsems; i++) {
		fail_queue(ns, rec, &rec->pending[i].zero, who, err);
		fail_queue(ns, rec, &rec->pending[i].alter, who, err);
	}
	settle(ns, rec);
}

/* check_qop() for all of a queue. */
static int count_queue(struct ipc_ns *ns, struct sem_record *rec, struct sleep_queue *q,
		       uint32_t num, bool zero)
{
	struct ipc_slot *s, *next;
	int n = 0;

	for (s = first(ns, q); s; s = next) {
		const struct ipc_sembuf *sop = &sem_sops(ns, s->u.sem.sops)[s->u.sem.blocking];

		next = after(ns, s);
		if (sop->num != num || (sop->op == 0) != zero)
			continue;
		if (ipc_alive(ns, s))
			n++;
		else
			finish(ns, rec, s, s->u.sem.sops, -ESRCH);
	}
	return n;
}

int sem_count(struct ipc_ns *ns, struct sem_record *rec, uint32_t num, bool zero)
{
	struct sem_pending *p = &rec->pending[num];
	int n;

	if (!rec->sleepers)
		return 0;
	n = count_queue(ns, rec, zero ? &p->zero : &p->alter, num, zero);
	n += count_queue(ns, rec, &rec->alter, num, zero);
	if (zero)
		n += count_queue(ns, rec, &rec->zero, num, zero);
	settle(ns, rec);
	return n;
}
