/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bodies that this process has mapped, by id.
 *
 * Readers are any thread and any signal handler, also one in the middle of an update, and take no
 * lock: all that must be known of a body is in one word (sem_key()), and its page lies where the
 * word does. A key that is seen says that the page was there; sem_body_op() looks at the key again
 * after it has read. Should the page become another body's just then, the compare-and-swap fails: no
 * word of that one is one of this one.
 *
 * After a fork the child finds the table empty: its memory is MADV_WIPEONFORK, that of the bodies
 * MADV_DONTFORK. A child is somebody else, and is given bodies of its own; in place of its parent's it has
 * zeroes, if it was made by fork(3).
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
		retired[TABLE_ENTRIES]; /* seconds since boot, of the last body; 0: never */
	_Atomic(uint64_t)
		life[TABLE_ENTRIES]; /* place in the struct sem_lives, and serial number */
	_Atomic(uintptr_t) pages;    /* where entry 0's body is; 0: nowhere yet */
	_Atomic(uint64_t) lives; /* the struct sem_lives behind them is this file; 0: none yet */
	_Atomic(uint32_t) busy;	 /* somebody adds one */
	_Atomic(uint32_t) owner; /* the process; 0: not known yet */
	_Atomic(uint32_t) full[TABLE_BUCKETS]; /* seconds since boot: no room was there then */
};

extern _Atomic(struct table *) the_table;

/** struct table_entry - what table_find() found. */
struct table_entry {
	struct sem_view view;
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

/** table_entry() - what @key, which was seen at place @i, is about; false: nothing is mapped. */
static inline bool table_entry(struct table *t, uint32_t i, uint64_t key, struct table_entry *out)
{
	/* Of another body perhaps, if the key is not @key any more. */
	const uint64_t life = atomic_load_explicit(&t->life[i], memory_order_acquire);
	/* An integer first: the page lies in no object that the compiler knows. */
	const uintptr_t pages = atomic_load_explicit(&t->pages, memory_order_acquire);
	const struct sem_lives *lives =
		(const struct sem_lives *)(pages + TABLE_ENTRIES * SEM_BODY_SIZE);

	out->index = i;
	out->view = (struct sem_view){
		.body = (struct sem_body *)(pages + (uintptr_t)i * SEM_BODY_SIZE),
		.key = &t->key[i],
		.seen = key,
		.live = &lives->serial[(life >> 32) % SEM_LIVES],
		.serial = (uint32_t)life,
	};
	return pages != 0;
}

/** table_find() - the body of set @semid, if this process has one. */
static inline bool table_find(struct table *t, int32_t semid, struct table_entry *out)
{
	const uint32_t first = table_bucket(semid) * TABLE_WAYS;

	for (uint32_t i = first; i < first + TABLE_WAYS; i++) {
		uint64_t key = atomic_load_explicit(&t->key[i], memory_order_acquire);

		if (key && (uint32_t)sem_key_id(key) == (uint32_t)semid)
			return table_entry(t, i, key, out);
	}
	return false;
}

/** table_retire() - the body is dead: forget it, so that another one is asked for. */
void table_retire(struct table *t, const struct table_entry *e);

/** table_wants() - is there room for @semid, and is it this process whose memory this is? */
bool table_wants(struct table *t, int32_t semid);

/** table_magic() - what an offer is asked for by: with the struct sem_lives or without it. */
static inline uint64_t table_magic(void)
{
	struct table *t = atomic_load(&the_table);

	return t && atomic_load(&t->lives) ? SEM_OFFER_AGAIN : SEM_OFFER_MAGIC;
}

/** table_take() - map the body that @offer is about; its descriptors are closed. May come to nothing. */
void table_take(const struct sem_offer *offer);

#endif
