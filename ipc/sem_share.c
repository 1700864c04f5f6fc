/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bodies of semaphore sets: freezing, thawing, and their end.
 *
 * Freezing goes from word to word. The snapshot is nonetheless one of a single moment, that of the
 * last word: an operation is on one word only, and nobody who has met a frozen one has gone on
 * without asking the daemon.
 */
#include "ipc/sem_share.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ipc/sem_share_impl.h"

/* A body that nobody used before it was frozen again is given back later, by so many calls at most. */
#define PATIENCE_MAX 15u

/* What this thread looks at; for the handler of a signal that it may get there. */
static _Thread_local void *volatile held;
static _Thread_local volatile bool held_is_lost;

void sem_share_hold(const struct sem_share *s)
{
	held_is_lost = false;
	held = s->body;
	atomic_signal_fence(memory_order_seq_cst);
}

bool sem_share_let_go(void)
{
	atomic_signal_fence(memory_order_seq_cst);
	held = NULL;
	return !held_is_lost;
}

bool sem_share_lost(const void *addr)
{
	const uintptr_t at = (uintptr_t)addr, page = (uintptr_t)held;

	if (!page || at < page || at >= page + SEM_BODY_SIZE)
		return false;
	held_is_lost = true;
	return mmap(held, SEM_BODY_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == held;
}

/* One word, whatever it says. Return: did a client write it since the last thaw? */
static bool import_word(const struct sem_share *s, struct ipc_sem *sem, uint64_t w, int64_t now,
			int64_t *otime)
{
	const uint32_t *tgid = sem_share_writer(s, w);
	const int64_t t = sem_word_seconds(w, now);

	sem->val = (int32_t)sem_word_value(w);
	if (!tgid)
		return false;
	sem->pid = *tgid;
	if (t > *otime)
		*otime = t;
	return true;
}

/* Return: is the body still there? If not, what the set had at the last freeze is what it has. */
static bool import(const struct ipc_ns *ns, struct sem_record *rec, struct sem_share *s)
{
	struct ipc_sem *sems = sem_values(ns, rec);
	const int64_t now = ipc_now(ns).tv_sec;
	uint64_t word[SEM_BODY_SEMS];
	bool used = false;

	sem_share_hold(s);
	for (uint32_t i = 0; i < rec->nsems; i++)
		word[i] = atomic_fetch_or(&s->body->word[i], SEM_WORD_FROZEN);
	s->thawed = false;
	if (!sem_share_let_go())
		return false;
	for (uint32_t i = 0; i < rec->nsems; i++) {
		struct ipc_sem sem = sems[i];

		used |= import_word(s, &sem, word[i], now, &rec->otime);
		sems[i] = sem;
	}
	if (used)
		s->used = now;
	s->patience = used ? 0 : (uint8_t)(s->patience * 2 + 1);
	if (s->patience > PATIENCE_MAX)
		s->patience = PATIENCE_MAX;
	s->skip = s->patience;
	return true;
}

static void export(const struct ipc_ns *ns, const struct sem_record *rec, struct sem_share *s)
{
	const struct ipc_sem *sems = sem_values(ns, rec);
	const int64_t now = ipc_now(ns).tv_sec;

	sem_share_hold(s);
	for (uint32_t i = 0; i < rec->nsems; i++)
		atomic_store(&s->body->word[i],
			     sem_word((uint32_t)sems[i].val, now, s->base + SEM_SHARE_GRANTS));
	/* What is lost is found so when it is frozen again, and nobody has it till then. */
	s->thawed = sem_share_let_go();
	s->lost |= !s->thawed;
}

void sem_share_freeze_set(struct ipc_ns *ns, struct sem_record *rec)
{
	struct sem_share *s = sem_share_of(ns, rec);

	if (s->lost || (s->thawed && !import(ns, rec, s))) {
		s->lost = true;
		sem_share_abandon(ns, rec);
		return;
	}
	if (s->queued)
		return;
	if (s->skip) {
		s->skip--;
		return;
	}
	/* There is room for each of them, unless it is full of those that are gone. */
	if (ns->sem_shares->nqueue == SEM_SHARES_MAX)
		return;
	s->queued = true;
	ns->sem_shares->queue[ns->sem_shares->nqueue++] = rec->share - 1;
}

void sem_shares_thaw_all(struct ipc_ns *ns)
{
	struct sem_shares *all = ns->sem_shares;

	while (all->nqueue) {
		struct sem_share *s = all->share[all->queue[--all->nqueue]];

		if (!s || !s->queued)
			continue;
		s->queued = false;

		const struct sem_record *rec = sem_record_of(ns, s->set);

		if (!s->thawed && sem_share_simple(ns, rec))
			export(ns, rec, s);
	}
}

void sem_shares_freeze_all(struct ipc_ns *ns)
{
	for (uint32_t i = 0; ns->sem_shares && i < SEM_SHARES_MAX; i++)
		if (ns->sem_shares->share[i])
			sem_share_freeze_set(ns, sem_record_of(ns, ns->sem_shares->share[i]->set));
}

/* Clients keep what they have of it for as long as they like. */
void sem_share_free(struct sem_share *s)
{
	if (s->body)
		munmap(s->body, SEM_BODY_SIZE);
	if (s->fd >= 0)
		close(s->fd);
	free(s->grant);
	free(s);
}

void sem_share_abandon(struct ipc_ns *ns, struct sem_record *rec)
{
	struct sem_share *s = sem_share_of(ns, rec);

	if (!s)
		return;
	/* First: what a client does that sees it alive afterwards is there to be imported. */
	atomic_store(&ns->sem_shares->lives->serial[rec->share - 1], 0);
	if (s->thawed && !s->lost)
		(void)import(ns, rec, s);
	ns->sem_shares->share[rec->share - 1] = NULL;
	ns->sem_shares->nshares--;
	ns->sem_shares->ended++;
	for (uint32_t i = 0; i < s->ngrants; i++)
		ns->sem_shares->grants_of[s->grant[i] % SEM_SHARES_TGIDS]--;
	rec->share = 0;
	sem_share_free(s);
}

void sem_shares_leave(struct ipc_ns *ns, uint32_t tgid)
{
	const struct sem_shares *all = ns->sem_shares;

	for (uint32_t i = 0; all && all->grants_of[tgid % SEM_SHARES_TGIDS] && i < SEM_SHARES_MAX;
	     i++) {
		const struct sem_share *s = ns->sem_shares->share[i];
		uint32_t n = 0;

		while (s && n < s->ngrants && s->grant[n] != tgid)
			n++;
		if (s && n < s->ngrants)
			sem_share_abandon(ns, sem_record_of(ns, s->set));
	}
}

void sem_shares_close(struct ipc_ns *ns)
{
	for (uint32_t i = 0; ns->sem_shares && i < SEM_SHARES_MAX; i++)
		if (ns->sem_shares->share[i])
			sem_share_abandon(ns, sem_record_of(ns, ns->sem_shares->share[i]->set));
	if (!ns->sem_shares)
		return;
	munmap(ns->sem_shares->lives, SEM_BODY_SIZE);
	close(ns->sem_shares->lives_fd);
	free(ns->sem_shares);
	ns->sem_shares = NULL;
}
