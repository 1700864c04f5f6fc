/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all namespaces of a process share: programs that the kernel checks for a tenth of a second
 * when they are loaded, and runs for every signal on the machine.
 */
#ifndef DAEMON_SHARED_H
#define DAEMON_SHARED_H

#include "daemon/server.h"

struct shared {
	struct task_probe *probe; /* NULL: by /proc, where each namespace has its own */
	struct signals_share *signals;
	struct mounter *mounter;     /* the same; NULL: views are put into no container */
	struct signaller *signaller;
};

/** shared_open() - @sh->signaller is set by the caller before. Return: 0 or negative errno. */
int shared_open(struct shared *sh);
/** shared_close() - when no namespace is left. */
void shared_close(struct shared *sh);
/** shared_fill() - options of a namespace's server that take part. */
void shared_fill(const struct shared *sh, struct server_options *opt);

#endif
