/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sysctls as files: requests on what is below sys/kernel/ and sys/fs/mqueue/. Where they are in
 * the tree is sysview's business, what they mean is ipc/sysctl.h's.
 */
#ifndef FUSE_SYSCTLFS_H
#define FUSE_SYSCTLFS_H

#include "fuse/session_impl.h"

/** sysctlfs_owns() - is @node a sysctl of what this build has? The others are sysview's. */
static inline bool sysctlfs_owns(fuse_ino_t node)
{
	return node >= VIEW_SYSCTL && node < VIEW_SYSCTL_END &&
	       ipc_sysctl_present((enum ipc_sysctl)(node - VIEW_SYSCTL));
}

void sysctlfs_getattr(fuse_req_t req, fuse_ino_t node);
void sysctlfs_setattr(fuse_req_t req, fuse_ino_t node, int to_set);
void sysctlfs_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);
void sysctlfs_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
		   const struct fuse_file_info *fi);
void sysctlfs_write(fuse_req_t req, fuse_ino_t node, const char *buf, size_t size, off_t off,
		    const struct fuse_file_info *fi);

#endif
