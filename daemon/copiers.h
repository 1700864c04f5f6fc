/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copiers: threads that answer calls whose answer is a copy into the caller's memory, where nobody
 * else may.
 *
 * A copy takes as long as the caller likes (a page of a userfaultfd, of a file system of its own).
 * The loop and the viewer never copy; a receiver copies for tasks of its own run only, so that what
 * one run does to itself does not stop another one in the same namespace. All else comes here. Each
 * call that waits finds a thread, up to a bound; idle threads end. So what is stuck costs threads,
 * and only when all of them are stuck does the namespace stall, by its own doing.
 *
 * All functions are called with server.lock.
 */
#ifndef DAEMON_COPIERS_H
#define DAEMON_COPIERS_H

#include "ipc/sleepers.h"

struct server;
struct copiers;

/** copiers_open() - Return: 0 or -ENOMEM. */
int copiers_open(struct server *srv, struct copiers **out);

/**
 * copiers_close() - end the threads (NULL is allowed). Those that are stuck keep what they use,
 * @srv among it. Return: false if there are such.
 */
bool copiers_close(struct copiers *c);

/** copiers_add() - answer the completed call @s, by reply_send(), on another thread. */
void copiers_add(struct copiers *c, struct ipc_slot *s);

#endif
