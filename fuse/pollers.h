/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who waits in poll(2) on a queue: at most one handle for each open file, kept by inode number.
 *
 * A handle is good for one wake-up; whoever is woken polls again and brings the next. Cost when
 * nobody polls is one load. Belongs to the thread that serves the session.
 */
#ifndef FUSE_POLLERS_H
#define FUSE_POLLERS_H

#include <stdint.h>

struct fuse_pollhandle;
struct poller;

#define POLLERS_BUCKETS 128u

struct pollers {
	struct poller **bucket; /* POLLERS_BUCKETS of them */
};

/** Return: 0 or -ENOMEM. */
int pollers_init(struct pollers *p);
/** Forgets all, wakes nobody. Safe on a zeroed struct. */
void pollers_fini(struct pollers *p);

/**
 * pollers_add() - file @fh of queue @ino waits; an earlier handle of it is dropped. Takes @ph over,
 * also on error. Return: 0 or -ENOMEM.
 */
int pollers_add(struct pollers *p, uint64_t ino, uint64_t fh, struct fuse_pollhandle *ph);

/** pollers_wake() - notify every handle of @ino and drop it. */
void pollers_wake(struct pollers *p, uint64_t ino);

/** pollers_drop() - file @fh of queue @ino was closed. */
void pollers_drop(struct pollers *p, uint64_t ino, uint64_t fh);

#endif
