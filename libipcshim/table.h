/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bodies that this process has mapped, by id.
 *
 * Readers are any thread and any signal handler, also one in the middle of an update, and take no
 * lock: all that must be known of a body is in one word (sem_key()), and its page lies where the
 * word does. A key that is seen says that the page was there; sem_body_op() looks at the key again
 * after it has read, and a page gets another body only after a while, so that what was read before
 * does not fit any more.
 *
 * After a fork the child finds the table empty: its memory is MADV_WIPEONFORK, that of the bodies
 * MADV_DONTFORK. A child is somebody else, and is given bodies of its own.
 */
#ifndef LIBIPCSHIM_TABLE_H
#define LIBIPCSHIM_TABLE_H

#include "ipc/sem_body.h"

#define TABLE_BUCKETS 128u
#define TABLE_WAYS 8u
#define TABLE_ENTRIES (TABLE_BUCKETS * TABLE_WAYS)

struct table {
	_Atomic(uint64_t) key[TABLE_ENTRIES]; /* 0: none */
	_Atomic(uint32_t)
		retired[TABLE_ENTRIES];	       /* seconds since boot, of the last body; 0: never */
	_Atomic(uintptr_t) pages;	       /* where entry 0's body is; 0: nowhere yet */
	_Atomic(uint32_t) busy;		       /* somebody adds one */
	_Atomic(uint32_t) owner;	       /* the process; 0: not known yet */
	_Atomic(uint32_t) full[TABLE_BUCKETS]; /* seconds since boot: no room was there then */
};

extern _Atomic(struct table *) the_table;

/** struct table_entry - what table_find() found. */
struct table_entry {
	const _Atomic(uint64_t) *key;
	uint64_t seen;
	struct sem_body *body;
	uint32_t index;
};

/* The lower 15 bits are a slot that is used again, the others count. */
static inline uint32_t table_hash(int32_t semid)
{
	return (uint32_t)semid ^ (uint32_t)semid >> 15;
}

static inline uint32_t table_bucket(int32_t semid)
{
	return table_hash(semid) % TABLE_BUCKETS;
}

/** table_find() - the body of set @semid, if this process has one. */
static inline bool table_find(struct table *t, int32_t semid, struct table_entry *out)
{
	const uint32_t first = table_bucket(semid) * TABLE_WAYS;

	for (uint32_t i = first; i < first + TABLE_WAYS; i++) {
		uint64_t key = atomic_load_explicit(&t->key[i], memory_order_acquire);

		if (!key || (uint32_t)sem_key_id(key) != (uint32_t)semid)
			continue;
		out->key = &t->key[i];
		out->seen = key;
		out->index = i;
		/* An integer first: the page lies in no object that the compiler knows. */
		out->body =
			(struct sem_body *)(atomic_load_explicit(&t->pages, memory_order_relaxed) +
					    (uintptr_t)i * SEM_BODY_SIZE);
		return true;
	}
	return false;
}

/** table_retire() - the body is dead: forget it, so that another one is asked for. */
void table_retire(struct table *t, const struct table_entry *e);

/** table_wants() - is there room for @semid, and is it this process whose memory this is? */
bool table_wants(struct table *t, int32_t semid);

/** table_take() - map the body that @offer is about; its descriptor is closed. May come to nothing. */
void table_take(const struct sem_offer *offer);

#endif
