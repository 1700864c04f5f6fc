/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sending and receiving on POSIX queues, and telling of it.
 *
 * The messages of a queue are one list, highest priority first and FIFO within. The forward links
 * are the truth; a message is in the queue from the moment its predecessor (or the head) points to
 * it, and everything else (backward links, tail, counts) follows. A slot refers to its message
 * before the queue lets go of it and after the queue has it, so in between it has two holders of
 * whom the queue is right.
 *
 * Sleepers are served best nice value first, FIFO within (wq_add()). Whoever makes room or brings a
 * message completes the sleeper's own operation before anyone else can look.
 */
#include "ipc/mqueue_impl.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

static struct ipc_msg *message(const struct ipc_ns *ns, aref ref)
{
	return ipc_msg_get(&ns->mq_body, ref);
}

static bool precedes(const struct ipc_msg *a, const struct ipc_msg *b)
{
	return a->type > b->type || (a->type == b->type && a->seq < b->seq);
}

/*
 * The message behind which @m belongs, 0 for the head. Constant time when it goes to either end
 * (one priority, or an urgent one before others); else the nearer end is found first.
 */
static aref find_place(const struct ipc_ns *ns, const struct mq_record *q, const struct ipc_msg *m)
{
	aref front = q->head, back = q->tail;

	if (!front || precedes(m, message(ns, front)))
		return 0;
	for (;;) {
		const struct ipc_msg *b = message(ns, back);

		if (precedes(b, m))
			return back;
		back = b->prev;

		const struct ipc_msg *f = message(ns, front);

		if (precedes(m, message(ns, f->next)))
			return front;
		front = f->next;
	}
}

static void link_message(struct ipc_ns *ns, struct mq_record *q, aref ref)
{
	struct ipc_msg *m = message(ns, ref);
	aref after = find_place(ns, q, m);

	m->prev = after;
	if (after) {
		m->next = message(ns, after)->next;
		message(ns, after)->next = ref;
	} else {
		m->next = q->head;
		q->head = ref;
	}
	if (m->next)
		message(ns, m->next)->prev = ref;
	else
		q->tail = ref;
	q->curmsgs++;
	q->qsize += m->size;
}

static void unlink_first(struct ipc_ns *ns, struct mq_record *q)
{
	struct ipc_msg *m = message(ns, q->head);

	q->head = m->next;
	if (q->head)
		message(ns, q->head)->prev = 0;
	else
		q->tail = 0;
	m->prev = m->next = 0;
	q->curmsgs--;
	q->qsize -= m->size;
}

/* Sleepers. */

/* The sleeper to serve next. A dead one is not given anything: it would be lost. */
static struct ipc_slot *first_waiter(struct ipc_ns *ns, const struct sleep_queue *sq)
{
	struct ipc_slot *s;

	while ((s = slot_get(ns, sq->head)) != NULL && !ipc_alive(ns, s)) {
		ipc_msg_free(&ns->mq_body, s->u.mq.msg);
		s->u.mq.msg = 0;
		ipc_complete(ns, s, -ESRCH);
	}
	return s;
}

static bool deadline_passed(const struct ipc_ns *ns, const struct ipc_slot *s)
{
	struct timespec now;

	if (!s->deadline_ns)
		return false;
	if (ns->env.now)
		now = ns->env.now(ns->env.ctx);
	else
		clock_gettime(CLOCK_REALTIME, &now); /* hrtimers do not use the coarse clock */
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec >= s->deadline_ns;
}

static int park(struct ipc_ns *ns, struct ipc_slot *s, aref mq, enum slot_op op, bool nonblock)
{
	struct mq_record *q = mq_get(ns, mq);
	struct sleep_queue *sq = op == SLOT_MQ_SEND ? &q->senders : &q->receivers;
	struct ipc_slot *before = NULL, *last = slot_get(ns, sq->tail);

	if (nonblock)
		return -EAGAIN;
	if (deadline_passed(ns, s))
		return -ETIMEDOUT;
	int r = ipc_quota_parked(ns);

	if (r < 0)
		return r;
	while (last && last->u.mq.nice > s->u.mq.nice) {
		before = last;
		last = slot_get(ns, last->prev);
	}
	s->clock = CLOCK_REALTIME;
	sleep_enqueue_before(ns, &ns->mq_rec, sq, before, s, op, mq);
	return IPC_PARKED;
}

/* Give @msg to sleeping receiver @r. */
static void grant(struct ipc_ns *ns, struct ipc_slot *r, aref msg)
{
	r->u.mq.msg = msg;
	r->u.mq.size = message(ns, msg)->size;
	ipc_complete(ns, r, (int64_t)r->u.mq.size);
}

static void poll_changed(struct ipc_ns *ns, aref mq)
{
	if (ns->env.mq_poll)
		ns->env.mq_poll(ns->env.ctx, mq);
}

static void touch_all(struct ipc_ns *ns, struct mq_record *q)
{
	q->atime = q->mtime = q->ctime = mqueue_now(ns);
}

/* __do_notify(): the registration is used up by its delivery, before it. */
static void notify(struct ipc_ns *ns, struct mq_record *q, const struct ipc_cred *by)
{
	if (!q->reg.active || q->curmsgs != 1)
		return;

	struct mq_registration reg = q->reg;

	q->reg.active = 0;
	q->reg.sock = -1;
	if (ns->env.mq_notify)
		ns->env.mq_notify(ns->env.ctx, &reg, by);
}

int mqueue_send(struct ipc_ns *ns, struct ipc_slot *s, aref mq, bool nonblock)
{
	struct mq_record *q = mq_get(ns, mq);
	aref msg = s->u.mq.msg;

	if (q->curmsgs >= q->maxmsg)
		return park(ns, s, mq, SLOT_MQ_SEND, nonblock);

	struct ipc_slot *receiver = first_waiter(ns, &q->receivers);

	message(ns, msg)->seq = mq_root(ns)->next_seq++;
	if (receiver) {
		grant(ns, receiver, msg);
		s->u.mq.msg = 0;
	} else {
		link_message(ns, q, msg);
		s->u.mq.msg = 0;
		notify(ns, q, &s->cred);
		poll_changed(ns, mq);
	}
	touch_all(ns, q);
	mqueue_reap(ns, mq);
	return 0;
}

int mqueue_receive(struct ipc_ns *ns, struct ipc_slot *s, aref mq, bool nonblock)
{
	struct mq_record *q = mq_get(ns, mq);

	if (!q->head)
		return park(ns, s, mq, SLOT_MQ_RECEIVE, nonblock);

	s->obj = mq;
	s->u.mq.size = message(ns, q->head)->size;
	s->u.mq.msg = q->head;
	unlink_first(ns, q);
	touch_all(ns, q);

	/* A returned message may have filled the queue beyond its limit. */
	struct ipc_slot *sender = q->curmsgs < q->maxmsg ? first_waiter(ns, &q->senders) : NULL;

	if (sender) {
		message(ns, sender->u.mq.msg)->seq = mq_root(ns)->next_seq++;
		link_message(ns, q, sender->u.mq.msg);
		sender->u.mq.msg = 0;
		ipc_complete(ns, sender, 0);
	} else {
		poll_changed(ns, mq);
	}
	mqueue_reap(ns, mq);
	return 0;
}

/*
 * Is @mq still the queue that @msg was sent to? Blocks of queues are only ever used for queues
 * again, and a queue made later has a first_seq behind that of the message.
 */
static bool queue_of_message(const struct ipc_ns *ns, aref mq, aref msg)
{
	const struct mq_record *q = mq_get(ns, mq);

	return mq && mqueue_by_ino(ns, q->ino) == mq && message(ns, msg)->seq >= q->first_seq;
}

void mqueue_return(struct ipc_ns *ns, aref mq, aref msg)
{
	if (!msg)
		return;
	if (!queue_of_message(ns, mq, msg)) {
		ipc_msg_free(&ns->mq_body, msg);
		return;
	}

	struct mq_record *q = mq_get(ns, mq);
	struct ipc_slot *receiver = first_waiter(ns, &q->receivers);

	if (receiver) {
		grant(ns, receiver, msg);
	} else {
		link_message(ns, q, msg);
		poll_changed(ns, mq);
	}
	mqueue_reap(ns, mq);
}

void mqueue_cancel(struct ipc_ns *ns, struct ipc_slot *s)
{
	ipc_msg_free(&ns->mq_body, s->u.mq.msg);
	s->u.mq.msg = 0;
	mqueue_reap(ns, s->obj);
}

/* Registrations. */

void mqueue_unregister(struct ipc_ns *ns, struct mq_record *q)
{
	struct mq_registration reg = q->reg;

	q->reg.active = 0;
	q->reg.sock = -1;
	if (reg.active && ns->env.mq_unregister)
		ns->env.mq_unregister(ns->env.ctx, &reg);
}

int mqueue_notify(struct ipc_ns *ns, aref mq, uint32_t tgid, const struct mq_registration *reg)
{
	struct mq_record *q = mq_get(ns, mq);

	if (!reg) {
		if (!q->reg.active || q->reg.tgid != tgid)
			return 0;
		mqueue_unregister(ns, q);
	} else {
		if (q->reg.active)
			return -EBUSY;
		q->reg = *reg;
		q->reg.tgid = tgid;
		q->reg.ino = q->ino;
		q->reg.active = 1;
	}
	mqueue_touch_attr(ns, mq);
	return 0;
}

void mqueue_flush(struct ipc_ns *ns, aref mq, uint32_t tgid)
{
	struct mq_record *q = mq_get(ns, mq);

	if (q->reg.active && q->reg.tgid == tgid)
		mqueue_unregister(ns, q);
}

/* What the view shows. */

void mqueue_touch_attr(struct ipc_ns *ns, aref mq)
{
	struct mq_record *q = mq_get(ns, mq);

	q->atime = q->ctime = mqueue_now(ns);
}

unsigned mqueue_poll(const struct ipc_ns *ns, aref mq)
{
	const struct mq_record *q = mq_get(ns, mq);

	return (q->curmsgs ? POLLIN | POLLRDNORM : 0u) |
	       (q->curmsgs < q->maxmsg ? POLLOUT | POLLWRNORM : 0u);
}

size_t mqueue_status(const struct mq_record *q, int notify_pid, char *buf, size_t size)
{
	const struct mq_registration *reg = &q->reg;
	char text[MQ_FILENT_SIZE]; /* the kernel cuts there too */

	snprintf(text, sizeof(text), "QSIZE:%-10llu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
		 (unsigned long long)q->qsize, reg->active ? reg->notify : 0,
		 reg->active && reg->notify == SIGEV_SIGNAL ? reg->signo : 0,
		 reg->active ? notify_pid : 0);

	size_t len = strnlen(text, sizeof(text));

	if (size == 0)
		return 0;
	if (len > size - 1)
		len = size - 1;
	memcpy(buf, text, len);
	buf[len] = 0;
	return len;
}
