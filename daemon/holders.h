/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who holds semaphore undo: for each list one living thread that has it is watched by a pidfd, so
 * that its end is known without delay. When that thread ends, another sharer takes its place, or
 * the list is carried out.
 *
 * What is undone lies in the arenas; the pidfds here are derived from it.
 */
#ifndef DAEMON_HOLDERS_H
#define DAEMON_HOLDERS_H

#include <stdbool.h>

#include "ipc/types.h"

struct server;
struct holders;
struct task_ident;

/** holders_open() - Return: 0 or negative errno. */
int holders_open(struct server *srv, struct holders **out);
void holders_close(struct holders *h);

bool holders_any(const struct holders *h);

/** holders_identity() - the undo list of the caller @ident; its process where that is not known. */
struct sem_holder holders_identity(const struct task_ident *ident);

/**
 * holders_add() - the caller is about to do SEM_UNDO; it waits in a notification, so its ids are
 * still its own. Return: 0; -ESRCH; -ENOMEM; -EMFILE.
 */
int holders_add(struct holders *h, const struct task_ident *ident);

/** holders_leave() - the caller parts from its list: unshare(CLONE_SYSVSEM). */
void holders_leave(struct holders *h, const struct task_ident *ident);

/** holders_check() - carry out every list whose last sharer has exited by now. */
void holders_check(struct holders *h);

#endif
