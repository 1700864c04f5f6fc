/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls in flight and calls asleep: the journal's slots, and the queues they wait in.
 *
 * A trapped call owns one slot from the moment its notification is received (straight into
 * slot->notif) until its reply is out. A call that would block becomes a sleeper: the same slot,
 * linked in FIFO order into a queue of its object. Slots lie in an arena; nothing about a parked
 * call is only in the heap.
 *
 * Hand over, never wake and retry: whoever changes an object completes the sleepers that now can
 * go, in the kernel's order, before anyone else looks. ipc_complete() unlinks the sleeper and puts
 * it on the namespace's completed list, which the event loop drains and answers after each call.
 */
#ifndef IPC_SLEEPERS_H
#define IPC_SLEEPERS_H

#include "ipc/arena.h"
#include "ipc/types.h"

struct ipc_ns;

/** What an operation returns when it queued its slot: the reply comes by the completed list. */
#define IPC_PARKED 1

/** State of a slot; stored before the step it names becomes visible to others. */
enum slot_state {
	SLOT_FREE = 0,
	SLOT_RECEIVING, /* handed to SECCOMP_IOCTL_NOTIF_RECV; empty if notif id is 0 */
	SLOT_RECEIVED,  /* a call that has changed nothing yet */
	SLOT_PARKED,    /* linked into a queue */
	SLOT_APPLIED,   /* its effect is committed; the reply is not out */
	SLOT_SENDING,   /* stored before NOTIF_SEND */
};

/** Operation of a sleeper: tells the family that has to clean it up, and its restart rule. */
enum slot_op {
	SLOT_NONE = 0,
	SLOT_MSGSND,
	SLOT_MSGRCV,
	SLOT_SEMOP,
	SLOT_MQ_SEND,
	SLOT_MQ_RECEIVE,
	SLOT_MQ_OPENER, /* waits for the opener thread, not for an object */
	SLOT_SHM_ATTACH, /* with a thread that injects */
	SLOT_SHM_DETACH,
};

/** Index of a slot, 1-based; 0 is "none". Links and references use it. */
typedef uint32_t slot_idx;

/** A FIFO of sleepers, embedded in a record. */
struct sleep_queue {
	slot_idx head, tail;
	uint32_t count;
};

struct ipc_slot {
	uint64_t notif[10]; /* struct seccomp_notif, written by the kernel */
	uint32_t state;     /* enum slot_state */
	uint32_t listener;  /* which listener it came from (daemon's number) */
	slot_idx self;
	slot_idx prev, next; /* in its sleep_queue, the free list, or the completed list */
	slot_idx all_prev, all_next; /* all slots that are not free */

	/* The sleeper. */
	uint32_t op;  /* enum slot_op */
	aref obj;     /* record it waits on */
	uint64_t queue; /* byte offset of its sleep_queue in the record arena; see sleepers.c */
	uint64_t deadline_ns; /* absolute, 0 = none */
	uint32_t clock; /* CLOCK_MONOTONIC or CLOCK_REALTIME */
	uint32_t heap; /* position in the timer heap, 0 = not there (a cache, rebuilt) */
	uint32_t watched; /* for signals (a cache) */
	uint64_t start_time; /* of the caller's thread group leader: with cred.tgid an identity */
	struct sem_holder undo; /* semop: whose undo list */
	uint64_t mm; /* identity of the caller's memory, 0: not known */
	struct ipc_cred cred;

	/* Operation's own. */
	union {
		struct {
			aref msg; /* owned by the slot until it is linked into the queue */
			uint64_t size;
		} snd;
		struct {
			int64_t type;
			uint64_t maxsize; /* largest message it takes; ~0 with MSG_NOERROR */
			uint64_t bufsz;   /* bytes to copy out at most */
			uint64_t ubuf;    /* address in the caller */
			int32_t mode;     /* enum msg_search */
			int32_t msqid;    /* for a message that has to be put back */
			bool copy;        /* MSG_COPY: msg is a copy, of nobody else's */
			uint8_t mtype_size; /* of the caller's msgbuf */
			aref msg;         /* granted; owned by the slot */
		} rcv;
		struct {
			aref sops; /* array of struct ipc_sembuf, owned by the slot */
			uint32_t nsops;
			int32_t blocking; /* index of the operation that blocks */
			uint32_t alter;   /* any sem_op != 0 */
			uint32_t undo;    /* any SEM_UNDO */
			uint32_t dupsop;  /* a semaphore occurs twice */
		} sem;
		struct {
			aref msg; /* send: owned until linked; receive: granted */
			uint64_t size;
			uint64_t ubuf, uprio; /* receive: addresses in the caller */
			int32_t nice;         /* static priority of the caller; lower goes first */
		} mq;
		struct {
			uint64_t ino;
			uint32_t created;
			uint8_t cookie[32]; /* mq_notify, SIGEV_THREAD */
		} open; /* SLOT_MQ_OPENER */
		struct {
			uint64_t addr, size;
			bool fixed;	       /* to be there; else anywhere */
			uint64_t result_at;    /* where i386's ipc(2) wants the address; 0: nowhere */
			int32_t id, flags, fd; /* the attachment's descriptor */
			int32_t listener;      /* a duplicate of its own */
		} shm; /* SLOT_SHM_… */
	} u;

	/* The reply. */
	int64_t result; /* >= 0, or a negative errno (or -512, -514: kernel restart codes) */
};

/** The root of the calls arena. */
struct slots_root {
	uint32_t capacity; /* slots that exist */
	slot_idx free;
	slot_idx all; /* head of the list of slots in use */
	uint32_t in_use;
	uint32_t parked;
	slot_idx completed_head, completed_tail;
	aref chunk[32768]; /* each SLOTS_PER_CHUNK slots; committed up to capacity */
};

#define SLOTS_PER_CHUNK 8u

struct ipc_slot *slot_get(const struct ipc_ns *ns, slot_idx idx); /* NULL for 0 or out of range */

/** slot_alloc() - a zeroed slot in state SLOT_RECEIVING, or NULL when memory or the limit is reached. */
struct ipc_slot *slot_alloc(struct ipc_ns *ns);
/** slot_free() - the call is answered. Must not be linked in any queue. */
void slot_free(struct ipc_ns *ns, struct ipc_slot *s);

/** sleep_enqueue() - park @s at the tail of @q (which lies in arena @a), on record @obj. */
void sleep_enqueue(struct ipc_ns *ns, struct arena *a, struct sleep_queue *q, struct ipc_slot *s,
		   enum slot_op op, aref obj);
/** sleep_enqueue_before() - the same, in front of @pos (NULL: at the tail). */
void sleep_enqueue_before(struct ipc_ns *ns, struct arena *a, struct sleep_queue *q,
			  struct ipc_slot *pos, struct ipc_slot *s, enum slot_op op, aref obj);
/** sleep_unlink() - take a parked @s out of its queue; state becomes SLOT_RECEIVED. */
void sleep_unlink(struct ipc_ns *ns, struct ipc_slot *s);

/** ipc_complete() - unlink @s and hand it to the loop with its reply. */
void ipc_complete(struct ipc_ns *ns, struct ipc_slot *s, int64_t result);
/** ipc_next_completed() - take the next slot off the completed list, or NULL. */
struct ipc_slot *ipc_next_completed(struct ipc_ns *ns);

/**
 * ipc_cancel() - a parked call ends without its effect (signal, timeout, death, destroyed
 * namespace): unlinks it and frees what it owns. The caller then answers or frees the slot.
 */
void ipc_cancel(struct ipc_ns *ns, struct ipc_slot *s);

/** ipc_alive() - is the sleeper's task still there? (A killed sleeper must not be given anything.) */
bool ipc_alive(struct ipc_ns *ns, const struct ipc_slot *s);

#endif
