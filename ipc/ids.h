/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Id tables, as the kernel's ipc/util.c keeps them: an id is slot + sequence number, so that the id
 * of a removed object does not name the next one in its slot.
 *
 * A table lies at the end of the root of a family's record arena. Records begin with struct kern_ipc_perm. The
 * functions here know nothing of what a record is beyond that.
 */
#ifndef IPC_IDS_H
#define IPC_IDS_H

#include "ipc/arena.h"
#include "ipc/types.h"

#define IPCMNI 32768u
#define IPCMNI_SHIFT 15
#define IPC_KEY_BUCKETS 1024u

/** struct kern_ipc_perm - what every System V object begins with (linux/ipc.h, kern_ipc_perm). */
struct kern_ipc_perm {
	int32_t key;
	int32_t id;
	uint32_t seq;
	uint32_t uid, gid, cuid, cgid;
	uint32_t mode;      /* low nine bits: permissions */
	uint32_t hash_next; /* slot + 1 of the next record in the key's bucket */
};

struct ipc_ids {
	uint32_t in_use;
	uint32_t seq;
	int32_t last_idx;
	int32_t next_id;  /* *_next_id sysctl; -1 when unset */
	int32_t max_idx;  /* highest slot in use, -1 when none */
	uint32_t idr_next; /* where the cyclic search for a slot goes on */
	uint32_t committed; /* bit n: page n of slot[] (of 1024 entries) has memory */
	uint32_t bucket[IPC_KEY_BUCKETS]; /* slot + 1 */
	/** Never read beyond max_idx: what is there need not have memory, and may get none. */
	aref slot[IPCMNI];
};

/** ids_init() - an empty table; slot[] is a new file's, zeroed. */
void ids_init(struct ipc_ids *ids);

/**
 * ids_add() - give a new record its slot, sequence and id, and make it findable by its key.
 * @limit: the family's *mni: objects allowed.
 * @rec: a record whose perm (key, owner, mode) is filled in; perm->id and ->seq are set here.
 * Source: ipc_addid() and ipc_idr_alloc(), ipc/util.c.
 * Return: 0; -ENOSPC when the limit or the table is reached, or the tmpfs is full.
 */
int ids_add(struct ipc_ids *ids, const struct arena *a, uint32_t limit, aref rec);

/** ids_remove() - the record leaves table and hash; the caller frees it. */
void ids_remove(struct ipc_ids *ids, const struct arena *a, aref rec);

/** ids_find_key() - record with @key (never IPC_PRIVATE), or 0. */
aref ids_find_key(const struct ipc_ids *ids, const struct arena *a, int32_t key);

/**
 * ids_lookup() - record of @id.
 * Return: 0; -EINVAL (no object in the slot, or one of another sequence).
 */
int ids_lookup(const struct ipc_ids *ids, const struct arena *a, int32_t id, aref *rec);

/** ids_by_index() - record in the slot of @idx (as *_STAT takes it, sequence ignored); -EINVAL. */
int ids_by_index(const struct ipc_ids *ids, int32_t idx, aref *rec);

#endif
