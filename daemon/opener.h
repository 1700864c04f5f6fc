/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The opener: a second thread for what the loop's thread must not do itself.
 *
 * A file of our FUSE mount is served by the loop, so the loop can neither open nor close one (each
 * close is a FLUSH that it would have to answer while it waits): it would hang. The opener does,
 * and posts the outcome back. It owns no state of the namespace.
 */
#ifndef DAEMON_OPENER_H
#define DAEMON_OPENER_H

#include <errno.h>
#include <stdint.h>

#include "ipc/mqueue.h"

struct server;
struct opener;

enum opener_kind {
	OPENER_OPEN,  /* open queue `ino` with `oflags`, install it in the caller, answer the call */
	OPENER_SETFL, /* set or clear O_NONBLOCK (`oflags`) on the caller's descriptor `fd` */
	OPENER_SOCKET, /* fetch the caller's netlink socket `fd` for SIGEV_THREAD */
	OPENER_CLOSE,  /* close `fd` of the opener's own table; concerns no call */
};

/** Result of OPEN, as it is none of open(2)'s. */
#define OPENER_GONE (-ECANCELED)

struct opener_job {
	struct opener_job *next;
	enum opener_kind kind;
	slot_idx slot;
	int listener_fd;
	uint64_t notif_id;
	int32_t tid;
	int fd;
	uint64_t ino;
	char name[MQ_NAME_MAX + 1];
	int oflags;
	/** OPEN: 0, or OPENER_GONE (the task is), or -EMFILE and others (the call still waits).
	 * SETFL: 0 or negative errno. SOCKET: a descriptor for opener_take_fd(), or negative errno. */
	int result;
};

/** opener_start() - Return: 0 or negative errno. opener_stop(): NULL is allowed. */
int opener_start(struct server *srv, struct opener **out);
void opener_stop(struct opener *o);

/** opener_submit() - @job is copied. The outcome goes to calls_mq_opened() on the loop's thread.
 * Return: 0 or -ENOMEM. */
int opener_submit(struct opener *o, const struct opener_job *job);

/** opener_take_fd() - fetch @fd of the opener's table; its copy there is closed. Return: descriptor
 * or negative errno. */
int opener_take_fd(struct opener *o, int fd);

/**
 * opener_settle() - wait (half a second at most) until the jobs submitted before are done, serving
 * the FUSE requests that this takes, and finish their calls. Gives up the namespace's lock. The
 * opener's copy of a descriptor, and the reference that an open under way holds, can outlive the
 * caller's close(2) by a moment, and the queue with them.
 */
void opener_settle(struct opener *o);

/**
 * opener_due() - the same for who must not wait: may a queue be kept by a job whose caller can have
 * closed its descriptor? What is left to do in such a job is installing and closing, which takes
 * nothing that a creation in the view holds: its directory's lock.
 * Return: 0: no; else a number: ipcns_fuse_room_back() will be called with it, or a greater one,
 * when it is not any more.
 */
uint64_t opener_due(struct opener *o);

/** calls_mq_opened() - in calls_mq_open.c: finish the call that a job belongs to. */
void calls_mq_opened(struct server *srv, const struct opener_job *job);

#endif
