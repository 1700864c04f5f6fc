/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Semaphore sets and the operation on them: semget(2), semop(2).
 *
 * An operation is tried first, which changes nothing but its own sops block: each sop gets the
 * value, and the semadj, that it would leave behind. These are absolute numbers, so storing them is
 * idempotent. sem_commit() then stores SLOT_APPLIED into the slot's state: from this instant the
 * operation has happened. Values and semadj are stored next, and u.sem.sops = 0 last.
 *
 * A recovery hence finds at most one slot that is SLOT_APPLIED, is a SLOT_SEMOP, and still has sops:
 * its stores may be incomplete, and it does them again from the block (redo() here). A slot before
 * SLOT_APPLIED has changed nothing and is run afresh, or goes on sleeping; one without sops is
 * complete. Other blocks of sops that no slot names were about to be freed, and are swept. The
 * sleepers that had not been handed to are found by sem_update() with no sops. sem_otime may be
 * that of the operation before; used_sems, sleepers and complex are counted again.
 *
 * Creating a set commits by ids_add(), removing it by ids_remove(): a record outside the table, its
 * values and its undo entries are swept.
 */
#include "ipc/sem.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <time.h>

#include "ipc/perm.h"
#include "ipc/sem_private.h"

/* namespace.c gives the family's root this much beside the id table. */
_Static_assert(sizeof(struct sem_root) <= sizeof(struct ipc_ids) + 4096, "root of sem_rec");
_Static_assert(sizeof(struct ipc_sem) == 8, "one store");

int sem_init_ns(struct ipc_ns *ns)
{
	struct sem_root *root = sem_root_of(ns);

	memset(root, 0, offsetof(struct sem_root, ids));
	ids_init(&root->ids);
	return 0;
}

int sem_obtain(struct ipc_ns *ns, int32_t id, aref *set, struct sem_record **rec)
{
	/* ipc_obtain_object_check(): a stale sequence number is EINVAL, as a free slot is. */
	if (ids_lookup(&sem_root_of(ns)->ids, &ns->sem_rec, id, set) < 0)
		return -EINVAL;
	*rec = sem_record_of(ns, *set);
	sem_share_freeze(ns, *rec);
	return 0;
}

static size_t record_size(uint32_t nsems)
{
	return sizeof(struct sem_record) + (size_t)nsems * sizeof(struct sem_pending);
}

void sem_destroy_record(struct ipc_ns *ns, aref set)
{
	struct sem_record *rec = sem_record_of(ns, set);

	if (IPCNS_WITH_SHIM)
		sem_share_abandon(ns, rec);
	arena_free(&ns->sem_body, rec->sems, (size_t)rec->nsems * sizeof(struct ipc_sem));
	arena_free(&ns->sem_rec, set, record_size(rec->nsems));
}

/* newary() */
static int create_set(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t key, uint32_t nsems,
		      int32_t flg)
{
	struct sem_root *root = sem_root_of(ns);
	const struct ipc_limits *limits = ipc_limits(ns);
	aref set, sems;

	if (nsems == 0)
		return -EINVAL;
	/* A namespace that ends may have no bytes left either, which is not what it lacks. */
	if ((int64_t)root->used_sems + nsems > limits->semmns || ipc_quota(ns)->ended)
		return -ENOSPC;
	if (!ipc_quota_state(ns, nsems * sizeof(struct ipc_sem)))
		return -ENOMEM;
	if (arena_alloc(&ns->sem_rec, record_size(nsems), &set) < 0)
		return -ENOMEM;
	if (arena_alloc(&ns->sem_body, nsems * sizeof(struct ipc_sem), &sems) < 0) {
		arena_free(&ns->sem_rec, set, record_size(nsems));
		return -ENOMEM;
	}

	struct sem_record *rec = sem_record_of(ns, set);

	memset(rec, 0, record_size(nsems));
	rec->perm = (struct kern_ipc_perm){
		.key = key,
		.uid = cred->euid,
		.gid = cred->egid,
		.cuid = cred->euid,
		.cgid = cred->egid,
		.mode = (uint32_t)flg & 0777,
	};
	rec->nsems = nsems;
	rec->sems = sems;
	rec->ctime = ipc_now(ns).tv_sec;
	memset(sem_values(ns, rec), 0, nsems * sizeof(struct ipc_sem));

	int r = ids_add(&root->ids, &ns->sem_rec,
			ipc_lower((uint32_t)limits->semmni, ipc_quota(ns)->sem), set);
	if (r < 0) {
		sem_destroy_record(ns, set);
		return r;
	}
	root->used_sems += nsems;
	return rec->perm.id;
}

int sem_get(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t key, int32_t nsems, int32_t flg)
{
	/* Before the key is looked at: ksys_semget(). */
	if (nsems < 0 || nsems > ipc_limits(ns)->semmsl)
		return -EINVAL;
	if (key == IPC_PRIVATE)
		return create_set(ns, cred, key, (uint32_t)nsems, flg);

	aref set = ids_find_key(&sem_root_of(ns)->ids, &ns->sem_rec, key);

	if (!set) {
		if (!(flg & IPC_CREAT))
			return -ENOENT;
		return create_set(ns, cred, key, (uint32_t)nsems, flg);
	}

	const struct sem_record *rec = sem_record_of(ns, set);

	if ((flg & IPC_CREAT) && (flg & IPC_EXCL))
		return -EEXIST;
	if ((uint32_t)nsems > rec->nsems)
		return -EINVAL;
	int r = ipc_perms(ns, cred, &rec->perm, (uint32_t)flg);

	return r < 0 ? r : rec->perm.id;
}

/*
 * Let each sop know the one before it on the same semaphore, so that trying need not store. Only
 * called when a semaphore seems to occur twice; val serves as the link of the buckets' chains.
 */
static void link_duplicates(struct ipc_sembuf *sops, uint32_t nsops)
{
	uint32_t bucket[256] = {0};

	for (uint32_t i = 0; i < nsops; i++) {
		uint32_t *head = &bucket[sops[i].num % 256];
		uint32_t j = *head;

		while (j && sops[j - 1].num != sops[i].num)
			j = (uint32_t)sops[j - 1].val;
		sops[i].prev = j;
		sops[i].val = (int32_t)*head;
		*head = i + 1;
	}
}

/* What the operation is, without the set: do_semtimedop(). Return: highest semaphore number. */
static uint32_t prepare(struct ipc_slot *s, struct ipc_sembuf *sops, bool *undo)
{
	uint64_t altered = 0;
	uint32_t max = 0;

	s->u.sem.alter = 0;
	s->u.sem.undo = 0;
	s->u.sem.dupsop = 0;
	s->u.sem.blocking = 0;
	*undo = false;
	for (uint32_t i = 0; i < s->u.sem.nsops; i++) {
		uint64_t bit = 1ull << (sops[i].num % 64);

		sops[i].prev = 0;
		if (sops[i].num > max)
			max = sops[i].num;
		if (sops[i].flg & SEM_UNDO)
			*undo = true;
		if (altered & bit)
			s->u.sem.dupsop = 1; /* or so it seems; harmless if not */
		if (sops[i].op != 0) {
			s->u.sem.alter = 1;
			altered |= bit;
		}
	}
	if (s->u.sem.dupsop)
		link_duplicates(sops, s->u.sem.nsops);
	return max;
}

int sem_try(const struct ipc_ns *ns, const struct sem_record *rec, struct ipc_slot *s)
{
	struct ipc_sembuf *sops = sem_sops(ns, s->u.sem.sops);
	const struct ipc_sem *sems = sem_values(ns, rec);
	const int16_t *semadj = s->u.sem.undo ? sem_undo_adj(ns, s->u.sem.undo) : NULL;

	for (uint32_t i = 0; i < s->u.sem.nsops; i++) {
		struct ipc_sembuf *sop = &sops[i];
		const struct ipc_sembuf *prev = sop->prev ? &sops[sop->prev - 1] : NULL;
		int32_t val = prev ? prev->val : sems[sop->num].val;

		if (sop->op == 0 ? val != 0 : val + sop->op < 0) {
			s->u.sem.blocking = (int32_t)i;
			return (sop->flg & IPC_NOWAIT) ? -EAGAIN : 1;
		}
		val += sop->op;
		if (val > IPC_SEMVMX)
			return -ERANGE;
		sop->val = val;
		if (semadj) {
			int32_t adj = prev ? prev->adj : semadj[sop->num];

			if (sop->flg & SEM_UNDO) {
				adj -= sop->op;
				if (adj < -SEM_ADJ_MAX - 1 || adj > SEM_ADJ_MAX)
					return -ERANGE;
			}
			sop->adj = (int16_t)adj;
		}
	}
	return 0;
}

/* All that a commit leaves to be stored. May be done again from the start at any point. */
static void redo(struct ipc_ns *ns, const struct sem_record *rec, struct ipc_slot *s)
{
	const struct ipc_sembuf *sops = sem_sops(ns, s->u.sem.sops);
	struct ipc_sem *sems = sem_values(ns, rec);
	int16_t *semadj = s->u.sem.undo ? sem_undo_adj(ns, s->u.sem.undo) : NULL;

	for (uint32_t i = 0; i < s->u.sem.nsops; i++) {
		sems[sops[i].num] = (struct ipc_sem){.val = sops[i].val, .pid = s->cred.tgid};
		if (sops[i].flg & SEM_UNDO)
			semadj[sops[i].num] = sops[i].adj;
	}
	atomic_signal_fence(memory_order_seq_cst);
	s->u.sem.sops = 0;
}

aref sem_commit(struct ipc_ns *ns, const struct sem_record *rec, struct ipc_slot *s)
{
	aref sops = s->u.sem.sops;

	s->result = 0;
	/* The daemon may die at any instruction, but memory keeps what it had stored till then. */
	atomic_signal_fence(memory_order_seq_cst);
	s->state = SLOT_APPLIED;
	atomic_signal_fence(memory_order_seq_cst);
	redo(ns, rec, s);
	return sops;
}

void sem_free_sops(struct ipc_ns *ns, aref sops, uint32_t nsops)
{
	arena_free(&ns->calls, sops, (size_t)nsops * sizeof(struct ipc_sembuf));
}

static bool deadline_passed(uint64_t deadline_ns)
{
	struct timespec t;

	if (deadline_ns == 0)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec >= deadline_ns;
}

/* Gives back in *sops the block to be freed: none when the slot keeps it. */
static int semop_on(struct ipc_ns *ns, struct ipc_slot *s, int32_t semid, aref *sops)
{
	struct sem_record *rec;
	aref set;
	bool undo;
	uint32_t max = prepare(s, sem_sops(ns, *sops), &undo);
	int r = sem_obtain(ns, semid, &set, &rec);

	if (r < 0)
		return r;
	/*
	 * Before the checks, as natively: an operation that then fails still leaves an undo entry,
	 * whose end sets sem_otime.
	 */
	if (undo) {
		r = sem_undo_obtain(ns, set, s, &s->u.sem.undo);
		if (r < 0)
			return r;
	}
	if (max >= rec->nsems)
		return -EFBIG;
	r = ipc_perms(ns, &s->cred, &rec->perm, s->u.sem.alter ? 0222 : 0444);
	if (r < 0)
		return r;

	s->op = SLOT_SEMOP;
	s->obj = set;
	r = sem_try(ns, rec, s);
	if (r == 0) {
		sem_commit(ns, rec, s);
		if (s->u.sem.alter && rec->sleepers)
			sem_update(ns, rec, sem_sops(ns, *sops), s->u.sem.nsops, true);
		else
			rec->otime = ipc_now(ns).tv_sec;
		return 0;
	}
	if (r < 0)
		return r;
	if (deadline_passed(s->deadline_ns))
		return -EAGAIN;
	r = ipc_quota_parked(ns);
	if (r < 0)
		return r;
	*sops = 0;
	sem_park(ns, set, s);
	return IPC_PARKED;
}

int sem_op(struct ipc_ns *ns, struct ipc_slot *s, int32_t semid)
{
	aref sops = s->u.sem.sops;
	int r = semop_on(ns, s, semid, &sops);

	if (sops) {
		s->u.sem.sops = 0;
		sem_free_sops(ns, sops, s->u.sem.nsops);
	}
	return r;
}
