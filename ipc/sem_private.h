/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the sem*.c files share: how sets, their queues and their undo entries lie in the arenas.
 *
 * sem.c       sets and the operation itself: try, commit
 * sem_wait.c  who sleeps on a set, and the hand over to them
 * sem_undo.c  adjustments of processes that may exit
 * sem_ctl.c   semctl(2)
 * sem_share.c, sem_offer.c values that clients change by themselves
 *
 * Invariants at the end of every call:
 * - no living sleeper could go on; one that only waits for zeros may be one that would now fail by
 *   the IPC_NOWAIT of an earlier operation, since natively nobody looks until there is a new zero;
 * - record->sleepers and ->complex count what is in the record's queues; with no complex sleeper
 *   the merged queue record->alter is empty;
 * - an undo entry is in two lists, its holder's and its set's, and a holder has at least one.
 * Counters and back links are caches: they can be rebuilt from slots, sets and entries.
 */
#ifndef IPC_SEM_PRIVATE_H
#define IPC_SEM_PRIVATE_H

#include "ipc/config.h"
#include "ipc/sem.h"
#include "ipc/sem_share.h"

#define SEM_HOLDER_BUCKETS 512u
#define SEM_ADJ_MAX IPC_SEMVMX /* SEMAEM: semadj lies in -SEMAEM-1 .. SEMAEM */

/** Sleepers with one operation, on the semaphore it is about. */
struct sem_pending {
	struct sleep_queue alter, zero;
};

/** struct sem_record - one set. */
struct sem_record {
	struct kern_ipc_perm perm;
	uint32_t nsems;
	aref sems; /* struct ipc_sem[nsems] in sem_body */
	int64_t otime, ctime;
	/*
	 * Sleepers with several operations: that change something, and that only wait for zero.
	 * While there are any, single operations that change something wait in alter, too: only one
	 * queue has one order.
	 */
	struct sleep_queue alter, zero;
	uint32_t sleepers; /* in all queues */
	uint32_t complex;  /* of these, with several operations */
	aref undo;	   /* first undo entry of the set, newest first */
	uint32_t share;	   /* 1 + index of its body among those of clients, 0 none */
	struct sem_pending pending[];
};

/** Root of sem_rec. */
struct sem_root {
	uint32_t used_sems; /* semaphores of all sets */
	aref holders;	    /* all, newest first */
	aref holder_bucket[SEM_HOLDER_BUCKETS];
	struct ipc_ids ids; /* the last: most of it is not committed at first */
};

static inline struct sem_root *sem_root_of(const struct ipc_ns *ns)
{
	return arena_root(&ns->sem_rec);
}

static inline struct sem_record *sem_record_of(const struct ipc_ns *ns, aref set)
{
	return arena_ptr(&ns->sem_rec, set);
}

static inline struct ipc_sem *sem_values(const struct ipc_ns *ns, const struct sem_record *rec)
{
	return arena_ptr(&ns->sem_body, rec->sems);
}

static inline struct ipc_sembuf *sem_sops(const struct ipc_ns *ns, aref sops)
{
	return arena_ptr(&ns->calls, sops);
}

/** sem_share_freeze() - before anything of a set is looked at: its values are in the arena then. */
static inline void sem_share_freeze(struct ipc_ns *ns, struct sem_record *rec)
{
	if (IPCNS_WITH_SHIM && rec->share)
		sem_share_freeze_set(ns, rec);
}

/** sem_obtain() - the set of @id, sequence checked, frozen. Return: 0 or -EINVAL. */
int sem_obtain(struct ipc_ns *ns, int32_t id, aref *set, struct sem_record **rec);

/** sem_destroy_record() - give back a set's blocks; nothing refers to them any more. */
void sem_destroy_record(struct ipc_ns *ns, aref set);

/**
 * sem_try() - could @s do all its operations now? Writes the intent into its sops; changes no
 * semaphore. Source: perform_atomic_semop().
 * Return: 0; 1 when it had to sleep (u.sem.blocking tells on which); -EAGAIN (the same, with
 * IPC_NOWAIT); -ERANGE.
 */
int sem_try(const struct ipc_ns *ns, const struct sem_record *rec, struct ipc_slot *s);

/**
 * sem_commit() - make true what sem_try() found possible.
 * Return: the sops block, now the caller's to free by sem_free_sops().
 */
aref sem_commit(struct ipc_ns *ns, const struct sem_record *rec, struct ipc_slot *s);
void sem_free_sops(struct ipc_ns *ns, aref sops, uint32_t nsops);

/* sem_wait.c */

/** sem_park() - @s goes to sleep on @set; sem_try() said 1. */
void sem_park(struct ipc_ns *ns, aref set, struct ipc_slot *s);

/**
 * sem_update() - values changed: complete the sleepers that now can go (do_smart_update()).
 * @sops: what was done; NULL when any semaphore may have changed.
 * @otime: set sem_otime even when nobody could go on.
 */
void sem_update(struct ipc_ns *ns, struct sem_record *rec, const struct ipc_sembuf *sops,
		uint32_t nsops, bool otime);

/** sem_adj_changed() - semadj changed but no value: complete those it forbids to go, -ERANGE. */
void sem_adj_changed(struct ipc_ns *ns, struct sem_record *rec);

/** sem_fail_sleepers() - complete all sleepers, or only those of holder @who, with @err. */
void sem_fail_sleepers(struct ipc_ns *ns, struct sem_record *rec, const struct sem_holder *who,
		       int err);

/** sem_count() - living sleepers that @num blocks: until it is zero, or until it is more. */
int sem_count(struct ipc_ns *ns, struct sem_record *rec, uint32_t num, bool zero);

/* sem_undo.c */

/** sem_undo_obtain() - entry of the caller's undo list on @set, made if need be. 0 or -ENOMEM. */
int sem_undo_obtain(struct ipc_ns *ns, aref set, const struct ipc_slot *s, aref *entry);
/** sem_undo_adj() - the entry's semadj array. */
int16_t *sem_undo_adj(const struct ipc_ns *ns, aref entry);
/** sem_undo_clear() - semaphores @from .. @from+@n-1: forget everyone's semadj. */
void sem_undo_clear(struct ipc_ns *ns, const struct sem_record *rec, uint32_t from, uint32_t n);
/** sem_undo_drop_set() - the set goes: free its entries. */
void sem_undo_drop_set(struct ipc_ns *ns, struct sem_record *rec);

#endif
