/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copiers: threads that answer calls where nobody else may, because to answer means to wait for the
 * caller. There are two crews of them. One answers calls whose answer is a copy into the caller's
 * memory; the other has callers make calls of their own (daemon/shm_inject.c).
 *
 * Either takes as long as the caller likes (a page of a userfaultfd, of a file system of its own; a
 * control group that is frozen). The loop and the viewer never wait so; a receiver copies for tasks of its
 * own run only, so that what one run does to itself does not stop another one in the same namespace. All
 * else comes here. Each call that waits finds a thread, up to a bound; idle threads end. So what is stuck
 * costs threads, of which one listener cannot have all; only when those of several have them all does the
 * namespace stall, by its own doing.
 *
 * All functions are called with server.lock.
 */
#ifndef DAEMON_COPIERS_H
#define DAEMON_COPIERS_H

#include "ipc/sleepers.h"

struct server;
struct copiers;

/**
 * copiers_open() - @answer answers a call, with the lock, which it gives up while it waits; @name is the
 * threads'. Return: 0 or -ENOMEM.
 */
int copiers_open(struct server *srv, const char *name,
		 void (*answer)(struct server *srv, struct ipc_slot *s), struct copiers **out);

/**
 * copiers_close() - end the threads (NULL is allowed). Those that are stuck keep what they use,
 * @srv among it. Return: false if there are such.
 */
bool copiers_close(struct copiers *c);

/** copiers_add() - answer the call @s on another thread. Return: 0, or -ENOMEM: there can be none. */
int copiers_add(struct copiers *c, struct ipc_slot *s);

#endif
