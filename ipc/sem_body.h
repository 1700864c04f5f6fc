/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A semaphore set's values in memory that programs share with the daemon, and the operations on it
 * that need nobody else. Compiled into the daemon and into libipcshim, so it is freestanding.
 *
 * One word a semaphore is all that an operation changes, by one compare-and-swap: its value, when it
 * was changed and by whom. There is no lock, so nothing that a client could hold, and a signal
 * handler may do an operation in the middle of another one.
 *
 * - While a word has SEM_WORD_FROZEN the value is the daemon's: ask by system call. Only the daemon
 *   sets and clears that.
 * - Whether the body is still one is said in memory that only the daemon can write (struct sem_lives):
 *   who has lost the right to a set keeps its page, and could make that look alive for others.
 * - Words of two bodies that a program has had one after the other at the same place are never equal,
 *   because their slots are not: so a compare-and-swap with what was read of the former fails.
 * - Everything here can be overwritten by whoever may alter the set. Any word is a valid one but for
 *   its slot, which the daemon must have given out; one that it has given to nobody is its own.
 */
#ifndef IPC_SEM_BODY_H
#define IPC_SEM_BODY_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** Bump when the layout or the meaning of a word changes. */
#define SEM_BODY_LAYOUT 3u
/** Bytes of a body: one page, on machines with pages of this size. */
#define SEM_BODY_SIZE 4096u
#define SEM_BODY_SEMS 504u

/** struct sem_body - the file that is shared. Little of it need be believed. */
struct sem_body {
	uint32_t layout;
	uint32_t nsems;
	uint32_t reserved[14];
	_Atomic(uint64_t) word[SEM_BODY_SEMS];
};

_Static_assert(sizeof(struct sem_body) == SEM_BODY_SIZE, "one page");

/** Bodies of a namespace at most. */
#define SEM_LIVES 1024u

/**
 * struct sem_lives - a file of a namespace that clients cannot map but for reading: the serial numbers of
 * the bodies that there are. A body is dead for good when its number is not where it was.
 */
struct sem_lives {
	_Atomic(uint32_t) serial[SEM_LIVES];
};

_Static_assert(sizeof(struct sem_lives) == SEM_BODY_SIZE, "one page");

/* A word: 15 bits of value, so SEMVMX is the largest there is; 24 of seconds; 24 of slot. */
#define SEM_WORD_VALUE 0x7fffu
#define SEM_WORD_FROZEN 0x8000u
#define SEM_WORD_TIME 0xffffffu
#define SEM_WORD_SLOTS 0xffffffu

static inline uint64_t sem_word(uint32_t value, int64_t seconds, uint32_t slot)
{
	return value | ((uint64_t)seconds & SEM_WORD_TIME) << 16 | (uint64_t)slot << 40;
}

static inline uint32_t sem_word_value(uint64_t w)
{
	return (uint32_t)w & SEM_WORD_VALUE;
}

static inline uint32_t sem_word_slot(uint64_t w)
{
	return (uint32_t)(w >> 40);
}

/**
 * sem_word_seconds() - the time in @w, given that it is not after @now, nor half a year before. A
 * clock that was set back looks like a time far in the past.
 */
static inline int64_t sem_word_seconds(uint64_t w, int64_t now)
{
	return now - (int64_t)(((uint64_t)now - (w >> 16)) & SEM_WORD_TIME);
}

/** What an operation returns besides 0, -EAGAIN and -ERANGE: only a system call can tell. */
#define SEM_BODY_FROZEN 1 /* the daemon has the values */
#define SEM_BODY_SLEEPS 2 /* it would have to wait */
#define SEM_BODY_GONE 3	  /* the page is not what it was */
#define SEM_BODY_DEAD 4	  /* the set has no such body any more: ask for another one */

/**
 * struct sem_view - a body as a client sees it.
 * @key, @seen: what names the page, and what it was when it was looked up (sem_key()).
 * @live, @serial: where its serial number is for as long as it lives, and which that is.
 */
struct sem_view {
	struct sem_body *body;
	const _Atomic(uint64_t) *key;
	uint64_t seen;
	const _Atomic(uint32_t) *live;
	uint32_t serial;
};

/**
 * sem_word_next() - what becomes of @w by one operation. Source: perform_atomic_semop() of the
 * kernel's ipc/sem.c, in its order.
 * Return: 0 with *@next; -EAGAIN (it would wait, and @nowait), -ERANGE; SEM_BODY_FROZEN, _SLEEPS.
 */
static inline int sem_word_next(uint64_t w, int op, bool nowait, uint32_t slot, int64_t seconds,
				uint64_t *next)
{
	const int val = (int)sem_word_value(w);

	if (w & SEM_WORD_FROZEN)
		return SEM_BODY_FROZEN;
	if (op == 0 ? val != 0 : val + op < 0)
		return nowait ? -EAGAIN : SEM_BODY_SLEEPS;
	if (val + op > (int)SEM_WORD_VALUE)
		return -ERANGE;
	*next = sem_word((uint32_t)(val + op), seconds, slot);
	return 0;
}

/* A compare-and-swap that succeeded orders all before it and after it, on x86 by itself. */
static inline void sem_body_fence(void)
{
#if !defined(__x86_64__) && !defined(__i386__)
	atomic_thread_fence(memory_order_seq_cst);
#endif
}

/**
 * sem_body_op() - one operation on semaphore @num, which is less than SEM_BODY_SEMS.
 * The key is looked at after the word was read, so that a page that became another set's is not mistaken
 * for this one; likewise the serial number. So what was read is from a time when all who could write
 * there had the right to the set. Should one of them lose it, and undo the compare-and-swap or make it
 * possible thereafter, it is as if he had set the value just before.
 *
 * A full barrier, as the system call is by the set's lock, also if it fails: who says that he wants
 * something, and then fails to get the lock, relies on its holder to see that when he gives it back. So
 * a failure is one of a word that was read after a fence.
 * Return: as sem_word_next(), or SEM_BODY_GONE.
 */
static inline int sem_body_op(const struct sem_view *v, uint32_t num, int op, bool nowait,
			      int64_t seconds)
{
	_Atomic(uint64_t) *const word = &v->body->word[num];
	bool fenced = false;

	for (;;) {
		uint64_t w = atomic_load_explicit(word, memory_order_acquire), next;

		if (atomic_load_explicit(v->key, memory_order_acquire) != v->seen)
			return SEM_BODY_GONE;
		if (atomic_load_explicit(v->live, memory_order_acquire) != v->serial)
			return SEM_BODY_DEAD;
		int r = sem_word_next(w, op, nowait, (uint32_t)v->seen & SEM_WORD_SLOTS, seconds,
				      &next);

		if (r > 0 || (r < 0 && fenced))
			return r;
		if (r < 0) {
			atomic_thread_fence(memory_order_seq_cst);
			fenced = true;
		} else if (atomic_compare_exchange_weak(word, &w, next)) {
			sem_body_fence();
			return 0;
		}
	}
}

/*
 * How a client comes to a body. Its semtimedop(2) has two registers to spare: the fifth argument is
 * SEM_OFFER_MAGIC, the sixth the address of a struct sem_offer. Natively nobody looks at them.
 */
#define SEM_OFFER_MAGIC UINT64_C(0x69706373656d3031)
/** The same from who has the namespace's struct sem_lives already. */
#define SEM_OFFER_AGAIN UINT64_C(0x69706373656d3032)

/**
 * struct sem_offer - what the daemon stores there, after the operation and before its answer, if it
 * lets the caller have the set's body. The client clears it before.
 * @key: sem_key() of the set; not 0. Its slot is the client's number in this body.
 * @fd: of the client, close-on-exec; to be mapped and closed. @dev, @ino: whether that is still it.
 * @lives_fd: the same for the struct sem_lives; -1 after SEM_OFFER_AGAIN. @lives_ino: which it is, on
 * @lives_dev. @place, @serial: the body's there.
 */
struct sem_offer {
	uint64_t key;
	uint64_t dev, ino;
	int32_t fd;
	uint32_t layout;
	uint64_t lives_dev, lives_ino;
	int32_t lives_fd;
	uint32_t place, serial, reserved;
};

/** sem_key() - all that a client must know about a body, in one word: 31, 9 and 24 bits. */
static inline uint64_t sem_key(int32_t semid, uint32_t nsems, uint32_t slot)
{
	return (uint64_t)(uint32_t)semid << 33 | (uint64_t)nsems << 24 | slot;
}

static inline int32_t sem_key_id(uint64_t key)
{
	return (int32_t)(key >> 33);
}

static inline uint32_t sem_key_nsems(uint64_t key)
{
	return (uint32_t)(key >> 24) & 0x1ff;
}

static inline uint32_t sem_key_slot(uint64_t key)
{
	return (uint32_t)key & SEM_WORD_SLOTS;
}

#endif
