/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes that hold semaphore undo: one pidfd each, so that their exit is known without delay.
 *
 * What is undone lies in the arenas; the pidfds here are derived from it and can be opened anew
 * from sem_undo_next_holder().
 */
#ifndef DAEMON_HOLDERS_H
#define DAEMON_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>

struct server;
struct holders;

/** holders_open() - Return: 0 or negative errno. */
int holders_open(struct server *srv, struct holders **out);
void holders_close(struct holders *h);

bool holders_any(const struct holders *h);

/**
 * holders_add() - process @tgid is about to do SEM_UNDO; it waits in a notification, so the pid is
 * still its own. Return: 0; -ESRCH; -ENOMEM; -EMFILE.
 */
int holders_add(struct holders *h, uint32_t tgid, uint64_t start_time);

/** holders_check() - apply the undo of every holder that has exited by now. */
void holders_check(struct holders *h);

#endif
