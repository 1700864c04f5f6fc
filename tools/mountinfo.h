/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is mounted where, from /proc/self/mountinfo: asking a file system itself could wait for whoever
 * serves it. For the verbs mount and umount and for the mount helper.
 */
#ifndef TOOLS_MOUNTINFO_H
#define TOOLS_MOUNTINFO_H

#include <stdbool.h>
#include <sys/types.h>

/** struct mount_at - the topmost mount at a path. */
struct mount_at {
	dev_t dev;
	bool queues; /* its root is the view of message queues */
	bool ours;   /* it is a namespace's file system */
	bool read_only;
};

/** mountinfo_find() - what is mounted at @path, of which links are followed. False: nothing is. */
bool mountinfo_find(const char *path, struct mount_at *found);

#endif
