/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fixed part of the superblock: its root, the folders sysvipc/ and sys/ with what is in them, and
 * the listings sysvipc/msg, sem and shm with the text of /proc/sysvipc/ (ipc/procfs.h). Read only,
 * to everybody; the files below sys/ are sysctlfs' (fuse/sysctlfs.h).
 */
#ifndef FUSE_SYSVIEW_H
#define FUSE_SYSVIEW_H

#include "fuse/session_impl.h"

/** sysview_fini() - the session ends: forget files that are still open. */
void sysview_fini(struct ipcns_fuse *f);

void sysview_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void sysview_getattr(fuse_req_t req, fuse_ino_t node);
/** sysview_attr() - attributes of a fixed node; false if @node is none. */
bool sysview_attr(const struct ipcns_fuse *f, fuse_ino_t node, struct stat *st);

void sysview_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t off);
void sysview_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);
void sysview_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
		  struct fuse_file_info *fi);
void sysview_release(fuse_req_t req, struct fuse_file_info *fi);

#endif
