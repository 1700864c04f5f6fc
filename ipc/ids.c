/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Slots, sequence numbers and key buckets. The order in which slots are given is visible to
 * programs (ids are printed, and *_STAT walks them), so it follows the kernel's exactly.
 */
#include "ipc/ids.h"

#include <errno.h>
#include <string.h>

/* RADIX_TREE_MAP_SIZE: below this many slots the kernel cycles through all of them (ipc_min_cycle). */
#define IPC_MIN_CYCLE 64u
/* Entries that a bit of ids->committed stands for. */
#define SLOTS_PER_BIT (IPCMNI / 32)
#define IPC_SEQ_MAX (0x7fffffff >> IPCMNI_SHIFT)

static struct kern_ipc_perm *perm_of(const struct arena *a, aref rec)
{
	return arena_ptr(a, rec);
}

static uint32_t bucket_of(int32_t key)
{
	return ((uint32_t)key * 2654435761u) >> 22; /* 10 bits */
}

void ids_init(struct ipc_ids *ids)
{
	memset(ids, 0, offsetof(struct ipc_ids, slot));
	ids->last_idx = -1;
	ids->next_id = -1;
	ids->max_idx = -1;
}

static int free_slot(const struct ipc_ids *ids, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		if ((int32_t)i > ids->max_idx || !ids->slot[i])
			return (int)i;
	return -1;
}

/* Memory for the entry, and all before it, which will be read from now on. */
static int commit_slot(struct ipc_ids *ids, const struct arena *a, uint32_t idx)
{
	for (uint32_t page = 0; page <= idx / SLOTS_PER_BIT; page++) {
		if (ids->committed & 1u << page)
			continue;
		int r = arena_commit(a, &ids->slot[page * SLOTS_PER_BIT],
				     SLOTS_PER_BIT * sizeof(aref));

		if (r < 0)
			return r;
		ids->committed |= 1u << page;
	}
	return 0;
}

int ids_add(struct ipc_ids *ids, const struct arena *a, uint32_t limit, aref rec)
{
	struct kern_ipc_perm *perm = perm_of(a, rec);
	int idx;

	if (limit > IPCMNI)
		limit = IPCMNI;
	if (ids->in_use >= limit)
		return -ENOSPC;

	if (ids->next_id < 0) {
		uint32_t max_idx = ids->in_use * 3 / 2;

		if (max_idx < IPC_MIN_CYCLE)
			max_idx = IPC_MIN_CYCLE;
		if (max_idx > IPCMNI)
			max_idx = IPCMNI;
		/* idr_alloc_cyclic(): from where the last search ended, then once from the start. */
		idx = free_slot(ids, ids->idr_next, max_idx);
		if (idx < 0)
			idx = free_slot(ids, 0, max_idx);
		if (idx < 0)
			return -ENOSPC;
		ids->idr_next = (uint32_t)idx + 1;
		if (idx <= ids->last_idx) {
			ids->seq++;
			if (ids->seq >= IPC_SEQ_MAX)
				ids->seq = 0;
		}
		ids->last_idx = idx;
		perm->seq = ids->seq;
	} else {
		uint32_t want = (uint32_t)ids->next_id;

		ids->next_id = -1;
		idx = free_slot(ids, want & (IPCMNI - 1), IPCMNI);
		if (idx < 0)
			return -ENOSPC;
		perm->seq = want >> IPCMNI_SHIFT;
	}

	if (commit_slot(ids, a, (uint32_t)idx) < 0)
		return -ENOSPC;
	perm->id = (int32_t)(perm->seq << IPCMNI_SHIFT) + idx;
	if (perm->key != 0) {
		uint32_t *b = &ids->bucket[bucket_of(perm->key)];

		perm->hash_next = *b;
		*b = (uint32_t)idx + 1;
	}
	ids->in_use++;
	if (idx > ids->max_idx)
		ids->max_idx = idx;
	ids->slot[idx] = rec; /* the commit: from here on the object exists */
	return 0;
}

void ids_remove(struct ipc_ids *ids, const struct arena *a, aref rec)
{
	struct kern_ipc_perm *perm = perm_of(a, rec);
	uint32_t idx = (uint32_t)perm->id & (IPCMNI - 1);

	if (perm->key != 0) {
		uint32_t *link = &ids->bucket[bucket_of(perm->key)];

		while (*link && *link != idx + 1)
			link = &perm_of(a, ids->slot[*link - 1])->hash_next;
		if (*link)
			*link = perm->hash_next;
	}
	ids->slot[idx] = 0;
	ids->in_use--;
	while (ids->max_idx >= 0 && !ids->slot[ids->max_idx])
		ids->max_idx--;
}

aref ids_find_key(const struct ipc_ids *ids, const struct arena *a, int32_t key)
{
	uint32_t s = ids->bucket[bucket_of(key)];

	while (s) {
		aref rec = ids->slot[s - 1];

		if (perm_of(a, rec)->key == key)
			return rec;
		s = perm_of(a, rec)->hash_next;
	}
	return 0;
}

int ids_lookup(const struct ipc_ids *ids, const struct arena *a, int32_t id, aref *rec)
{
	int r = id < 0 ? -EINVAL : ids_by_index(ids, id, rec);

	if (r < 0)
		return r;
	if (perm_of(a, *rec)->seq != (uint32_t)id >> IPCMNI_SHIFT)
		return -EINVAL; /* ipc_obtain_object_check(); EIDRM is for sleepers only */
	return 0;
}

int ids_by_index(const struct ipc_ids *ids, int32_t idx, aref *rec)
{
	if (idx < 0)
		return -EINVAL;
	idx &= (int32_t)IPCMNI - 1;
	*rec = idx > ids->max_idx ? 0 : ids->slot[idx];
	return *rec ? 0 : -EINVAL;
}
