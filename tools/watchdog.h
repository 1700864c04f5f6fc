/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does the daemon part still serve? A task with a queue's descriptor cannot even be killed while it
 * does not, because the kernel waits for its answer to the close; and everybody waits for the task.
 * Ending the daemon part ends its file system and so these waits.
 *
 * The guardian asks now and then (PING, daemon/run_proto.h) for as long as the run goes on, the
 * front process while it stands in for a guardian that was killed. Silence alone is no reason to
 * end a namespace: the daemon part may be under a debugger. Whoever asks acts on it only when a
 * task cannot end for it, see tree_stuck().
 */
#ifndef TOOLS_WATCHDOG_H
#define TOOLS_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

struct watchdog {
	int control;      /* to the daemon part, the caller's */
	int daemon_pidfd; /* the caller's; -1: not to be ended by us */
	int reply;        /* here comes the answer to the question that was asked; -1: none was */
	unsigned silent;  /* how often we have looked for it in vain */
	int64_t next;     /* when to do something again, now_ms() */
};

/** watchdog_init() - @control -1: there is no daemon part any more. Asks after some seconds. */
void watchdog_init(struct watchdog *w, int control, int daemon_pidfd);

/** watchdog_due() - milliseconds until watchdog_tick() has something to do; -1: never. */
int watchdog_due(const struct watchdog *w);

/**
 * watchdog_tick() - ask, or look for the answer, if it is time for that.
 * Return: true when the daemon part has been silent for too long.
 */
bool watchdog_tick(struct watchdog *w);

/** watchdog_hurry() - ask at the next tick, as somebody waits for an end. */
void watchdog_hurry(struct watchdog *w);

/** watchdog_bite() - SIGKILL the daemon part. */
void watchdog_bite(const struct watchdog *w);

#endif
