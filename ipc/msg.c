/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sending and receiving. A message is in exactly one place: the slot that brought it, the queue's
 * list, or the slot it was granted to. Linking it into the list (or handing it to a receiver) is
 * the commit of a send, unlinking it that of a receive; qnum and cbytes follow from the list.
 *
 * Sleepers: receivers are served as pipelined_send() does, in FIFO order by what they ask for;
 * senders as ss_wakeup() does, in FIFO order by what fits, those that do not fit being passed by.
 */
#include "ipc/msg.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "ipc/msg_private.h"
#include "ipc/perm.h"

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

static void link_tail(struct ipc_ns *ns, struct msg_record *q, aref ref)
{
	struct ipc_msg *m = ipc_msg_get(&ns->msg_body, ref);

	m->seq = q->next_seq++;
	m->next = 0;
	m->prev = q->tail;
	if (q->tail)
		ipc_msg_get(&ns->msg_body, q->tail)->next = ref;
	else
		q->head = ref;
	q->tail = ref;
	q->qnum++;
	q->cbytes += m->size;
}

static void unlink_message(struct ipc_ns *ns, struct msg_record *q, aref ref)
{
	struct ipc_msg *m = ipc_msg_get(&ns->msg_body, ref);

	if (m->prev)
		ipc_msg_get(&ns->msg_body, m->prev)->next = m->next;
	else
		q->head = m->next;
	if (m->next)
		ipc_msg_get(&ns->msg_body, m->next)->prev = m->prev;
	else
		q->tail = m->prev;
	m->prev = m->next = 0;
	q->qnum--;
	q->cbytes -= m->size;
}

/* msg_fits_inqueue(): bytes, and as many zero-length messages as there may be bytes. */
static bool fits(const struct msg_record *q, uint64_t size)
{
	return size + q->cbytes <= q->qbytes && 1 + q->qnum <= q->qbytes;
}

static bool matches(const struct ipc_msg *m, int64_t type, int mode)
{
	switch (mode) {
	case MSG_SEARCH_ANY:
	case MSG_SEARCH_NUMBER:
		return true;
	case MSG_SEARCH_LESSEQUAL:
		return m->type <= type;
	case MSG_SEARCH_EQUAL:
		return m->type == type;
	case MSG_SEARCH_NOTEQUAL:
		return m->type != type;
	}
	return false;
}

static aref find_message(struct ipc_ns *ns, const struct msg_record *q, int64_t type, int mode)
{
	aref found = 0;
	int64_t count = 0;

	for (aref ref = q->head; ref; ref = ipc_msg_get(&ns->msg_body, ref)->next) {
		const struct ipc_msg *m = ipc_msg_get(&ns->msg_body, ref);

		if (!matches(m, type, mode))
			continue;
		if (mode == MSG_SEARCH_LESSEQUAL && m->type != 1) {
			/* Go on looking for a lower type; of equals the first stays. */
			type = m->type - 1;
			found = ref;
		} else if (mode == MSG_SEARCH_NUMBER) {
			if (type == count)
				return ref;
			count++;
		} else {
			return ref;
		}
	}
	return found;
}

/* Hand @msg to the first parked receiver that wants it; too small ones get E2BIG on the way. */
static bool hand_to_receiver(struct ipc_ns *ns, struct msg_record *q, aref msg)
{
	const struct ipc_msg *m = ipc_msg_get(&ns->msg_body, msg);
	struct ipc_slot *r, *next;

	for (r = slot_get(ns, q->receivers.head); r; r = next) {
		next = slot_get(ns, r->next);
		if (!matches(m, r->u.rcv.type, r->u.rcv.mode))
			continue;
		if (!ipc_alive(ns, r)) {
			ipc_complete(ns, r, -ESRCH);
			continue;
		}
		if (r->u.rcv.maxsize < m->size) {
			ipc_complete(ns, r, -E2BIG);
			continue;
		}
		r->u.rcv.msg = msg;
		/* pipelined_send() notes the thread; a receiver that need not wait, its process. */
		q->lrpid = r->cred.tid;
		q->rtime = ipc_now(ns).tv_sec;
		ipc_complete(ns, r, 0);
		return true;
	}
	return false;
}

static void commit_send(struct ipc_ns *ns, struct msg_record *q, const struct ipc_cred *cred,
			aref msg)
{
	/* A returned message must find its place even if it never was in the list. */
	ipc_msg_get(&ns->msg_body, msg)->seq = q->next_seq;
	q->lspid = cred->tgid;
	q->stime = ipc_now(ns).tv_sec;
	if (hand_to_receiver(ns, q, msg))
		q->next_seq++;
	else
		link_tail(ns, q, msg);
}

int msg_send(struct ipc_ns *ns, struct ipc_slot *s, int32_t msqid, int32_t flg)
{
	struct msg_record *q;
	aref ref;
	int r = msg_obtain(ns, msqid, &ref, &q);

	if (r == 0)
		r = ipc_perms(ns, &s->cred, &q->perm, 0222);
	if (r < 0)
		return r;
	if (!fits(q, s->u.snd.size)) {
		if (flg & IPC_NOWAIT)
			return -EAGAIN;
		r = ipc_quota_parked(ns);
		if (r < 0)
			return r;
		sleep_enqueue(ns, &ns->msg_rec, &q->senders, s, SLOT_MSGSND, ref);
		return IPC_PARKED;
	}
	commit_send(ns, q, &s->cred, s->u.snd.msg);
	s->u.snd.msg = 0;
	return 0;
}

void msg_admit_senders(struct ipc_ns *ns, struct msg_record *q)
{
	struct ipc_slot *s, *next;

	for (s = slot_get(ns, q->senders.head); s; s = next) {
		next = slot_get(ns, s->next);
		if (!ipc_alive(ns, s)) {
			ipc_complete(ns, s, -ESRCH);
			msg_cancel(ns, s);
			continue;
		}
		if (!fits(q, s->u.snd.size))
			continue;
		/* Natively it is only woken when it fits, and then looks at the mode again. */
		if (ipc_perms(ns, &s->cred, &q->perm, 0222) < 0) {
			ipc_complete(ns, s, -EACCES);
			msg_cancel(ns, s);
			continue;
		}
		commit_send(ns, q, &s->cred, s->u.snd.msg);
		s->u.snd.msg = 0;
		ipc_complete(ns, s, 0);
	}
}

static int copy_message(struct ipc_ns *ns, aref msg, aref *out)
{
	const uint64_t size = ipc_msg_get(&ns->msg_body, msg)->size;
	aref copy;

	if (ipc_msg_alloc(&ns->msg_body, size, &copy) < 0)
		return -ENOMEM;
	struct ipc_msg *to = ipc_msg_get(&ns->msg_body, copy);
	const struct ipc_msg *from = ipc_msg_get(&ns->msg_body, msg);

	to->type = from->type;
	memcpy(to->text, from->text, size);
	*out = copy;
	return 0;
}

static int convert_mode(int64_t *type, int32_t flg)
{
	if (flg & MSG_COPY)
		return MSG_SEARCH_NUMBER;
	if (*type == 0)
		return MSG_SEARCH_ANY;
	if (*type < 0) {
		*type = *type == LONG_MIN ? LONG_MAX : -*type;
		return MSG_SEARCH_LESSEQUAL;
	}
	return (flg & MSG_EXCEPT) ? MSG_SEARCH_NOTEQUAL : MSG_SEARCH_EQUAL;
}

int msg_receive(struct ipc_ns *ns, struct ipc_slot *s, int32_t msqid, int64_t type, int32_t flg)
{
	struct msg_record *q;
	aref ref, found;
	int mode = convert_mode(&type, flg);
	int r = msg_obtain(ns, msqid, &ref, &q);

	if (r == 0)
		r = ipc_perms(ns, &s->cred, &q->perm, 0444);
	if (r < 0)
		return r;

	found = find_message(ns, q, type, mode);
	if (found) {
		const struct ipc_msg *m = ipc_msg_get(&ns->msg_body, found);

		if (s->u.rcv.bufsz < m->size && !(flg & MSG_NOERROR))
			return -E2BIG;
		if (flg & MSG_COPY) {
			/* copy_msg() does not cut, whatever MSG_NOERROR says. */
			if (m->size > s->u.rcv.bufsz || m->size > ipc_limits(ns)->msgmax)
				return -EINVAL;
			return copy_message(ns, found, &s->u.rcv.msg);
		}
		s->u.rcv.msg = found;
		unlink_message(ns, q, found);
		q->rtime = ipc_now(ns).tv_sec;
		q->lrpid = s->cred.tgid;
		if (q->senders.count)
			msg_admit_senders(ns, q);
		return 0;
	}
	if (flg & IPC_NOWAIT)
		return -ENOMSG;
	r = ipc_quota_parked(ns);
	if (r < 0)
		return r;
	s->u.rcv.type = type;
	s->u.rcv.mode = mode;
	s->u.rcv.maxsize = (flg & MSG_NOERROR) ? UINT64_MAX : s->u.rcv.bufsz;
	sleep_enqueue(ns, &ns->msg_rec, &q->receivers, s, SLOT_MSGRCV, ref);
	return IPC_PARKED;
}

void msg_return(struct ipc_ns *ns, int32_t msqid, aref msg)
{
	struct msg_record *q;
	aref ref;

	if (!msg)
		return;
	if (msg_obtain(ns, msqid, &ref, &q) < 0) {
		ipc_msg_free(&ns->msg_body, msg);
		return;
	}
	if (hand_to_receiver(ns, q, msg))
		return;

	struct ipc_msg *m = ipc_msg_get(&ns->msg_body, msg);
	aref next = q->head;

	while (next && ipc_msg_get(&ns->msg_body, next)->seq < m->seq)
		next = ipc_msg_get(&ns->msg_body, next)->next;
	m->next = next;
	m->prev = next ? ipc_msg_get(&ns->msg_body, next)->prev : q->tail;
	if (m->prev)
		ipc_msg_get(&ns->msg_body, m->prev)->next = msg;
	else
		q->head = msg;
	if (next)
		ipc_msg_get(&ns->msg_body, next)->prev = msg;
	else
		q->tail = msg;
	q->qnum++;
	q->cbytes += m->size;
}

void msg_cancel(struct ipc_ns *ns, struct ipc_slot *s)
{
	if (s->op != SLOT_MSGSND)
		return;
	ipc_msg_free(&ns->msg_body, s->u.snd.msg);
	s->u.snd.msg = 0;
}
