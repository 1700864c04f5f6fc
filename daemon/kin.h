/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kin: by what it is known that two processes are of the same container.
 *
 * A container's id does not tell: each runtime, and each of its state directories, has ids of its own.
 * What a runtime says of an exec does not either (crun 1.8 says "." for the bundle, and no pid). But
 * every exec joins the container's mount namespace and pid namespace, which no other container has: the
 * one or the other is enough, since a program can leave the first by unshare(2), and a pod may share the
 * second. What is the service's own, or process 1's, tells nothing.
 *
 * A mount namespace is remembered by its number, which is never another's; held open it would keep the
 * container's mounts. Numbers of pid namespaces come again, so one is held open, which costs nothing.
 * Nothing here waits for a task.
 */
#ifndef DAEMON_KIN_H
#define DAEMON_KIN_H

#include <stdbool.h>
#include <stdint.h>

struct kin {
	uint64_t mnt_ns; /* task_mnt_ns_id(); 0: it tells nothing */
	int pid_ns;	 /* a descriptor; -1: it tells nothing */
};

#define KIN_NONE ((struct kin){.pid_ns = -1})

/** kin_of() - of the task of @pidfd; what cannot be found out tells nothing. kin_close() it. */
struct kin kin_of(int pidfd);

/** kin_close() - to KIN_NONE, which it takes, too. */
void kin_close(struct kin *k);

/** kin_same() - is something the same? Of KIN_NONE nothing is. */
bool kin_same(const struct kin *a, const struct kin *b);

#endif
