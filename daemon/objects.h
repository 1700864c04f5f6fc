/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The objects of a namespace as an operator sees them: all families alike, removal without asking
 * for rights. Called by the manager's thread; those of ipc/ with the namespace's lock, segments
 * inside the backing namespace (daemon/backing.h). Nothing here waits for a task: calls that a
 * removal completes are answered by the namespace's loop.
 */
#ifndef DAEMON_OBJECTS_H
#define DAEMON_OBJECTS_H

#include "daemon/families.h"
#include "daemon/queue_name.h"
#include "daemon/server.h"

/** struct object - what a table shows of one. */
struct object {
	enum family family;
	char id[QUEUE_TEXT_MAX]; /* decimal, or the queue's name (queue_name_escape()) */
	int32_t key;		 /* 0 for queues */
	uint32_t uid, gid, mode;
	uint64_t bytes;	  /* used: text of messages, semaphores' words, the segment */
	uint64_t count;	  /* messages, semaphores, attachments */
	uint64_t waiting; /* calls parked on it */
	int64_t changed;  /* ctime */
};

typedef int (*object_visitor)(void *ctx, const struct object *o);

/** objects_walk() - all of family @f (not FAMILY_SHM: backing). Return: 0, or what @visit returned
 * when it was negative. */
int objects_walk(struct server *srv, enum family f, object_visitor visit, void *ctx);
/** objects_walk_backing() - the segments. @foreign: the namespace's, with its lock; NULL: it has none. */
int objects_walk_backing(struct foreign_shm *foreign, object_visitor visit, void *ctx);

/** objects_remove() - Return: 0; -ENOENT. objects_remove_backing(): the same for a segment. */
int objects_remove(struct server *srv, enum family f, const char *id);
int objects_remove_backing(const char *id);

/** objects_remove_all() - every parked call gets EIDRM, every object of ipc/ is removed. */
void objects_remove_all(struct server *srv);

struct usage {
	uint64_t objects[FAMILIES], bytes[FAMILIES];
	uint64_t parked, listeners;
};

/** objects_usage() - but for FAMILY_SHM. */
void objects_usage(struct server *srv, struct usage *out);

#endif
