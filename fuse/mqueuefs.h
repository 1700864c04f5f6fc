/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mqueue view: requests on the directory MQ_ROOT_INO and on queues (MQ_FIRST_INO and up).
 *
 * session.c hands these over by node id. Each answers its request exactly once, creations perhaps
 * later (fuse/put_off.h). The kernel has checked permissions already (default_permissions) and names
 * for '/' and NUL, nothing else.
 */
#ifndef FUSE_MQUEUEFS_H
#define FUSE_MQUEUEFS_H

#include "fuse/session_impl.h"

static inline bool mqueuefs_owns(fuse_ino_t node)
{
	return node == VIEW_MQUEUE || node >= MQ_FIRST_INO;
}

/** mqueuefs_root_attr() - what stat(2) shows of the directory. */
void mqueuefs_root_attr(const struct ipcns_fuse *f, struct stat *st);

void mqueuefs_lookup(fuse_req_t req, const char *name);
void mqueuefs_getattr(fuse_req_t req, fuse_ino_t node);
/** @by_file: through an open file (ftruncate), which touches other times than by path. */
void mqueuefs_setattr(fuse_req_t req, fuse_ino_t node, const struct stat *attr, int to_set,
		      bool by_file);
void mqueuefs_mknod(fuse_req_t req, const char *name, mode_t mode);
void mqueuefs_create(fuse_req_t req, const char *name, mode_t mode, struct fuse_file_info *fi);
void mqueuefs_unlink(fuse_req_t req, const char *name);
void mqueuefs_readdir(fuse_req_t req, size_t size, off_t off);

void mqueuefs_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);
void mqueuefs_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t off);
void mqueuefs_poll(fuse_req_t req, fuse_ino_t node, const struct fuse_file_info *fi,
		   struct fuse_pollhandle *ph);
void mqueuefs_flush(fuse_req_t req, fuse_ino_t node);
void mqueuefs_release(fuse_req_t req, fuse_ino_t node, const struct fuse_file_info *fi);

#endif
