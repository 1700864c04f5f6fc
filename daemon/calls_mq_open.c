/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mq_open, mq_unlink, and the calls that the opener thread finishes.
 *
 * What a name means and who may open it is decided here, as do_mq_open() decides it; only then the
 * opener opens the queue by its inode number and installs the descriptor. Between the two the
 * queue is held by a reference, so an unlink in that moment does no harm.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/calls.h"
#include "daemon/mq_notify.h"
#include "daemon/opener.h"

/*
 * lookup_noperm(): empty is ENOENT, a slash, "." and ".." are EACCES, more than NAME_MAX is
 * ENAMETOOLONG.
 */
static int take_name(const char *path, size_t len, char name[MQ_NAME_MAX + 1])
{
	if (len == 0)
		return -ENOENT;
	if (strchr(path, '/') || strcmp(path, ".") == 0 || strcmp(path, "..") == 0)
		return -EACCES;
	if (len > MQ_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, path, len + 1);
	return 0;
}

/* getname(): a path may be long before it is wrong, too long for the stack that each receiver keeps. */
static int get_name(struct call_ctx *c, uint64_t addr, char name[MQ_NAME_MAX + 1], size_t *len)
{
	char *path = malloc(PATH_MAX);
	ssize_t r = path ? call_copy_str(c, addr, path, PATH_MAX) : -ENOMEM;

	if (r >= 0) {
		*len = (size_t)r;
		r = take_name(path, *len, name);
	}
	free(path);
	return (int)r;
}

static int open_existing(struct call_ctx *c, aref mq, int oflag)
{
	static const unsigned mask[] = {[O_RDONLY] = 4, [O_WRONLY] = 2, [O_RDWR] = 6};

	if ((oflag & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if ((oflag & O_ACCMODE) == (O_RDWR | O_WRONLY))
		return -EINVAL;
	return mqueue_permission(&c->srv->ns, mq_get(&c->srv->ns, mq), &c->slot->cred,
				 mask[oflag & O_ACCMODE]);
}

static int create(struct call_ctx *c, const char *name, size_t len, uint32_t mode,
		  const struct mq_attr_val *attr, aref *mq)
{
	const struct ipc_cred *cred = &c->slot->cred;
	uint64_t rlimit;
	int r = mqueue_dir_permission(&c->srv->ns, cred, 3);

	if (r == 0)
		r = task_rlimit_msgqueue((pid_t)cred->tgid, &rlimit);
	if (r < 0)
		return r;
	return mqueue_create(&c->srv->ns, cred, name, len, mode & 07777 & ~cred->umask, attr, rlimit,
			     mq);
}

/*
 * do_mq_open() reserves the descriptor after it has copied the attributes and the name, and before
 * it looks the name up: with a full table every later error is EMFILE.
 */
static enum call_next open_failed(struct call_ctx *c, int r)
{
	bool before = r == -EFAULT || r == -EINTR;

	if (!before && task_fds_full((pid_t)c->slot->cred.tgid))
		r = -EMFILE;
	return call_result(c, r);
}

/* prepare_open() */
static int find_or_create(struct call_ctx *c, const char *name, size_t len,
			  const struct mq_attr_val *attr, aref *mq, bool *created)
{
	int oflag = (int)c->call.args[1];

	*created = false;
	*mq = mqueue_find(&c->srv->ns, name, len);
	if (*mq)
		return open_existing(c, *mq, oflag);
	if (!(oflag & O_CREAT))
		return -ENOENT;
	int r = create(c, name, len, (uint32_t)c->call.args[2], attr, mq);

	*created = r == 0;
	return r;
}

enum call_next calls_mq_open(struct call_ctx *c)
{
	struct ipc_ns *ns = &c->srv->ns;
	struct ipc_slot *s = c->slot;
	int oflag = (int)c->call.args[1];
	uint64_t uattr = c->call.args[3];
	struct mq_attr_val attr;
	struct abi_bytes b;
	char name[MQ_NAME_MAX + 1];
	size_t len = 0;
	bool created;
	int r = 0;

	server_serve_fuse(c->srv);
	if (uattr) {
		r = call_get(c, uattr, &b, abi_sizeof_mq_attr(c->call.abi));
		if (r == 0)
			abi_get_mq_attr(c->call.abi, &b, &attr);
	}
	if (r == 0)
		r = get_name(c, c->call.args[0], name, &len);
	if (r < 0)
		return open_failed(c, r);

	aref mq;

	r = find_or_create(c, name, len, uattr ? &attr : NULL, &mq, &created);
	/* A queue that the caller has just given up may still count. */
	if (r == -EMFILE || r == -ENOSPC) {
		opener_settle(c->srv->opener);
		r = find_or_create(c, name, len, uattr ? &attr : NULL, &mq, &created);
	}
	if (r < 0)
		return open_failed(c, r);

	struct opener_job job = {
		.kind = OPENER_OPEN,
		.slot = s->self,
		.listener_fd = server_listener_fd(c->srv, s),
		.notif_id = slot_notif(s)->id,
		.ino = mq_get(ns, mq)->ino,
		.oflags = oflag,
	};

	memcpy(job.name, name, len + 1);
	mqueue_ref(ns, mq);
	s->op = SLOT_MQ_OPENER;
	s->obj = mq;
	s->u.open.created = created;
	s->state = SLOT_SENDING;
	r = opener_submit(c->srv->opener, &job);
	if (r < 0) {
		mqueue_unref(ns, mq);
		return call_result(c, r);
	}
	return CALL_PARKED;
}

enum call_next calls_mq_unlink(struct call_ctx *c)
{
	struct ipc_ns *ns = &c->srv->ns;
	char name[MQ_NAME_MAX + 1];
	size_t len = 0;

	server_serve_fuse(c->srv);
	int r = get_name(c, c->call.args[0], name, &len);

	if (r < 0)
		return call_result(c, r);

	aref mq = mqueue_find(ns, name, len);

	if (!mq)
		return call_result(c, -ENOENT);
	r = mqueue_may_unlink(ns, &c->slot->cred, mq_get(ns, mq));
	if (r == 0)
		mqueue_unlink(ns, mq);
	return call_result(c, r);
}

static void finish_open(struct server *srv, struct ipc_slot *s, int result)
{
	aref mq = s->obj;

	const struct mq_record *q = mq_get(&srv->ns, mq);

	/*
	 * Natively the descriptor is reserved before the queue is made. One that others have found by
	 * its name meanwhile is no longer ours to take away. The opener's own descriptor is none of
	 * them, though it counts until the file system has told of its last close.
	 */
	if (result < 0 && result != OPENER_GONE && s->u.open.created)
		server_serve_fuse(srv);
	if (result < 0 && result != OPENER_GONE && s->u.open.created && q->linked && q->refs == 1)
		mqueue_unlink(&srv->ns, mq);
	mqueue_unref(&srv->ns, mq);
	if (result == 0 || result == OPENER_GONE) {
		call_done(srv, s);
		return;
	}
	s->result = result;
	reply_send(srv, s);
}

static void finish_socket(struct server *srv, struct ipc_slot *s, int sock)
{
	aref mq = s->u.open.ino ? mqueue_by_ino(&srv->ns, s->u.open.ino) : 0;
	struct mq_registration reg = {
		.active = 1,
		.tgid = s->cred.tgid,
		.start_time = s->start_time,
		.uid = s->cred.uid,
		.notify = SIGEV_THREAD,
		.sock = sock,
		.ino = s->u.open.ino,
	};
	int r = sock;

	if (sock >= 0) {
		memcpy(reg.cookie, s->u.open.cookie, sizeof(reg.cookie));
		r = mq ? mq_notify_bind(sock) : -EBADF;
		if (r == 0)
			r = mqueue_notify(&srv->ns, mq, reg.tgid, &reg);
		if (r < 0)
			close(sock);
	}
	s->result = r;
	reply_send(srv, s);
}

void calls_mq_opened(struct server *srv, const struct opener_job *job)
{
	struct ipc_slot *s = slot_get(&srv->ns, job->slot);

	switch (job->kind) {
	case OPENER_OPEN:
		finish_open(srv, s, job->result);
		break;
	case OPENER_SETFL:
		if (job->result < 0 && s->result == 0)
			s->result = job->result;
		reply_send(srv, s);
		break;
	case OPENER_SOCKET:
		finish_socket(srv, s, job->result < 0 ? job->result
						      : opener_take_fd(srv->opener, job->result));
		break;
	case OPENER_CLOSE:
		break;
	}
}
