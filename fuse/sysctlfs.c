/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sysctlfs: what fs/proc/proc_sysctl.c does around a sysctl's handler. Nothing is kept per open
 * file: a read at the beginning gives the text of that moment, a read behind it nothing.
 *
 * The kernel checks the mode against this superblock's attributes before we hear of an open. It is
 * too generous with CAP_DAC_OVERRIDE, so the open asks again, and sometimes too strict: see
 * sysctlfs_getattr().
 */
#include "fuse/sysctlfs.h"

#include <errno.h>
#include <fcntl.h>

#include "fuse/sysview.h"

static enum ipc_sysctl id_of(fuse_ino_t node)
{
	return (enum ipc_sysctl)(node - VIEW_SYSCTL);
}

static int requester(fuse_req_t req, struct ipc_cred *cred)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	const struct ipcns_fuse_hooks *h = &view_of(req)->hooks;

	*cred = (struct ipc_cred){.euid = ctx->uid, .egid = ctx->gid};
	return h->identify ? h->identify(h->ctx, ctx->pid, cred) : 0;
}

/*
 * Who may write is let pass the kernel's own check, where that would refuse, by showing a mode that
 * allows it: *_next_id in spite of its mode, and root whose fs uid is another. With
 * CAP_DAC_OVERRIDE everybody passes, so that a common root's stat(2) has the true mode. The kernel
 * asks for the attributes at each check, as they are never valid for longer; that another process's
 * check may meet this answer does no harm, since the open decides.
 */
void sysctlfs_getattr(fuse_req_t req, fuse_ino_t node)
{
	struct ipcns_fuse *f = view_of(req);
	uint32_t bit = 1u << id_of(node);
	struct stat st;
	struct ipc_cred cred;

	(void)sysview_attr(f, node, &st);
	bool passes = (st.st_mode & 0200) && fuse_req_ctx(req)->uid == st.st_uid;

	if (!passes && requester(req, &cred) == 0 && !(cred.caps & IPC_CAP_DAC_OVERRIDE) &&
	    ipc_sysctl_permission(id_of(node), &cred, IPC_SYSCTL_WRITE) == 0) {
		st.st_mode |= 0222;
		f->loosened |= bit;
	} else if ((f->loosened | f->emptied) & bit) {
		f->loosened &= ~bit;
		f->emptied &= ~bit;
	} else {
		view_reply_proc_attr(req, &st);
		return;
	}
	/* An answer that the kernel is to take over, with the size that it is to keep. */
	st.st_size = VIEW_PROC_SIZE;
	fuse_reply_attr(req, &st, VIEW_UNCACHED);
}

/* proc_sys_setattr(): owner and mode are fixed; a size is accepted and means nothing. */
void sysctlfs_setattr(fuse_req_t req, fuse_ino_t node, int to_set)
{
	struct stat st;

	if (to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) {
		fuse_reply_err(req, EPERM);
		return;
	}
	(void)sysview_attr(view_of(req), node, &st);
	st.st_size = VIEW_PROC_SIZE;
	fuse_reply_attr(req, &st, VIEW_UNCACHED);
}

static uint32_t wanted(int flags)
{
	uint32_t want = flags & O_TRUNC ? IPC_SYSCTL_WRITE : 0;

	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return want | IPC_SYSCTL_READ;
	case O_WRONLY:
		return want | IPC_SYSCTL_WRITE;
	default:
		return IPC_SYSCTL_READ | IPC_SYSCTL_WRITE;
	}
}

void sysctlfs_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	uint32_t want = wanted(fi->flags);
	struct ipc_cred cred;
	int r = 0;

	/* Every mode lets everybody read. */
	if (want != IPC_SYSCTL_READ) {
		r = requester(req, &cred);
		if (r == 0)
			r = ipc_sysctl_permission(id_of(node), &cred, want);
	}
	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	if (fi->flags & O_TRUNC)
		view_of(req)->emptied |= 1u << id_of(node);
	fi->direct_io = 1;
	fuse_reply_open(req, fi);
}

/* proc_dointvec() gives what fits into the buffer, and nothing at any other offset. */
void sysctlfs_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
		   const struct fuse_file_info *fi)
{
	char text[IPC_SYSCTL_TEXT_MAX];
	size_t len = off == 0 ? ipc_sysctl_show(view_of(req)->ns, id_of(node), text) : 0;

	if (view_is_spliced(fi)) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	fuse_reply_buf(req, text, len < size ? len : size);
}

/*
 * proc_sys_call_handler(). A write that does not begin at the file's beginning is taken without a
 * look, as with kernel.sysctl_writes_strict at its default.
 */
void sysctlfs_write(fuse_req_t req, fuse_ino_t node, const char *buf, size_t size, off_t off,
		    const struct fuse_file_info *fi)
{
	struct ipc_cred cred;
	ssize_t n = requester(req, &cred);

	/* Appending begins at a size that only the kernel believes in; natively it is no different. */
	if (fi->flags & O_APPEND)
		off = 0;
	if (n == 0 && ipc_sysctl_permission(id_of(node), &cred, IPC_SYSCTL_WRITE) < 0)
		n = -EPERM;
	if (n == 0)
		n = off == 0 ? ipc_sysctl_store(view_of(req)->ns, id_of(node), buf, size)
			     : (ssize_t)size;
	if (n < 0) {
		fuse_reply_err(req, (int)-n);
		return;
	}
	/* The kernel now believes in a size of at least what was written. */
	if (n > 0)
		view_of(req)->emptied &= ~(1u << id_of(node));
	fuse_reply_write(req, (size_t)n);
}
