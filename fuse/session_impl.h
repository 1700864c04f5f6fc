/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of fuse/ share: the session, the numbers of the fixed nodes, and a few rules.
 *
 * A node id is an inode number; those of queues are ns's (never given twice, so a late request for
 * a queue that has gone finds nothing). Names and attributes are never cached by the kernel, since
 * the trapped calls change them behind its back.
 */
#ifndef FUSE_SESSION_IMPL_H
#define FUSE_SESSION_IMPL_H

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include "fuse/pollers.h"
#include "fuse/session.h"
#include "ipc/mqueue.h"
#include "ipc/sysctl.h"

/** Fixed nodes, below MQ_FIRST_INO. MQ_ROOT_INO (2) is the mqueue directory. */
enum view_node {
	VIEW_ROOT = FUSE_ROOT_ID,
	VIEW_MQUEUE = MQ_ROOT_INO,
	VIEW_SYSVIPC,
	VIEW_SYSVIPC_MSG,
	VIEW_SYSVIPC_SEM,
	VIEW_SYSVIPC_SHM,
	VIEW_SYS,
	VIEW_SYS_KERNEL,
	VIEW_SYS_FS,
	VIEW_SYS_FS_MQUEUE,
	VIEW_SYSCTL, /* the first: enum ipc_sysctl counts on from here */
	VIEW_SYSCTL_END = VIEW_SYSCTL + IPC_SYSCTLS,
};

_Static_assert(VIEW_SYSCTL_END <= MQ_FIRST_INO, "fixed nodes are below the queues");

#define VIEW_BLKSIZE 4096
#define VIEW_PROC_BLKSIZE 1024 /* of what stands for files of /proc (proc_fill_super()) */
/*
 * What the kernel is to think is the size of a file of /proc, where stat(2) says 0. sendfile(2) goes
 * by that size before it asks us: with 0 it would be at the end, and the cat(1) that uses it (that
 * of BusyBox) would show nothing. So it comes, and is refused with EINVAL, after which everybody
 * reads. See view_reply_proc_attr().
 */
#define VIEW_PROC_SIZE 1

#define VIEW_UNCACHED 0.0 /* attr_timeout, entry_timeout */

/** view_reader() - who makes this request, as of now. */
static inline struct ipcns_fuse_reader view_reader(const struct ipcns_fuse_hooks *h, fuse_req_t req)
{
	struct ipcns_fuse_reader who = {.tid = fuse_req_ctx(req)->pid};

	if (h->reader)
		h->reader(h->ctx, who.tid, &who);
	return who;
}

/** Name by which the opener finds queue N: this and N in decimal. Never in a listing. */
#define VIEW_HIDDEN ".ipcns-queue-"

struct ipcns_fuse {
	struct ipc_ns *ns;
	struct ipcns_fuse_hooks hooks;
	struct fuse_session *se;
	struct fuse_buf buf; /* memory of requests, libfuse's */
	int fd;		     /* /dev/fuse */
	int mount_fd;
	uint64_t st_dev;
	pid_t opener;
	uint64_t next_fh;
	/* Sysctls that the kernel knows with a mode too generous; with size 0, by O_TRUNC. */
	uint32_t loosened, emptied;
	struct timespec born;
	struct pollers pollers;
	struct listing *listings; /* sysview's open files */
	struct put_off *put_off;  /* creations that wait for room */
	bool last_try;		  /* one of them is being tried again */
};

/**
 * view_reply_proc_attr() - answer a GETATTR on a regular file that was looked up with VIEW_PROC_SIZE.
 * The kernel gives the caller of stat(2) what the answer says, but does not take over an answer that
 * was overtaken by an invalidation (fuse_change_attributes()); so it keeps the size of the lookup.
 * An invalidation of attributes alone waits for nobody.
 */
void view_reply_proc_attr(fuse_req_t req, const struct stat *st);

/** view_is_spliced() - is it a read for the page cache (sendfile, splice, a private mapping)? */
static inline bool view_is_spliced(const struct fuse_file_info *fi)
{
	/* Of the reads, only those by read(2) and its relatives name an owner of locks. */
	return fi->lock_owner == 0;
}

static inline struct ipcns_fuse *view_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

#endif
