/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What sem_share.c (freezing and thawing) and sem_offer.c (making bodies and giving them to clients) share.
 * For nobody else.
 *
 * A process is known in a body by a slot, the index of its grant from the body's base on. No two bodies
 * that a program may mistake for each other have slots in common: so no word of one is one of the other
 * (libipcshim/table.h). They are used again after 16383 bodies, which takes longer than a second, and words
 * have seconds. Grants stay for as long as the body: a semaphore's pid is that of whoever changed
 * it last, dead or not. A grant is a tgid and no identity, as a pid is natively.
 *
 * Nothing that a client does takes the page of a body away (secret_file() in sem_offer.c), but the kernel may
 * not get one when it is touched first, and memory may fail: then who touches it gets SIGBUS, so that
 * is only done between sem_share_hold() and sem_share_let_go().
 */
#ifndef IPC_SEM_SHARE_IMPL_H
#define IPC_SEM_SHARE_IMPL_H

#include "ipc/sem_private.h"

/** A body's slots are so many numbers of its own, the last of which is the daemon's. */
#define SEM_SHARE_SLOTS 1024u
#define SEM_SHARE_GRANTS (SEM_SHARE_SLOTS - 1)

struct sem_share {
	struct sem_body *body;
	int fd;
	uint64_t dev, ino;
	aref set;
	bool thawed;
	bool lost;   /* its page could not be had, and what is mapped is not it */
	bool queued; /* to be thawed at the end of the call */
	uint8_t patience, skip;
	int64_t used;	 /* when a client did something last, as far as was seen */
	uint32_t base;	 /* its first slot */
	uint32_t serial; /* what says that it lives; not 0 */
	uint32_t ngrants, room;
	uint32_t *grant; /* tgids, by slot - base */
};

/**
 * SEM_SHARES_ENDED - bodies of a namespace that have ended and that clients may have still. Nobody can tell:
 * so those of more than a second ago each are counted as given back, one after the other, and of what is
 * counted there are not more. Their pages and inodes are the daemon's.
 */
#define SEM_SHARES_ENDED 4096u

/** SEM_SHARES_TGIDS - processes whose grants are counted together. */
#define SEM_SHARES_TGIDS 1024u

struct sem_shares {
	struct sem_share *share[SEM_SHARES_MAX];
	uint32_t queue[SEM_SHARES_MAX]; /* indices; some are of what is gone */
	uint32_t nqueue;
	uint32_t nshares;
	/* Most processes whose rights change have asked for nothing: they are not looked for. */
	uint32_t grants_of[SEM_SHARES_TGIDS];
	uint32_t serial; /* of the last body; not 0 */
	/* Clients cannot write there, so only this says that a body is one. */
	struct sem_lives *lives;
	int lives_fd;
	uint64_t lives_dev, lives_ino;
	uint32_t ended; /* of SEM_SHARES_ENDED, as of @settled */
	int64_t settled;
	uint32_t hand; /* where the search for an unused one goes on */
};

static inline struct sem_share *sem_share_of(const struct ipc_ns *ns, const struct sem_record *rec)
{
	return rec->share ? ns->sem_shares->share[rec->share - 1] : NULL;
}

/** sem_share_simple() - may a client do operations on the set by itself? */
static inline bool sem_share_simple(const struct ipc_ns *ns, const struct sem_record *rec)
{
	return !rec->sleepers && !rec->undo && rec->nsems <= SEM_BODY_SEMS &&
	       ipc_limits(ns)->semopm >= 1;
}

/** sem_share_writer() - the tgid that wrote @w since the last thaw; NULL: nobody whom the daemon knows. */
static inline const uint32_t *sem_share_writer(const struct sem_share *s, uint64_t w)
{
	const uint32_t index = (sem_word_slot(w) - s->base) & SEM_WORD_SLOTS;

	return index < s->ngrants ? &s->grant[index] : NULL;
}

/** sem_share_hold(), sem_share_let_go() - around each look at a body. Return: was it there all the time?
 * If not, the page is the daemon's alone now. */
void sem_share_hold(const struct sem_share *s);
bool sem_share_let_go(void);

/** sem_share_free() - one that no set has. */
void sem_share_free(struct sem_share *s);

#endif
