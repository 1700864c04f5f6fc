/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks over the families' tables. */
#include "daemon/objects.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>

#include "daemon/backing.h"
#include "daemon/calls.h"
#include "daemon/foreign_shm.h"
#include "daemon/queue_name.h"
#include "ipc/config.h"
#include "ipc/mqueue.h"
#include "ipc/msg.h"
#include "ipc/msg_private.h"
#include "ipc/sem.h"

/* The operator: may do everything. */
static const struct ipc_cred superuser = {.caps = ~0u};

static void describe(struct object *o, enum family f, const struct kern_ipc_perm *p)
{
	*o = (struct object){
		.family = f, .key = p->key, .uid = p->uid, .gid = p->gid, .mode = p->mode & 0777};
	snprintf(o->id, sizeof(o->id), "%d", p->id);
}

/* Calls parked on the record at @obj of family @f: only slots know for semaphores. */
static uint64_t waiting_on(const struct ipc_ns *ns, const struct kern_ipc_perm *p, bool sem)
{
	const struct slots_root *root = arena_root(&ns->calls);
	const struct arena *a = sem ? &ns->sem_rec : &ns->msg_rec;
	uint64_t n = 0;

	for (slot_idx i = root->all; i;) {
		const struct ipc_slot *s = slot_get(ns, i);
		bool of_family =
			sem ? s->op == SLOT_SEMOP : s->op == SLOT_MSGSND || s->op == SLOT_MSGRCV;

		if (s->state == SLOT_PARKED && of_family) {
			const struct kern_ipc_perm *q = arena_ptr(a, s->obj);

			n += q && q->id == p->id;
		}
		i = s->all_next;
	}
	return n;
}

static int walk_msg(struct server *srv, object_visitor visit, void *ctx)
{
	struct msg_stat st;
	struct object o;
	int r = 0;

	for (int32_t i = 0; IPCNS_WITH_MSG && r >= 0 && msg_next(&srv->ns, &i, &st); i++) {
		describe(&o, FAMILY_MSG, &st.perm);
		o.bytes = st.cbytes;
		o.count = st.qnum;
		o.changed = st.ctime;
		o.waiting = waiting_on(&srv->ns, &st.perm, false);
		r = visit(ctx, &o);
	}
	return r;
}

static int walk_sem(struct server *srv, object_visitor visit, void *ctx)
{
	struct sem_stat st;
	struct object o;
	int r = 0;

	for (int32_t i = 0; IPCNS_WITH_SEM && r >= 0 && sem_next(&srv->ns, &i, &st); i++) {
		describe(&o, FAMILY_SEM, &st.perm);
		o.bytes = st.nsems * sizeof(struct ipc_sem);
		o.count = st.nsems;
		o.changed = st.ctime;
		o.waiting = waiting_on(&srv->ns, &st.perm, true);
		r = visit(ctx, &o);
	}
	return r;
}

static int walk_mqueue(struct server *srv, object_visitor visit, void *ctx)
{
	char name[NAME_MAX + 1];
	struct object o;
	int r = 0;

	if (!IPCNS_WITH_MQUEUE)
		return 0;
	for (aref mq = mqueue_first(&srv->ns); r >= 0 && mq; mq = mqueue_next(&srv->ns, mq)) {
		const struct mq_record *q = mq_get(&srv->ns, mq);

		o = (struct object){
			.family = FAMILY_MQUEUE,
			.uid = q->uid,
			.gid = q->gid,
			.mode = q->mode & 07777,
			.bytes = q->qsize,
			.count = (uint64_t)q->curmsgs,
			.waiting = q->senders.count + q->receivers.count,
			.changed = q->ctime.tv_sec,
		};
		memcpy(name, q->name, q->name_len);
		name[q->name_len] = 0;
		queue_name_escape(o.id, sizeof(o.id), name);
		r = visit(ctx, &o);
	}
	return r;
}

int objects_walk(struct server *srv, enum family f, object_visitor visit, void *ctx)
{
	if (IPCNS_WITH_MSG && f == FAMILY_MSG)
		return walk_msg(srv, visit, ctx);
	if (IPCNS_WITH_SEM && f == FAMILY_SEM)
		return walk_sem(srv, visit, ctx);
	if (IPCNS_WITH_MQUEUE && f == FAMILY_MQUEUE)
		return walk_mqueue(srv, visit, ctx);
	return 0;
}

int objects_walk_backing(struct foreign_shm *foreign, object_visitor visit, void *ctx)
{
	struct shm_stat st;
	struct segment s;
	struct object o;
	int r = 0;

	for (int i = 0; r >= 0 && backing_next(&i, &s); i++) {
		describe(&o, FAMILY_SHM, &s.perm);
		o.bytes = s.size;
		o.count = s.attached;
		o.changed = s.ctime;
		/* What the daemon has attached itself is no program's. It may go as it is looked at. */
		if (IPCNS_WITH_SHM && foreign) {
			if (foreign_stat(foreign, s.perm.id, false, &st) < 0)
				continue;
			o.count = st.nattch;
		}
		r = visit(ctx, &o);
	}
	return r;
}

static int parse_id(const char *text, int *id)
{
	char *end;
	long n;

	/* As it is shown, and no other way of writing it. */
	if (text[0] < '0' || text[0] > '9' || (text[0] == '0' && text[1]))
		return -ENOENT;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || *end || n > INT32_MAX)
		return -ENOENT;
	*id = (int)n;
	return 0;
}

int objects_remove(struct server *srv, enum family f, const char *text)
{
	int id, r;

	if (IPCNS_WITH_MQUEUE && f == FAMILY_MQUEUE) {
		char name[NAME_MAX + 1];
		const int len = queue_name_unescape(name, sizeof(name), text);
		aref mq = len < 0 ? 0 : mqueue_find(&srv->ns, name, (size_t)len);

		if (!mq)
			return -ENOENT;
		mqueue_unlink(&srv->ns, mq);
		return 0;
	}
	r = parse_id(text, &id);
	if (r < 0)
		return r;
	r = -ENOENT;
	if (IPCNS_WITH_MSG && f == FAMILY_MSG)
		r = msg_ctl_rmid(&srv->ns, &superuser, id);
	else if (IPCNS_WITH_SEM && f == FAMILY_SEM)
		r = sem_ctl_rmid(&srv->ns, &superuser, id);
	server_kick(srv);
	return r == -EINVAL ? -ENOENT : r;
}

int objects_remove_backing(const char *text)
{
	int id, r = parse_id(text, &id);

	if (r == 0)
		r = backing_remove(id);
	return r == -EINVAL || r == -EIDRM ? -ENOENT : r;
}

/* Also those on POSIX queues, which an unlink alone would leave asleep. */
static void end_parked(struct server *srv)
{
	const struct slots_root *root = arena_root(&srv->ns.calls);
	slot_idx next;

	for (slot_idx i = root->all; i; i = next) {
		struct ipc_slot *s = slot_get(&srv->ns, i);

		next = s->all_next;
		if (s->state == SLOT_PARKED)
			reply_parked(srv, s, -EIDRM);
	}
}

void objects_remove_all(struct server *srv)
{
	struct msg_stat q;
	struct sem_stat set;
	aref mq;

	end_parked(srv);
	for (int32_t i = 0; IPCNS_WITH_MSG && msg_next(&srv->ns, &i, &q); i++)
		(void)msg_ctl_rmid(&srv->ns, &superuser, q.perm.id);
	for (int32_t i = 0; IPCNS_WITH_SEM && sem_next(&srv->ns, &i, &set); i++)
		(void)sem_ctl_rmid(&srv->ns, &superuser, set.perm.id);
	while (IPCNS_WITH_MQUEUE && (mq = mqueue_first(&srv->ns)))
		mqueue_unlink(&srv->ns, mq);
	server_kick(srv);
}

void objects_usage(struct server *srv, struct usage *out)
{
	const struct slots_root *root = arena_root(&srv->ns.calls);
	struct msg_info msg = {0};
	struct sem_info sem = {0};

	*out = (struct usage){0};
	if (IPCNS_WITH_MSG)
		(void)msg_ctl_info(&srv->ns, MSG_INFO, &msg);
	if (IPCNS_WITH_SEM)
		(void)sem_ctl_info(&srv->ns, SEM_INFO, &sem);
	out->objects[FAMILY_MSG] = (uint64_t)msg.msgpool;
	out->bytes[FAMILY_MSG] = (uint64_t)msg.msgtql;
	out->objects[FAMILY_SEM] = (uint64_t)sem.semusz;
	out->bytes[FAMILY_SEM] = (uint64_t)sem.semaem * sizeof(struct ipc_sem);
	if (IPCNS_WITH_MQUEUE) {
		out->objects[FAMILY_MQUEUE] = mqueue_count(&srv->ns);
		for (aref mq = mqueue_first(&srv->ns); mq; mq = mqueue_next(&srv->ns, mq))
			out->bytes[FAMILY_MQUEUE] += mq_get(&srv->ns, mq)->qsize;
	}
	out->parked = root->parked;
	for (uint32_t i = 0; i < srv->nlisteners; i++)
		out->listeners += srv->listener[i]->fd >= 0;
}
