/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The signaller: a process that sends mq_notify's signals into pid namespaces below the daemon's.
 *
 * A signal from an ancestor pid namespace arrives with si_pid 0 whatever the sender says
 * (send_signal_locked()), so it has to be sent by a process that is inside for a moment. Whoever
 * rules that namespace can see, stop and kill that process; so it is a child of one that was forked
 * before the daemon had anything: no descriptors, no mappings of state, no capabilities but the two
 * that it needs, not dumpable; and nobody waits for it for long.
 */
#ifndef DAEMON_SIGNALLER_H
#define DAEMON_SIGNALLER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct signaller;

/**
 * signaller_start() - fork it. To be called while the process has no other thread, and before it
 * has what must not be seen. It ends with its maker. Return: 0 or negative errno.
 */
int signaller_start(struct signaller **out);

/** signaller_stop() - end it and wait for that (NULL is allowed). */
void signaller_stop(struct signaller *s);

/** struct signaller_meanwhile - what its caller does while it waits: @call whenever @fd is readable. */
struct signaller_meanwhile {
	int fd;
	void (*call)(void *arg);
	void *arg;
};

/**
 * signaller_send() - rt_sigqueueinfo(2) to process @pid, as pid namespace @pid_ns (a descriptor,
 * stays the caller's) numbers it, from inside. Waits, a fraction of a second at most, until that is
 * done: not to be called with a lock. From any thread.
 * Return: true if it was sent (or the process is gone).
 */
bool signaller_send(struct signaller *s, int pid_ns, pid_t pid, const siginfo_t *info,
		    const struct signaller_meanwhile *m);

#endif
