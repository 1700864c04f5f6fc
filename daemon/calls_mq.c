/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls on an open message queue descriptor: send, receive, notify, attributes. The descriptor was
 * resolved together with the caller; its inode number is the queue.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "daemon/calls.h"
#include "daemon/mq_notify.h"
#include "daemon/opener.h"

/* OPEN_FMODE(): access mode 3 opens for neither. */
#define MAY_READ(flags) (((flags) + 1) & 1)
#define MAY_WRITE(flags) (((flags) + 1) & 2)

/* The queue of the call's descriptor, or 0 when it is no queue's (EBADF). */
static aref queue_of_fd(const struct call_ctx *c)
{
	const struct task_fd *fd = &c->ident.fd;

	if (!fd->ok || fd->dev != ipcns_fuse_st_dev(c->srv->fuse) || (fd->flags & O_PATH))
		return 0;
	return mqueue_by_ino(&c->srv->ns, fd->ino);
}

static int get_deadline(struct call_ctx *c, uint64_t addr)
{
	struct abi_bytes b;
	struct timespec ts;
	int r;

	if (!addr)
		return 0;
	r = call_get(c, addr, &b, abi_sizeof_timespec(c->call.abi));
	if (r == 0)
		r = abi_get_timespec(c->call.abi, &b, &ts);
	if (r < 0)
		return r;
	c->slot->clock = CLOCK_REALTIME;
	if (ts.tv_sec > INT64_MAX / 1000000000 - 1)
		c->slot->deadline_ns = INT64_MAX;
	else
		c->slot->deadline_ns = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
	if (c->slot->deadline_ns == 0)
		c->slot->deadline_ns = 1;
	return 0;
}

/* wq_add() orders waiters by static priority; natively that is the nice value. */
static int nice_of(const struct call_ctx *c)
{
	errno = 0;
	int nice = getpriority(PRIO_PROCESS, slot_notif(c->slot)->pid);

	return errno ? 0 : nice;
}

static int send_and_notify(struct call_ctx *c, aref mq)
{
	struct mq_signal signal = {.pidfd = -1};

	c->srv->notifying = &signal;
	int r = mqueue_send(&c->srv->ns, c->slot, mq, c->ident.fd.flags & O_NONBLOCK);

	c->srv->notifying = NULL;
	mq_notify_send(c->srv->listener[c->slot->listener], &signal);
	return r;
}

enum call_next calls_mq_timedsend(struct call_ctx *c)
{
	struct ipc_ns *ns = &c->srv->ns;
	struct ipc_slot *s = c->slot;
	uint64_t size = c->call.args[2];
	uint32_t prio = (uint32_t)c->call.args[3];
	aref mq;
	int r = get_deadline(c, c->call.args[4]);

	if (r < 0)
		return call_result(c, r);
	if (prio >= IPC_MQ_PRIO_MAX)
		return call_result(c, -EINVAL);
	mq = queue_of_fd(c);
	if (!mq || !MAY_WRITE(c->ident.fd.flags))
		return call_result(c, -EBADF);
	if (size > (uint64_t)mq_get(ns, mq)->msgsize)
		return call_result(c, -EMSGSIZE);
	if (!ipc_quota_state(ns, size) || ipc_msg_alloc(&ns->mq_body, size, &s->u.mq.msg) < 0)
		return call_result(c, -ENOMEM);

	struct ipc_msg *m = ipc_msg_get(&ns->mq_body, s->u.mq.msg);

	m->type = prio;
	/* Held like a file across the copy: a sibling may close the descriptor meanwhile. */
	mqueue_ref(ns, mq);
	r = call_copy_in(c, c->call.args[1], m->text, size);
	if (r == 0) {
		const struct mq_record *q = mq_get(ns, mq);

		s->u.mq.size = size;
		if (q->curmsgs == q->maxmsg)
			s->u.mq.nice = nice_of(c);
		r = send_and_notify(c, mq);
	}
	if (r < 0)
		ipc_msg_free(&ns->mq_body, s->u.mq.msg);
	if (r != IPC_PARKED)
		s->u.mq.msg = 0;
	mqueue_unref(ns, mq);
	return call_outcome(c, r);
}

enum call_next calls_mq_timedreceive(struct call_ctx *c)
{
	struct ipc_ns *ns = &c->srv->ns;
	struct ipc_slot *s = c->slot;
	aref mq;
	int r = get_deadline(c, c->call.args[4]);

	if (r < 0)
		return call_result(c, r);
	mq = queue_of_fd(c);
	if (!mq || !MAY_READ(c->ident.fd.flags))
		return call_result(c, -EBADF);

	const struct mq_record *q = mq_get(ns, mq);

	if (c->call.args[2] < (uint64_t)q->msgsize)
		return call_result(c, -EMSGSIZE);
	s->u.mq.ubuf = c->call.args[1];
	s->u.mq.uprio = c->call.args[3];
	if (q->curmsgs == 0)
		s->u.mq.nice = nice_of(c);
	s->op = SLOT_MQ_RECEIVE;
	s->obj = mq;
	return call_outcome(c, mqueue_receive(ns, s, mq, c->ident.fd.flags & O_NONBLOCK));
}

static int64_t register_signal(struct call_ctx *c, aref mq, const struct abi_sigevent *ev)
{
	struct mq_registration reg = {
		.active = 1,
		.tgid = c->slot->cred.tgid,
		.start_time = c->slot->start_time,
		.uid = c->slot->cred.uid,
		.exec_id = c->ident.exec_id,
		.notify = ev->notify,
		.signo = ev->signo,
		.value = ev->value,
		.sock = -1,
		.ino = mq_get(&c->srv->ns, mq)->ino,
		.user_ns = c->ident.user_ns,
	};

	server_note_user_ns(c->srv, (pid_t)c->ident.cred.tid, reg.user_ns);
	return mqueue_notify(&c->srv->ns, mq, reg.tgid, &reg);
}

/*
 * netlink_getsockbyfd(). Looked at before it is fetched, because what is fetched must be closed, and
 * closing a file asks whoever serves it, who may never answer.
 */
static int check_socket(struct call_ctx *c, int fd)
{
	struct task_ident ident;
	int r = call_identify(c, fd, &ident);

	if (r < 0)
		return -EINTR;
	if (fd < 0 || !ident.fd.ok)
		return -EBADF;
	return ident.fd.type == S_IFSOCK ? 0 : -ENOTSOCK;
}

/* The cookie waits in the slot while the opener fetches the socket. */
static enum call_next register_thread(struct call_ctx *c, const struct abi_sigevent *ev)
{
	struct ipc_slot *s = c->slot;
	struct opener_job job = {
		.kind = OPENER_SOCKET,
		.slot = s->self,
		.listener_fd = server_listener_fd(c->srv, s),
		.notif_id = slot_notif(s)->id,
		.tid = (int32_t)s->cred.tid,
		.fd = ev->signo,
	};
	int r = call_copy_in(c, ev->value, s->u.open.cookie, sizeof(s->u.open.cookie));

	if (r == 0)
		r = check_socket(c, ev->signo);
	if (r < 0)
		return call_result(c, r);
	s->op = SLOT_MQ_OPENER;
	s->u.open.ino = queue_of_fd(c) ? c->ident.fd.ino : 0;
	r = opener_submit(c->srv->opener, &job);
	return r < 0 ? call_result(c, r) : CALL_PARKED;
}

enum call_next calls_mq_notify(struct call_ctx *c)
{
	struct abi_sigevent ev;
	struct abi_bytes b;
	aref mq;

	if (!c->call.args[1]) {
		mq = queue_of_fd(c);
		return call_result(c, mq ? mqueue_notify(&c->srv->ns, mq, c->slot->cred.tgid, NULL)
					 : -EBADF);
	}
	int r = call_get(c, c->call.args[1], &b, abi_sizeof_sigevent(c->call.abi));

	if (r < 0)
		return call_result(c, r);
	abi_get_sigevent(c->call.abi, &b, &ev);
	if (ev.notify == SIGEV_THREAD)
		return register_thread(c, &ev);
	if (ev.notify != SIGEV_NONE && ev.notify != SIGEV_SIGNAL)
		return call_result(c, -EINVAL);
	/* valid_signal(): 0 is one, and sends nothing. */
	if (ev.notify == SIGEV_SIGNAL && (ev.signo < 0 || ev.signo > 64))
		return call_result(c, -EINVAL);
	mq = queue_of_fd(c);
	return call_result(c, mq ? register_signal(c, mq, &ev) : -EBADF);
}

static int put_attr(struct call_ctx *c, aref mq, uint64_t addr)
{
	const struct mq_record *q = mq_get(&c->srv->ns, mq);
	struct mq_attr_val attr = {
		.flags = c->ident.fd.flags & O_NONBLOCK,
		.maxmsg = q->maxmsg,
		.msgsize = q->msgsize,
		.curmsgs = q->curmsgs,
	};
	struct abi_bytes b;

	abi_put_mq_attr(c->call.abi, &attr, &b);
	return call_put(c, addr, &b);
}

enum call_next calls_mq_getsetattr(struct call_ctx *c)
{
	uint64_t unew = c->call.args[1], uold = c->call.args[2];
	struct mq_attr_val attr = {0};
	struct abi_bytes b;
	aref mq;
	int r;

	if (unew) {
		r = call_get(c, unew, &b, abi_sizeof_mq_attr(c->call.abi));
		if (r < 0)
			return call_result(c, r);
		abi_get_mq_attr(c->call.abi, &b, &attr);
		if (attr.flags & ~(int64_t)O_NONBLOCK)
			return call_result(c, -EINVAL);
	}
	mq = queue_of_fd(c);
	if (!mq)
		return call_result(c, -EBADF);
	if (unew)
		mqueue_touch_attr(&c->srv->ns, mq);
	/* The old attributes are those before the change; the copy may fault after it, natively. */
	r = uold ? put_attr(c, mq, uold) : 0;
	if (!unew || ((attr.flags ^ c->ident.fd.flags) & O_NONBLOCK) == 0)
		return call_result(c, r);

	struct opener_job job = {
		.kind = OPENER_SETFL,
		.slot = c->slot->self,
		.listener_fd = server_listener_fd(c->srv, c->slot),
		.notif_id = slot_notif(c->slot)->id,
		.tid = (int32_t)c->slot->cred.tid,
		.fd = (int)c->call.args[0],
		.oflags = (int)attr.flags,
	};

	c->slot->op = SLOT_MQ_OPENER;
	c->slot->result = r;
	r = opener_submit(c->srv->opener, &job);
	return r < 0 ? call_result(c, r) : CALL_PARKED;
}
