/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which views of a namespace there are and where people look for them: subtrees of the superblock
 * (fuse/session.h) and paths. One list for all who put them in place.
 */
#ifndef FUSE_VIEWS_H
#define FUSE_VIEWS_H

#include <stdbool.h>

/** struct ipcns_view - @path has no leading slash. @proc: it covers a file of proc(5). @segments: it is of
 * shared memory, and for programs only that are outside the kernel IPC namespace with their segments. */
struct ipcns_view {
	char subtree[64], path[64];
	bool proc, segments;
};

/** ipcns_view_get() - the view number @i; false behind the last. /dev/mqueue is 0. */
bool ipcns_view_get(unsigned i, struct ipcns_view *out);

#endif
