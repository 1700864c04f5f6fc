/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Culprits: which process of a namespace is at the bottom of something that an operator should know,
 * because it can be an attack or a mistake: limits that are met again and again, memory that does not
 * answer, calls that are interrupted without end, views that are unmounted.
 *
 * Whoever notices says so here, as often as it happens and with the namespace's lock or without;
 * that only counts. Of each kind one at a time becomes due, at most every CULPRIT_EVERY_MS, and the
 * owner's other thread takes it and writes the log (culprits_say()): writing to a journal can wait for
 * the journal, which no call may.
 *
 * A copy from or to a task's memory that never comes back cannot be noticed by who copies. So who
 * copies leaves word before and after, and culprits_look() finds what stays. All functions of
 * noticing take NULL for a namespace of which nobody wants to know.
 */
#ifndef DAEMON_CULPRITS_H
#define DAEMON_CULPRITS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Not more than one line of a kind within so long. */
#define CULPRIT_EVERY_MS 10000u
/** culprits_look() is to be called every so long; a copy that a second look meets is late. */
#define CULPRIT_LOOK_MS 2000u

enum culprit_kind {
	/* Limits, up to CULPRIT_PARKED. */
	CULPRIT_MSG,	    /* no more message queues */
	CULPRIT_SEM,	    /* no more semaphores */
	CULPRIT_SHM,	    /* no more segments */
	CULPRIT_MQUEUE,	    /* no more POSIX queues */
	CULPRIT_BYTES,	    /* no more memory */
	CULPRIT_PARKED,	    /* no more calls that wait */
	CULPRIT_COPY,	    /* its memory does not answer */
	CULPRIT_INTERRUPTS, /* calls that wait are interrupted again and again */
	CULPRIT_VIEWS,	    /* it had unmounted views */
	CULPRIT_KINDS
};

/** struct culprit_copy - a copy that is going on; the copier's, on its stack. */
struct culprit_copy {
	struct culprit_copy *next, **link;
	pid_t tid;
	unsigned looks;
};

struct culprits {
	pthread_mutex_t lock;
	struct culprit {
		pid_t tid;	   /* who it was last */
		uint64_t times;	   /* since it was taken last */
		uint64_t begin_ms; /* of the time in which @recent happened */
		uint64_t taken_ms; /* when it was taken last; 0: never */
		unsigned recent;
		bool due;
	} kind[CULPRIT_KINDS];
	struct culprit_copy *copies;
	bool looked_after; /* culprits_look() will be called */
	bool destroyed;	   /* culprits_destroyed() */
	/** Something is due, or copies want to be looked at. From any thread; must not wait. */
	void (*tell)(void *ctx);
	void *ctx;
};

void culprits_init(struct culprits *c, void (*tell)(void *ctx), void *ctx);

/** culprits_note() - thread @tid (as the daemon sees it) did it, once more. */
void culprits_note(struct culprits *c, enum culprit_kind kind, pid_t tid);

/** culprits_destroyed() - from now on no limit is to blame for what its tasks cannot have. */
void culprits_destroyed(struct culprits *c);

/** culprits_copy_begin(), culprits_copy_end() - around a copy from or to the memory of @tid. */
void culprits_copy_begin(struct culprits *c, struct culprit_copy *copy, pid_t tid);
void culprits_copy_end(struct culprits *c, struct culprit_copy *copy);

/** culprits_look() - find copies that are late. Return: call it again after CULPRIT_LOOK_MS. */
bool culprits_look(struct culprits *c);

/** culprits_copying() - was a copy begun since culprits_look() said that it need not be called? */
bool culprits_copying(struct culprits *c);

/**
 * culprits_take() - what is due of @kind, with @all also what will be due in a while. Return: how
 * often it happened since it was taken last, 0: nothing is due; @tid: who it was last.
 */
uint64_t culprits_take(struct culprits *c, enum culprit_kind kind, bool all, pid_t *tid);

/**
 * culprits_say() - take all that is due and write it to the log, a line a kind. @all: also what came
 * after the last line, for a namespace's end. In the service only.
 */
void culprits_say(struct culprits *c, const char *ns, bool all);

#endif
