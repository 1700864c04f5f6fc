/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answering. A receiver's message is copied to it just before the answer; when the answer cannot be
 * delivered because the task was killed meanwhile (ENOENT from the first SEND), the message goes
 * back to its place. A buffer that faults loses the message, as natively.
 */
#include <errno.h>

#include "daemon/calls.h"
#include "daemon/memories.h"
#include "ipc/config.h"
#include "seccomp/listener.h"

/* do_msg_fill(): type and at most bufsz bytes of text. */
static int64_t fill_msgrcv(struct server *srv, struct ipc_slot *s)
{
	struct ipc_msg *m = ipc_msg_get(&srv->ns.msg_body, s->u.rcv.msg);
	uint64_t len = m->size < s->u.rcv.bufsz ? m->size : s->u.rcv.bufsz;
	const int32_t narrow = (int32_t)m->type; /* compat_do_msg_fill(): what does not fit is cut */
	const bool wide = s->u.rcv.mtype_size == sizeof(m->type);
	const char *type = wide ? (const char *)&m->type : (const char *)&narrow;
	const size_t size = s->u.rcv.mtype_size;
	const uint64_t addr = s->u.rcv.ubuf;
	const size_t first = 4096 - addr % 4096; /* bytes of the type in its first page */
	int r = 0;

	/* put_user() stores the type whole or not at all: the page that may be missing goes first. */
	if (first < size)
		r = memories_write(srv, s, addr + first, type + first, size - first);
	if (r == 0 && wide)
		r = memories_write(srv, s, addr, type, size + len);
	else if (r == 0)
		r = memories_write(srv, s, addr, type, size);
	if (r == 0 && !wide)
		r = memories_write(srv, s, addr + size, m->text, len);
	return r < 0 ? r : (int64_t)len;
}

/* do_mq_timedreceive(): the priority first, then the text. */
static int64_t fill_mq_receive(struct server *srv, struct ipc_slot *s)
{
	struct ipc_msg *m = ipc_msg_get(&srv->ns.mq_body, s->u.mq.msg);
	uint32_t prio = (uint32_t)m->type;
	int r = 0;

	if (s->u.mq.uprio)
		r = memories_write(srv, s, s->u.mq.uprio, &prio, sizeof(prio));
	if (r == 0)
		r = memories_write(srv, s, s->u.mq.ubuf, m->text, m->size);
	return r < 0 ? r : (int64_t)m->size;
}

static void put_back(struct server *srv, struct ipc_slot *s)
{
	if (IPCNS_WITH_MSG && s->op == SLOT_MSGRCV && s->u.rcv.msg) {
		if (s->u.rcv.copy)
			ipc_msg_free(&srv->ns.msg_body, s->u.rcv.msg);
		else
			msg_return(&srv->ns, s->u.rcv.msqid, s->u.rcv.msg);
		s->u.rcv.msg = 0;
	} else if (IPCNS_WITH_MQUEUE && s->op == SLOT_MQ_RECEIVE && s->u.mq.msg) {
		mqueue_return(&srv->ns, s->obj, s->u.mq.msg);
		s->u.mq.msg = 0;
	}
}

static void release(struct server *srv, struct ipc_slot *s)
{
	if (s->op == SLOT_MSGRCV)
		ipc_msg_free(&srv->ns.msg_body, s->u.rcv.msg);
	else if (s->op == SLOT_MQ_RECEIVE)
		ipc_msg_free(&srv->ns.mq_body, s->u.mq.msg);
	call_done(srv, s);
}

bool reply_copies(const struct ipc_slot *s)
{
	return s->result >= 0 && ((s->op == SLOT_MSGRCV && s->u.rcv.msg) ||
				  (s->op == SLOT_MQ_RECEIVE && s->u.mq.msg));
}

void reply_send(struct server *srv, struct ipc_slot *s)
{
	int64_t result = s->result;

	if (result >= 0 && s->op == SLOT_MSGRCV && s->u.rcv.msg)
		result = fill_msgrcv(srv, s);
	else if (result >= 0 && s->op == SLOT_MQ_RECEIVE && s->u.mq.msg)
		result = fill_mq_receive(srv, s);

	/* A buffer that faults is the caller's fault, and what it was to hold is lost; ours is not. */
	if (s->result >= 0 && result < 0 && result != -EFAULT) {
		put_back(srv, s);
		result = -ENOMEM;
	}

	/* Only now: the lock was given up for the copy. */
	int fd = server_listener_fd(srv, s);

	s->state = SLOT_SENDING;
	if (fd < 0 || listener_send(fd, slot_notif(s)->id, result) == -ENOENT)
		put_back(srv, s);
	release(srv, s);
}

void reply_abandon(struct server *srv, struct ipc_slot *s)
{
	put_back(srv, s);
	release(srv, s);
}

void reply_parked(struct server *srv, struct ipc_slot *s, int64_t result)
{
	ipc_cancel(&srv->ns, s);
	s->result = result;
	reply_send(srv, s);
}
