/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every process that serves namespaces does to itself first. */
#ifndef DAEMON_PROCESS_H
#define DAEMON_PROCESS_H

#include <signal.h>

#include "daemon/server.h"

/**
 * process_raise_limits() - soft resource limits up to the hard ones: those of whoever started us
 * are meant for his commands. Passing a file size or CPU limit is an errno, not a signal.
 */
void process_raise_limits(void);

/**
 * process_catch_bus_errors() - a page that programs share with us may be one that the kernel has no memory for
 * when it is touched first: that is no reason to end (sem_share_lost()).
 */
void process_catch_bus_errors(void);

/** process_block_signals() - for a thread that is about to be made: all signals are others', but for the
 * one of process_catch_bus_errors(), which would kill where it is blocked. @old: the caller's mask. */
void process_block_signals(sigset_t *old);

/** process_many() - for a process of many namespaces: descriptors for them, and a heap that keeps
 * little that it does not use. */
void process_many(void);

/** process_backends() - how to identify callers and notice signals: by BPF where it loads, unless
 * $IPCNS_BACKEND says "proc". Zeroes the other fields. */
void process_backends(struct server_options *opt);

#endif
