/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The session: setting it up, serving it, and handing each request to the part that owns its node.
 *
 * The device descriptor is non-blocking, every request is answered before the next is read (but for
 * fuse/put_off.h, briefly), and nothing is ever left unanswered, so neither the loop nor a requester
 * waits for the other.
 */
#include "fuse/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fuse/mount.h"
#include "fuse/mqueuefs.h"
#include "fuse/put_off.h"
#include "fuse/session_impl.h"
#include "fuse/sysctlfs.h"
#include "fuse/sysview.h"
#include "ipc/config.h"

/* Bounds the memory of a request and the length of a directory or status read. */
#define SESSION_MAX_WRITE 65536u
/* Requests answered before the loop gets a look at its other work. */
#define SERVE_BATCH 128

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	/* Killing set-id bits stays the kernel's. O_TRUNC comes with the open, so that it can be told
	 * from truncate(2), which touches other times. */
	conn->want &= ~(unsigned)(FUSE_CAP_HANDLE_KILLPRIV | FUSE_CAP_SPLICE_READ |
				  FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
	conn->want |= conn->capable & FUSE_CAP_ATOMIC_O_TRUNC;
	conn->max_write = SESSION_MAX_WRITE;
	/* RELEASE is a background request: held back, it would keep a queue charged. */
	conn->max_background = UINT16_MAX;
	conn->congestion_threshold = UINT16_MAX;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	if (IPCNS_WITH_MQUEUE && parent == VIEW_MQUEUE)
		mqueuefs_lookup(req, name);
	else
		sysview_lookup(req, parent, name);
}

static void op_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	(void)fi;
	if (IPCNS_WITH_MQUEUE && mqueuefs_owns(node))
		mqueuefs_getattr(req, node);
	else if (IPCNS_WITH_PROCFS && sysctlfs_owns(node))
		sysctlfs_getattr(req, node);
	else
		sysview_getattr(req, node);
}

static void op_setattr(fuse_req_t req, fuse_ino_t node, struct stat *attr, int to_set,
		       struct fuse_file_info *fi)
{
	if (IPCNS_WITH_MQUEUE && mqueuefs_owns(node))
		mqueuefs_setattr(req, node, attr, to_set, fi != NULL);
	else if (IPCNS_WITH_PROCFS && sysctlfs_owns(node))
		sysctlfs_setattr(req, node, to_set);
	else
		fuse_reply_err(req, EPERM);
}

/* Making things: only queues, only in mqueue/, and nothing that is not a queue. */

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	(void)rdev;
	if (IPCNS_WITH_MQUEUE && parent == VIEW_MQUEUE)
		mqueuefs_mknod(req, name, mode);
	else
		fuse_reply_err(req, EPERM);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	if (IPCNS_WITH_MQUEUE && parent == VIEW_MQUEUE)
		mqueuefs_create(req, name, mode, fi);
	else
		fuse_reply_err(req, EACCES);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	if (IPCNS_WITH_MQUEUE && parent == VIEW_MQUEUE)
		mqueuefs_unlink(req, name);
	else
		fuse_reply_err(req, EPERM);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)parent, (void)name, (void)mode;
	fuse_reply_err(req, EPERM);
}

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	(void)parent, (void)name;
	fuse_reply_err(req, EPERM);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	(void)target, (void)parent, (void)name;
	fuse_reply_err(req, EPERM);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to,
		      const char *to_name, unsigned flags)
{
	(void)parent, (void)name, (void)to, (void)to_name, (void)flags;
	fuse_reply_err(req, EPERM);
}

static void op_link(fuse_req_t req, fuse_ino_t node, fuse_ino_t to, const char *to_name)
{
	(void)node, (void)to, (void)to_name;
	fuse_reply_err(req, EPERM);
}

/* Files. */

static void op_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	if (IPCNS_WITH_MQUEUE && mqueuefs_owns(node))
		mqueuefs_open(req, node, fi);
	else if (IPCNS_WITH_PROCFS && sysctlfs_owns(node))
		sysctlfs_open(req, node, fi);
	else
		sysview_open(req, node, fi);
}

static void op_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	if (IPCNS_WITH_MQUEUE && mqueuefs_owns(node))
		mqueuefs_read(req, node, size, off);
	else if (IPCNS_WITH_PROCFS && sysctlfs_owns(node))
		sysctlfs_read(req, node, size, off, fi);
	else
		sysview_read(req, node, size, off, fi);
}

static void op_write(fuse_req_t req, fuse_ino_t node, const char *buf, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	if (IPCNS_WITH_PROCFS && sysctlfs_owns(node))
		sysctlfs_write(req, node, buf, size, off, fi);
	else
		fuse_reply_err(req, EINVAL);
}

static void op_fsync(fuse_req_t req, fuse_ino_t node, int datasync, struct fuse_file_info *fi)
{
	(void)node, (void)datasync, (void)fi;
	fuse_reply_err(req, EINVAL);
}

static void op_poll(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi,
		    struct fuse_pollhandle *ph)
{
	if (IPCNS_WITH_MQUEUE && mqueuefs_owns(node)) {
		mqueuefs_poll(req, node, fi, ph);
		return;
	}
	/* ENOSYS would switch poll off for the whole superblock. Always ready, as files are. */
	if (ph)
		fuse_pollhandle_destroy(ph);
	fuse_reply_poll(req, POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM);
}

static void op_flush(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	(void)fi;
	if (IPCNS_WITH_MQUEUE && mqueuefs_owns(node))
		mqueuefs_flush(req, node);
	else
		fuse_reply_err(req, 0);
}

static void op_release(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	if (IPCNS_WITH_MQUEUE && mqueuefs_owns(node))
		mqueuefs_release(req, node, fi);
	else if (IPCNS_WITH_PROCFS && sysctlfs_owns(node))
		fuse_reply_err(req, 0);
	else
		sysview_release(req, fi);
}

static void op_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	(void)fi;
	if (IPCNS_WITH_MQUEUE && mqueuefs_owns(node))
		mqueuefs_readdir(req, size, off);
	else
		sysview_readdir(req, node, size, off);
}

static void op_statfs(fuse_req_t req, fuse_ino_t node)
{
	/* simple_statfs() */
	const struct statvfs st = {
		.f_bsize = VIEW_BLKSIZE, .f_frsize = VIEW_BLKSIZE, .f_namemax = MQ_NAME_MAX};

	(void)node;
	fuse_reply_statfs(req, &st);
}

/*
 * There are no attributes. ENOSYS here would make the kernel answer for POSIX ACLs itself, as if
 * there could be one; the calls that set are left out, which ends as the native EOPNOTSUPP, too.
 */
static void op_getxattr(fuse_req_t req, fuse_ino_t node, const char *name, size_t size)
{
	(void)node, (void)name, (void)size;
	fuse_reply_err(req, EOPNOTSUPP);
}

static void op_listxattr(fuse_req_t req, fuse_ino_t node, size_t size)
{
	(void)node;
	if (size == 0)
		fuse_reply_xattr(req, 0);
	else
		fuse_reply_buf(req, NULL, 0);
}

static const struct fuse_lowlevel_ops session_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.mknod = op_mknod,
	.create = op_create,
	.unlink = op_unlink,
	.mkdir = op_mkdir,
	.rmdir = op_rmdir,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.fsync = op_fsync,
	.poll = op_poll,
	.flush = op_flush,
	.release = op_release,
	.readdir = op_readdir,
	.statfs = op_statfs,
	.getxattr = op_getxattr,
	.listxattr = op_listxattr,
};

/* st_dev, without asking the server: it is the superblock's. */
static int superblock_dev(int mount_fd, uint64_t *dev)
{
	struct statx st;

	if (statx(mount_fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &st) < 0)
		return -errno;
	*dev = makedev(st.stx_dev_major, st.stx_dev_minor);
	return 0;
}

static int start(struct ipcns_fuse *f)
{
	char program[] = "ipcns", *argv[] = {program, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	char path[32];
	int r = pollers_init(&f->pollers);

	if (r < 0)
		return r;
	f->fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (f->fd < 0)
		return -errno;
	f->mount_fd = ipcns_mount_detached(f->fd, f->hooks.source ? f->hooks.source : "ipcns");
	if (f->mount_fd < 0)
		return f->mount_fd;
	r = superblock_dev(f->mount_fd, &f->st_dev);
	if (r < 0)
		return r;
	f->se = fuse_session_new(&args, &session_ops, sizeof(session_ops), f);
	fuse_opt_free_args(&args);
	if (!f->se)
		return -ENOMEM;
	/* libfuse mounts nothing itself: it takes the descriptor that this name means. */
	snprintf(path, sizeof(path), "/dev/fd/%d", f->fd);
	return fuse_session_mount(f->se, path) < 0 ? -EIO : 0;
}

int ipcns_fuse_open(struct ipc_ns *ns, const struct ipcns_fuse_hooks *hooks,
		    struct ipcns_fuse **out)
{
	struct ipcns_fuse *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->ns = ns;
	if (hooks)
		f->hooks = *hooks;
	f->fd = f->mount_fd = -1;
	f->born = ipc_now(ns);
	int r = start(f);

	if (r < 0) {
		ipcns_fuse_close(f);
		return r;
	}
	*out = f;
	return 0;
}

void ipcns_fuse_close(struct ipcns_fuse *f)
{
	if (!f)
		return;
	if (IPCNS_WITH_MQUEUE)
		put_off_fini(f);
	if (f->se && fuse_session_fd(f->se) >= 0) {
		fuse_session_destroy(f->se); /* closes fd: the connection is aborted */
	} else {
		if (f->se)
			fuse_session_destroy(f->se);
		if (f->fd >= 0)
			close(f->fd);
	}
	/* Only now: letting go of mounts must not wait for an answer. */
	if (f->mount_fd >= 0)
		close(f->mount_fd);
	pollers_fini(&f->pollers);
	sysview_fini(f);
	free(f->buf.mem);
	free(f);
}

int ipcns_fuse_fd(const struct ipcns_fuse *f)
{
	return f->fd;
}

int ipcns_fuse_mount_fd(const struct ipcns_fuse *f)
{
	return f->mount_fd;
}

uint64_t ipcns_fuse_st_dev(const struct ipcns_fuse *f)
{
	return f->st_dev;
}

void ipcns_fuse_set_opener(struct ipcns_fuse *f, pid_t tid)
{
	f->opener = tid;
}

int ipcns_fuse_serve(struct ipcns_fuse *f)
{
	for (int i = 0; i < SERVE_BATCH; i++) {
		int r = fuse_session_receive_buf(f->se, &f->buf);

		if (r == -EINTR)
			continue;
		if (r == -EAGAIN)
			return 0;
		if (r <= 0)
			return r < 0 ? r : -ENODEV;
		fuse_session_process_buf(f->se, &f->buf);
	}
	return 1;
}

void ipcns_fuse_notify_poll(struct ipcns_fuse *f, aref mq)
{
	if (IPCNS_WITH_MQUEUE)
		pollers_wake(&f->pollers, mq_get(f->ns, mq)->ino);
}

/* Open @name in the view, and only the queue @ino. Runs on the opener thread. */
static int open_as(int dirfd, const char *name, uint64_t ino, int oflags)
{
	struct statx st;
	int fd = openat(dirfd, name, oflags);

	if (fd < 0)
		return -errno;
	/* The number never changes, so there is no need to ask the server. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &st) < 0 ||
	    st.stx_ino != ino) {
		close(fd);
		return -ESTALE;
	}
	return fd;
}

int ipcns_fuse_open_queue(struct ipcns_fuse *f, int *dirfd, uint64_t ino, const char *name,
			  int oflags)
{
	char hidden[sizeof(VIEW_HIDDEN) + 20];
	int r;

	/* dentry_open() as mq_open(2) uses it neither creates, truncates nor walks. */
	oflags &= ~(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | O_DIRECTORY | O_PATH | O_TMPFILE);
	oflags |= O_CLOEXEC | O_NOFOLLOW;
	if (*dirfd < 0) {
		r = ipcns_mount_clone(f->mount_fd, "mqueue");
		if (r < 0)
			return r;
		*dirfd = r;
	}
	if (name) {
		r = open_as(*dirfd, name, ino, oflags);
		if (r != -ESTALE && r != -ENOENT)
			return r;
	}
	snprintf(hidden, sizeof(hidden), VIEW_HIDDEN "%llu", (unsigned long long)ino);
	return open_as(*dirfd, hidden, ino, oflags);
}
