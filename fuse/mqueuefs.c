/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mqueuefs: the namespace's queues as the kernel's mqueue file system shows them.
 *
 * A queue that has gone (a late request for its number) is ESTALE: on a path the kernel then looks
 * the name up again and finds ENOENT, or the queue that has the name now.
 */
#include "fuse/mqueuefs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuse/put_off.h"

/* Files opened through the view are not cached: every read(2) is a question to the queue. */
static void prepare_file(struct ipcns_fuse *f, struct fuse_file_info *fi)
{
	fi->fh = ++f->next_fh;
	fi->direct_io = 1;
}

static void queue_attr(const struct mq_record *q, struct stat *st)
{
	*st = (struct stat){
		.st_ino = q->ino,
		.st_mode = q->mode,
		.st_nlink = q->linked ? 1 : 0,
		.st_uid = q->uid,
		.st_gid = q->gid,
		.st_size = (off_t)q->file_size,
		.st_blksize = VIEW_BLKSIZE,
		.st_atim = q->atime,
		.st_mtim = q->mtime,
		.st_ctim = q->ctime,
	};
}

void mqueuefs_root_attr(const struct ipcns_fuse *f, struct stat *st)
{
	const struct mq_dir *dir = mqueue_dir(f->ns);

	*st = (struct stat){
		.st_ino = MQ_ROOT_INO,
		.st_mode = dir->mode,
		.st_nlink = 2,
		.st_uid = dir->uid,
		.st_gid = dir->gid,
		.st_size = (off_t)dir->size,
		.st_blksize = VIEW_BLKSIZE,
		.st_atim = dir->atime,
		.st_mtim = dir->mtime,
		.st_ctim = dir->ctime,
	};
}

static void queue_entry(const struct mq_record *q, struct fuse_entry_param *e)
{
	*e = (struct fuse_entry_param){
		.ino = q->ino,
		.generation = 1,
		.attr_timeout = VIEW_UNCACHED,
		.entry_timeout = VIEW_UNCACHED,
	};
	queue_attr(q, &e->attr);
}

static void reply_entry(fuse_req_t req, const struct mq_record *q)
{
	struct fuse_entry_param e;

	queue_entry(q, &e);
	fuse_reply_entry(req, &e);
}

/* The queue that a hidden name tells, or 0. */
static aref find_hidden(const struct ipcns_fuse *f, const char *name)
{
	size_t len = strlen(VIEW_HIDDEN);
	char *end;

	if (strncmp(name, VIEW_HIDDEN, len) != 0)
		return 0;
	unsigned long long ino = strtoull(name + len, &end, 10);

	return *end == 0 ? mqueue_by_ino(f->ns, ino) : 0;
}

void mqueuefs_lookup(fuse_req_t req, const char *name)
{
	struct ipcns_fuse *f = view_of(req);
	size_t len = strlen(name);
	aref mq = 0;

	if (len > MQ_NAME_MAX) {
		fuse_reply_err(req, ENAMETOOLONG);
		return;
	}
	if (f->opener && fuse_req_ctx(req)->pid == f->opener)
		mq = find_hidden(f, name);
	if (!mq)
		mq = mqueue_find(f->ns, name, len);
	if (mq)
		reply_entry(req, mq_get(f->ns, mq));
	else
		fuse_reply_err(req, ENOENT);
}

void mqueuefs_getattr(fuse_req_t req, fuse_ino_t node)
{
	struct ipcns_fuse *f = view_of(req);
	struct stat st;

	if (node == VIEW_MQUEUE) {
		mqueuefs_root_attr(f, &st);
	} else {
		aref mq = mqueue_by_ino(f->ns, node);

		if (!mq) {
			fuse_reply_err(req, ESTALE);
			return;
		}
		queue_attr(mq_get(f->ns, mq), &st);
	}
	fuse_reply_attr(req, &st, VIEW_UNCACHED);
}

static struct timespec time_to_set(const struct ipcns_fuse *f, struct timespec given, bool now)
{
	return now ? ipc_now(f->ns) : given;
}

/*
 * The kernel's simple_setattr(): truncating changes st_size and nothing else about a queue. The
 * change time goes along with every change but a truncate(2) by path, which leaves all times alone.
 */
void mqueuefs_setattr(fuse_req_t req, fuse_ino_t node, const struct stat *attr, int to_set,
		      bool by_file)
{
	struct ipcns_fuse *f = view_of(req);
	aref mq = node == VIEW_MQUEUE ? 0 : mqueue_by_ino(f->ns, node);
	struct mq_setattr a = {
		.mode = attr->st_mode,
		.uid = attr->st_uid,
		.gid = attr->st_gid,
		.size = (uint64_t)attr->st_size,
		.atime = time_to_set(f, attr->st_atim, to_set & FUSE_SET_ATTR_ATIME_NOW),
		.mtime = time_to_set(f, attr->st_mtim, to_set & FUSE_SET_ATTR_MTIME_NOW),
	};

	if (node != VIEW_MQUEUE && !mq) {
		fuse_reply_err(req, ESTALE);
		return;
	}
	if (to_set & FUSE_SET_ATTR_MODE)
		a.set |= MQ_SET_MODE;
	if (to_set & FUSE_SET_ATTR_UID)
		a.set |= MQ_SET_UID;
	if (to_set & FUSE_SET_ATTR_GID)
		a.set |= MQ_SET_GID;
	if (to_set & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW))
		a.set |= MQ_SET_ATIME;
	if (to_set & (FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW))
		a.set |= MQ_SET_MTIME;
	if (to_set & FUSE_SET_ATTR_SIZE)
		a.set |= MQ_SET_SIZE;
	if ((to_set & FUSE_SET_ATTR_SIZE) && by_file) {
		a.set |= MQ_SET_MTIME;
		a.mtime = ipc_now(f->ns);
	}
	if (a.set != MQ_SET_SIZE) /* also for a chown(2) to nobody else */
		a.set |= MQ_SET_CTIME;
	mqueue_setattr(f->ns, mq, &a);
	mqueuefs_getattr(req, node);
}

/* open(O_CREAT) and mknod(2) of a name that is free: a queue with the default attributes. */
static int create(fuse_req_t req, const char *name, size_t len, mode_t mode, aref *mq)
{
	struct ipcns_fuse *f = view_of(req);
	const struct ipcns_fuse_hooks *h = &f->hooks;
	const struct fuse_ctx *who = fuse_req_ctx(req);
	struct ipc_cred cred = {.uid = who->uid, .gid = who->gid};
	uint64_t rlimit = UINT64_MAX;
	int r = 0;

	if (h->identify)
		r = h->identify(h->ctx, who->pid, &cred);
	if (r == 0 && h->rlimit_msgqueue)
		r = h->rlimit_msgqueue(h->ctx, who->pid, &rlimit);
	if (r < 0)
		return r;
	/* The request's ids are those of this very call. */
	cred.fsuid = who->uid;
	cred.fsgid = who->gid;
	return mqueue_create(f->ns, &cred, name, len, mode, NULL, rlimit, mq);
}

void mqueuefs_mknod(fuse_req_t req, const char *name, mode_t mode)
{
	struct ipcns_fuse *f = view_of(req);
	size_t len = strlen(name);
	aref mq;
	int r;

	/* vfs_mknod(): the directory has create, which is all a regular file needs, but no mknod. */
	if (!S_ISREG(mode))
		r = -EPERM;
	else if (mqueue_find(f->ns, name, len))
		r = -EEXIST;
	else
		r = create(req, name, len, mode, &mq);
	if (r < 0 && put_off_creation(req, name, mode, NULL, r))
		return;
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		reply_entry(req, mq_get(f->ns, mq));
}

/* As open(2) of the existing file would be judged; the kernel has not, it saw no file. */
static int may_open(fuse_req_t req, aref mq, int flags)
{
	struct ipcns_fuse *f = view_of(req);
	static const unsigned mask_of[] = {4, 2, 6, 6};
	const struct fuse_ctx *who = fuse_req_ctx(req);
	struct ipc_cred cred = {0};
	int r = 0;

	if (flags & O_EXCL)
		return -EEXIST;
	if (f->hooks.identify)
		r = f->hooks.identify(f->hooks.ctx, who->pid, &cred);
	cred.fsuid = who->uid;
	cred.fsgid = who->gid;
	return r < 0 ? r
		     : mqueue_permission(f->ns, mq_get(f->ns, mq), &cred,
					 mask_of[flags & O_ACCMODE]);
}

void mqueuefs_create(fuse_req_t req, const char *name, mode_t mode, struct fuse_file_info *fi)
{
	struct ipcns_fuse *f = view_of(req);
	size_t len = strlen(name);
	struct fuse_entry_param e;
	aref mq = mqueue_find(f->ns, name, len);
	int r;

	if (mq) /* a trapped mq_open came in between the kernel's lookup and this */
		r = may_open(req, mq, fi->flags);
	else
		r = create(req, name, len, mode, &mq);
	if (r < 0 && put_off_creation(req, name, mode, fi, r))
		return;
	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	prepare_file(f, fi);
	queue_entry(mq_get(f->ns, mq), &e);
	mqueue_ref(f->ns, mq);
	if (fuse_reply_create(req, &e, fi) == -ENOENT)
		mqueue_unref(f->ns, mq); /* the opener was killed: no release will come */
}

void mqueuefs_unlink(fuse_req_t req, const char *name)
{
	struct ipcns_fuse *f = view_of(req);
	aref mq = mqueue_find(f->ns, name, strlen(name));

	if (mq)
		mqueue_unlink(f->ns, mq);
	fuse_reply_err(req, mq ? 0 : ENOENT);
}

/* Directory offsets: 1 and 2 stand behind "." and "..", a queue's number behind the queue. */
static size_t add_entry(fuse_req_t req, char *buf, size_t room, const char *name, uint64_t ino,
			mode_t type, uint64_t off)
{
	struct stat st = {.st_ino = ino, .st_mode = type};

	return fuse_add_direntry(req, buf, room, name, &st, (off_t)off);
}

/* touch_atime() under relatime, which is what a mount has unless it says otherwise. */
static void dir_accessed(struct ipcns_fuse *f)
{
	struct mq_dir *dir = mqueue_dir(f->ns);
	time_t now = ipc_now(f->ns).tv_sec, a = dir->atime.tv_sec;

	if (a <= dir->mtime.tv_sec || a <= dir->ctime.tv_sec || now - a >= 24 * 60 * 60)
		dir->atime = (struct timespec){.tv_sec = now};
}

void mqueuefs_readdir(fuse_req_t req, size_t size, off_t off)
{
	struct ipcns_fuse *f = view_of(req);
	static const char *const dots[] = {".", ".."};
	char buf[16384];
	size_t used = 0, n;

	if (size > sizeof(buf))
		size = sizeof(buf);
	dir_accessed(f);
	while (off >= 0 && off < 2) {
		n = add_entry(req, buf + used, size - used, dots[off], MQ_ROOT_INO, S_IFDIR,
			      (uint64_t)off + 1);
		if (n > size - used)
			goto out;
		used += n;
		off++;
	}

	aref mq = off == 2 ? mqueue_first(f->ns) : mqueue_below(f->ns, (uint64_t)off);

	for (; mq; mq = mqueue_next(f->ns, mq)) {
		const struct mq_record *q = mq_get(f->ns, mq);

		n = add_entry(req, buf + used, size - used, q->name, q->ino, S_IFREG, q->ino);
		if (n > size - used)
			break;
		used += n;
	}
out:
	fuse_reply_buf(req, buf, used);
}

void mqueuefs_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	struct ipcns_fuse *f = view_of(req);
	aref mq = mqueue_by_ino(f->ns, node);

	if (!mq) {
		fuse_reply_err(req, ESTALE);
		return;
	}
	if (fi->flags & O_DIRECT) { /* do_dentry_open(): not for a file system without direct I/O */
		fuse_reply_err(req, EINVAL);
		return;
	}
	if (fi->flags & O_TRUNC) {
		const struct mq_setattr a = {.set = MQ_SET_SIZE | MQ_SET_MTIME | MQ_SET_CTIME,
					     .mtime = ipc_now(f->ns)};

		mqueue_setattr(f->ns, mq, &a);
	}
	prepare_file(f, fi);
	mqueue_ref(f->ns, mq);
	if (fuse_reply_open(req, fi) == -ENOENT)
		mqueue_unref(f->ns, mq);
}

void mqueuefs_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t off)
{
	struct ipcns_fuse *f = view_of(req);
	const struct ipcns_fuse_hooks *h = &f->hooks;
	aref mq = mqueue_by_ino(f->ns, node);
	char text[MQ_FILENT_SIZE];

	if (!mq || off < 0) {
		fuse_reply_err(req, mq ? EINVAL : ESTALE);
		return;
	}
	const struct mq_record *q = mq_get(f->ns, mq);
	uint32_t pid = q->reg.active ? q->reg.tgid : 0;

	if (pid && h->pid_for_reader) {
		const struct ipcns_fuse_reader who = view_reader(h, req);

		pid = h->pid_for_reader(h->ctx, pid, &who);
	}

	size_t len = mqueue_status(q, (int)pid, text, sizeof(text));

	if ((uint64_t)off >= len || size == 0) {
		fuse_reply_buf(req, NULL, 0);
		return;
	}
	mqueue_touch_attr(f->ns, mq);
	len -= (size_t)off;
	fuse_reply_buf(req, text + off, len < size ? len : size);
}

void mqueuefs_poll(fuse_req_t req, fuse_ino_t node, const struct fuse_file_info *fi,
		   struct fuse_pollhandle *ph)
{
	struct ipcns_fuse *f = view_of(req);
	aref mq = mqueue_by_ino(f->ns, node);
	int r = mq ? 0 : -ESTALE;

	if (ph && mq)
		r = pollers_add(&f->pollers, node, fi->fh, ph);
	else if (ph)
		fuse_pollhandle_destroy(ph);
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_poll(req, mqueue_poll(f->ns, mq));
}

/* Thread group of @tid, 0 if it is not there. */
static uint32_t tgid_of(pid_t tid)
{
	char path[32], line[128];
	unsigned tgid = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	FILE *status = fopen(path, "re");

	if (!status)
		return 0;
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "Tgid: %u", &tgid) == 1)
			break;
	fclose(status);
	return tgid;
}

void mqueuefs_flush(fuse_req_t req, fuse_ino_t node)
{
	struct ipcns_fuse *f = view_of(req);
	aref mq = mqueue_by_ino(f->ns, node);

	/* Only a registration makes it matter who closes: keep the usual close cheap. */
	if (mq && mq_get(f->ns, mq)->reg.active) {
		uint32_t tgid = tgid_of(fuse_req_ctx(req)->pid);

		if (tgid)
			mqueue_flush(f->ns, mq, tgid);
	}
	fuse_reply_err(req, 0);
}

void mqueuefs_release(fuse_req_t req, fuse_ino_t node, const struct fuse_file_info *fi)
{
	struct ipcns_fuse *f = view_of(req);
	aref mq = mqueue_by_ino(f->ns, node);

	pollers_drop(&f->pollers, node, fi->fh);
	if (mq)
		mqueue_unref(f->ns, mq);
	fuse_reply_err(req, 0);
}
