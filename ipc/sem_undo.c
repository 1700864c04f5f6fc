/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SEM_UNDO: what an exit gives back.
 *
 * An entry is a holder's semadj array for one set. It lies in two lists: the set's (SETVAL, SETALL
 * and RMID go through it) and its holder's. The holder's list is ordered by last use,
 * because that is the order in which exit_sem() goes through it: lookup_undo() brings an entry to
 * the front. A holder goes with its last entry.
 *
 * Commit points: an operation's semadj belongs to the commit of its slot (sem.c). An exit adjusts
 * semaphore by semaphore; entry->redo_val is written before entry->redo names the semaphore, which
 * is the commit, and is 0 again when value and semadj are stored. A recovery redoes the one entry
 * that has redo set, and then finds the holder dead and goes on. A new entry is true when its
 * holder's list names it; set lists, back links and buckets are rebuilt from there.
 */
#include "ipc/sem_private.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#define CURSOR_END UINT32_MAX

struct sem_undo {
	aref set, holder;
	aref holder_prev, holder_next;
	aref set_prev, set_next;
	uint32_t nsems;
	uint32_t redo; /* 1 + semaphore being adjusted by exit, 0 none */
	int32_t redo_val;
	int16_t semadj[];
};

struct undo_list {
	struct sem_holder who;
	aref entries; /* last used first */
	aref prev, next;
	aref bucket_next;
};

static struct sem_undo *entry_of(const struct ipc_ns *ns, aref ref)
{
	return arena_ptr(&ns->sem_rec, ref);
}

static struct undo_list *list_of(const struct ipc_ns *ns, aref ref)
{
	return arena_ptr(&ns->sem_rec, ref);
}

static size_t entry_size(uint32_t nsems)
{
	return sizeof(struct sem_undo) + (size_t)nsems * sizeof(int16_t);
}

int16_t *sem_undo_adj(const struct ipc_ns *ns, aref entry)
{
	return entry_of(ns, entry)->semadj;
}

static aref *bucket_of(const struct ipc_ns *ns, const struct sem_holder *who)
{
	/* Kernel addresses and thread ids: multiply, then take high bits. */
	return &sem_root_of(ns)->holder_bucket[(who->list * 0x9e3779b97f4a7c15ull >> 32) %
					       SEM_HOLDER_BUCKETS];
}

static bool same_holder(const struct sem_holder *a, const struct sem_holder *b)
{
	return a->list == b->list && a->born == b->born;
}

static aref find_holder(const struct ipc_ns *ns, const struct sem_holder *who)
{
	aref h = *bucket_of(ns, who);

	while (h && !same_holder(&list_of(ns, h)->who, who))
		h = list_of(ns, h)->bucket_next;
	return h;
}

static int new_holder(struct ipc_ns *ns, const struct sem_holder *who, aref *out)
{
	struct sem_root *root = sem_root_of(ns);

	if (arena_alloc(&ns->sem_rec, sizeof(struct undo_list), out) < 0)
		return -ENOMEM;
	*list_of(ns, *out) = (struct undo_list){
		.who = *who,
		.next = root->holders,
		.bucket_next = *bucket_of(ns, who),
	};
	if (root->holders)
		list_of(ns, root->holders)->prev = *out;
	root->holders = *out;
	*bucket_of(ns, who) = *out;
	return 0;
}

static void leave_bucket(struct ipc_ns *ns, aref h)
{
	aref *link = bucket_of(ns, &list_of(ns, h)->who);

	while (*link != h)
		link = &list_of(ns, *link)->bucket_next;
	*link = list_of(ns, h)->bucket_next;
}

static void free_holder(struct ipc_ns *ns, aref h)
{
	struct undo_list *l = list_of(ns, h);

	leave_bucket(ns, h);
	if (l->prev)
		list_of(ns, l->prev)->next = l->next;
	else
		sem_root_of(ns)->holders = l->next;
	if (l->next)
		list_of(ns, l->next)->prev = l->prev;
	arena_free(&ns->sem_rec, h, sizeof(*l));
}

static void link_to_holder(struct ipc_ns *ns, struct undo_list *l, aref ref)
{
	struct sem_undo *e = entry_of(ns, ref);

	e->holder_prev = 0;
	e->holder_next = l->entries;
	if (l->entries)
		entry_of(ns, l->entries)->holder_prev = ref;
	l->entries = ref;
}

static void unlink_from_holder(struct ipc_ns *ns, struct undo_list *l, const struct sem_undo *e)
{
	if (e->holder_prev)
		entry_of(ns, e->holder_prev)->holder_next = e->holder_next;
	else
		l->entries = e->holder_next;
	if (e->holder_next)
		entry_of(ns, e->holder_next)->holder_prev = e->holder_prev;
}

/* Out of both lists; a holder without entries goes, too. */
static void free_entry(struct ipc_ns *ns, struct sem_record *rec, aref ref)
{
	struct sem_undo *e = entry_of(ns, ref);
	aref holder = e->holder;

	unlink_from_holder(ns, list_of(ns, holder), e);
	if (e->set_prev)
		entry_of(ns, e->set_prev)->set_next = e->set_next;
	else
		rec->undo = e->set_next;
	if (e->set_next)
		entry_of(ns, e->set_next)->set_prev = e->set_prev;
	arena_free(&ns->sem_rec, ref, entry_size(e->nsems));
	if (!list_of(ns, holder)->entries)
		free_holder(ns, holder);
}

/* find_alloc_undo() */
int sem_undo_obtain(struct ipc_ns *ns, aref set, const struct ipc_slot *s, aref *entry)
{
	struct sem_record *rec = sem_record_of(ns, set);
	aref holder = find_holder(ns, &s->undo);
	aref ref = holder ? list_of(ns, holder)->entries : 0;

	while (ref && entry_of(ns, ref)->set != set)
		ref = entry_of(ns, ref)->holder_next;
	if (ref) {
		struct undo_list *l = list_of(ns, holder);

		if (l->entries != ref) {
			unlink_from_holder(ns, l, entry_of(ns, ref));
			link_to_holder(ns, l, ref);
		}
		*entry = ref;
		return 0;
	}

	if (arena_alloc(&ns->sem_rec, entry_size(rec->nsems), &ref) < 0)
		return -ENOMEM;
	if (!holder && new_holder(ns, &s->undo, &holder) < 0) {
		arena_free(&ns->sem_rec, ref, entry_size(rec->nsems));
		return -ENOMEM;
	}

	struct sem_undo *e = entry_of(ns, ref);

	memset(e, 0, entry_size(rec->nsems));
	e->set = set;
	e->holder = holder;
	e->nsems = rec->nsems;
	e->set_next = rec->undo;
	link_to_holder(ns, list_of(ns, holder), ref);
	if (rec->undo)
		entry_of(ns, rec->undo)->set_prev = ref;
	rec->undo = ref;
	*entry = ref;
	return 0;
}

void sem_undo_clear(struct ipc_ns *ns, const struct sem_record *rec, uint32_t from, uint32_t n)
{
	for (aref ref = rec->undo; ref; ref = entry_of(ns, ref)->set_next)
		memset(&entry_of(ns, ref)->semadj[from], 0, n * sizeof(int16_t));
}

void sem_undo_drop_set(struct ipc_ns *ns, struct sem_record *rec)
{
	while (rec->undo)
		free_entry(ns, rec, rec->undo);
}

static void adjust(struct ipc_ns *ns, const struct sem_record *rec, struct sem_undo *e,
		   uint32_t tgid)
{
	struct ipc_sem *sems = sem_values(ns, rec);

	for (uint32_t i = 0; i < rec->nsems; i++) {
		if (!e->semadj[i])
			continue;
		int32_t val = sems[i].val + e->semadj[i];

		if (val < 0)
			val = 0;
		if (val > IPC_SEMVMX)
			val = IPC_SEMVMX;
		e->redo_val = val;
		atomic_signal_fence(memory_order_seq_cst);
		e->redo = i + 1;
		atomic_signal_fence(memory_order_seq_cst);
		sems[i] = (struct ipc_sem){.val = val, .pid = tgid};
		e->semadj[i] = 0;
		atomic_signal_fence(memory_order_seq_cst);
		e->redo = 0;
	}
}

void sem_undo_exit(struct ipc_ns *ns, const struct sem_holder *who, uint32_t tgid)
{
	aref holder;

	/* The holder itself goes with its last entry. */
	while ((holder = find_holder(ns, who))) {
		aref ref = list_of(ns, holder)->entries;
		struct sem_undo *e = entry_of(ns, ref);
		struct sem_record *rec = sem_record_of(ns, e->set);

		/* Natively its threads have left the queues long before; and their slots name e. */
		if (rec->sleepers)
			sem_fail_sleepers(ns, rec, who, -ESRCH);
		adjust(ns, rec, e, tgid);
		free_entry(ns, rec, ref);
		sem_update(ns, rec, NULL, 0, true);
	}
}

/* Add @e's semadj to the entry that @to has for the same set. Return: false when it has none. */
static bool add_up(struct ipc_ns *ns, struct undo_list *to, const struct sem_undo *e)
{
	aref ref = to->entries;

	while (ref && entry_of(ns, ref)->set != e->set)
		ref = entry_of(ns, ref)->holder_next;
	if (!ref)
		return false;
	for (uint32_t i = 0; i < e->nsems; i++) {
		int32_t sum = entry_of(ns, ref)->semadj[i] + e->semadj[i];

		/* One list could not have passed these limits (perform_atomic_semop()). */
		if (sum > INT16_MAX)
			sum = INT16_MAX;
		if (sum < -INT16_MAX - 1)
			sum = -INT16_MAX - 1;
		entry_of(ns, ref)->semadj[i] = (int16_t)sum;
	}
	return true;
}

void sem_undo_rekey(struct ipc_ns *ns, const struct sem_holder *from, const struct sem_holder *to)
{
	aref old = find_holder(ns, from), into = find_holder(ns, to), next;

	if (!old || old == into)
		return;
	if (!into) {
		leave_bucket(ns, old);
		list_of(ns, old)->who = *to;
		list_of(ns, old)->bucket_next = *bucket_of(ns, to);
		*bucket_of(ns, to) = old;
		return;
	}
	/* The old holder goes with its last entry. */
	for (aref ref = list_of(ns, old)->entries; ref; ref = next) {
		struct sem_undo *e = entry_of(ns, ref);

		next = e->holder_next;
		if (add_up(ns, list_of(ns, into), e)) {
			struct sem_record *rec = sem_record_of(ns, e->set);

			free_entry(ns, rec, ref);
			sem_adj_changed(ns, rec);
			continue;
		}
		unlink_from_holder(ns, list_of(ns, old), e);
		link_to_holder(ns, list_of(ns, into), ref);
		e->holder = into;
		if (!next)
			free_holder(ns, old);
	}
}

bool sem_set_has_undo(struct ipc_ns *ns, int32_t id)
{
	aref set;

	return ids_by_index(&sem_root_of(ns)->ids, id, &set) == 0 && sem_record_of(ns, set)->undo;
}

bool sem_undo_next_holder(struct ipc_ns *ns, aref *cursor, struct sem_holder *out)
{
	aref h = *cursor ? *cursor : sem_root_of(ns)->holders;

	if (!h || h == CURSOR_END)
		return false;
	*out = list_of(ns, h)->who;
	*cursor = list_of(ns, h)->next ? list_of(ns, h)->next : CURSOR_END;
	return true;
}

bool sem_undo_next_of_set(struct ipc_ns *ns, int32_t id, aref *cursor, struct sem_holder *out)
{
	aref set, ref = *cursor;

	if (!ref && ids_by_index(&sem_root_of(ns)->ids, id, &set) == 0)
		ref = sem_record_of(ns, set)->undo;
	if (!ref || ref == CURSOR_END)
		return false;

	const struct sem_undo *e = entry_of(ns, ref);

	*out = list_of(ns, e->holder)->who;
	*cursor = e->set_next ? e->set_next : CURSOR_END;
	return true;
}
