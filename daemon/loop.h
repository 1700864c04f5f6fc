/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The event loop of one namespace: epoll, and nothing on top.
 *
 * Callbacks run with the namespace's lock held; waiting is done without it. Sources are owned by whoever adds them and must stay valid until removed; removing one from
 * within a callback is allowed, also another one's.
 */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "daemon/turn_lock.h"

#define LOOP_BATCH 16

/** struct loop_source - a descriptor and what to do when it is ready. */
struct loop_source {
	int fd;
	void (*ready)(void *ctx, uint32_t events);
	void *ctx;
};

struct loop {
	struct turn_lock *lock; /* the owner's; held while callbacks run */
	int epfd;
	bool stop;
	struct epoll_event batch[LOOP_BATCH];
	int nbatch;
};

/** loop_init() - Return: 0 or negative errno. */
int loop_init(struct loop *l, struct turn_lock *lock);
void loop_close(struct loop *l);

/** loop_add() - watch s->fd for @events (EPOLLIN …). Return: 0 or negative errno. */
int loop_add(struct loop *l, struct loop_source *s, uint32_t events);
/** loop_remove() - forget @s; events of the running batch for it are dropped. Safe when not added. */
void loop_remove(struct loop *l, struct loop_source *s);

/** loop_run() - until l->stop, called without the lock. Return: 0 or negative errno. */
int loop_run(struct loop *l);

#endif
