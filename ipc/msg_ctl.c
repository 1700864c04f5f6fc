/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The queues themselves: made, listed, changed and removed. What goes through them is in msg.c.
 */
#include <errno.h>
#include <limits.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "ipc/msg_private.h"
#include "ipc/perm.h"

int msg_init(struct ipc_ns *ns)
{
	ids_init(msg_ids(ns));
	return 0;
}

int msg_get(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t key, int32_t flg)
{
	aref ref = key == IPC_PRIVATE ? 0 : ids_find_key(msg_ids(ns), &ns->msg_rec, key);

	if (ref) {
		struct msg_record *q = msg_record_get(ns, ref);

		if ((flg & IPC_CREAT) && (flg & IPC_EXCL))
			return -EEXIST;
		int r = ipc_perms(ns, cred, &q->perm, (uint32_t)flg);

		return r < 0 ? r : q->perm.id;
	}
	if (key != IPC_PRIVATE && !(flg & IPC_CREAT))
		return -ENOENT;

	if (arena_alloc(&ns->msg_rec, sizeof(struct msg_record), &ref) < 0)
		return -ENOMEM;
	struct msg_record *q = msg_record_get(ns, ref);

	*q = (struct msg_record){
		.perm = {.key = key,
			 .uid = cred->euid,
			 .gid = cred->egid,
			 .cuid = cred->euid,
			 .cgid = cred->egid,
			 .mode = (uint32_t)flg & 0777},
		.ctime = ipc_now(ns).tv_sec,
		.qbytes = ipc_limits(ns)->msgmnb,
	};
	int r = ids_add(msg_ids(ns), &ns->msg_rec,
			ipc_lower(ipc_limits(ns)->msgmni, ipc_quota(ns)->msg), ref);
	if (r < 0) {
		arena_free(&ns->msg_rec, ref, sizeof(*q));
		return r;
	}
	return q->perm.id;
}

static void fill_stat(const struct msg_record *q, struct msg_stat *out)
{
	*out = (struct msg_stat){
		.perm = q->perm,
		.stime = q->stime,
		.rtime = q->rtime,
		.ctime = q->ctime,
		.cbytes = q->cbytes,
		.qnum = q->qnum,
		.qbytes = q->qbytes,
		.lspid = q->lspid,
		.lrpid = q->lrpid,
	};
}

int msg_ctl_stat(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, int cmd,
		 struct msg_stat *out)
{
	aref ref;
	int r = cmd == IPC_STAT ? ids_lookup(msg_ids(ns), &ns->msg_rec, id, &ref)
				: ids_by_index(msg_ids(ns), id, &ref);

	if (r < 0)
		return r;
	if (cmd != MSG_STAT_ANY) {
		r = ipc_perms(ns, cred, &msg_record_get(ns, ref)->perm, 0444);
		if (r < 0)
			return r;
	}
	fill_stat(msg_record_get(ns, ref), out);
	return cmd == IPC_STAT ? 0 : out->perm.id;
}

int msg_ctl_info(struct ipc_ns *ns, int cmd, struct msg_info *out)
{
	const struct ipc_limits *l = ipc_limits(ns);
	const struct ipc_ids *ids = msg_ids(ns);

	*out = (struct msg_info){
		.msgmni = (int32_t)l->msgmni,
		.msgmax = (int32_t)l->msgmax,
		.msgmnb = (int32_t)l->msgmnb,
		.msgssz = IPC_MSGSSZ,
		.msgseg = 0xffff,
	};
	if (cmd == MSG_INFO) {
		uint64_t bytes = 0, messages = 0;

		for (int32_t i = 0; i <= ids->max_idx; i++) {
			if (!ids->slot[i])
				continue;
			bytes += msg_record_get(ns, ids->slot[i])->cbytes;
			messages += msg_record_get(ns, ids->slot[i])->qnum;
		}
		out->msgpool = (int32_t)ids->in_use;
		out->msgmap = messages > INT_MAX ? INT_MAX : (int32_t)messages;
		out->msgtql = bytes > INT_MAX ? INT_MAX : (int32_t)bytes;
	} else {
		/* MSGPOOL, MSGMAP, MSGTQL of uapi/linux/msg.h: unused but reported. */
		out->msgpool = 32000 * 16384 / 1024;
		out->msgmap = 16384;
		out->msgtql = 16384;
	}
	return ids->max_idx < 0 ? 0 : ids->max_idx;
}

/* expunge_all(): parked receivers look again, which natively they do by being woken with EAGAIN. */
static void reexamine_receivers(struct ipc_ns *ns, struct msg_record *q)
{
	struct ipc_slot *r, *next;

	for (r = slot_get(ns, q->receivers.head); r; r = next) {
		next = slot_get(ns, r->next);
		if (ipc_perms(ns, &r->cred, &q->perm, 0444) < 0)
			ipc_complete(ns, r, -EACCES);
	}
}

int msg_ctl_set(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, uint32_t uid,
		uint32_t gid, uint32_t mode, uint64_t qbytes)
{
	struct msg_record *q;
	aref ref;
	int r = msg_obtain(ns, id, &ref, &q);

	if (r == 0)
		r = ipc_may_control(cred, &q->perm);
	if (r < 0)
		return r;
	/* msgctl_down() takes an int: the upper half of the caller's word is not looked at. */
	qbytes = (uint32_t)qbytes;
	if (qbytes > ipc_limits(ns)->msgmnb && !(cred->caps & IPC_CAP_SYS_RESOURCE))
		return -EPERM;
	if (uid == UINT32_MAX || gid == UINT32_MAX)
		return -EINVAL;
	q->perm.uid = uid;
	q->perm.gid = gid;
	q->perm.mode = (q->perm.mode & ~0777u) | (mode & 0777);
	q->qbytes = qbytes;
	q->ctime = ipc_now(ns).tv_sec;
	reexamine_receivers(ns, q);
	msg_admit_senders(ns, q);
	return 0;
}

int msg_ctl_rmid(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id)
{
	struct msg_record *q;
	struct ipc_slot *s;
	aref ref, next;
	int r = msg_obtain(ns, id, &ref, &q);

	if (r == 0)
		r = ipc_may_control(cred, &q->perm);
	if (r < 0)
		return r;
	ids_remove(msg_ids(ns), &ns->msg_rec, ref);
	while ((s = slot_get(ns, q->receivers.head)))
		ipc_complete(ns, s, -EIDRM);
	while ((s = slot_get(ns, q->senders.head))) {
		ipc_complete(ns, s, -EIDRM);
		msg_cancel(ns, s);
	}
	for (aref m = q->head; m; m = next) {
		next = ipc_msg_get(&ns->msg_body, m)->next;
		ipc_msg_free(&ns->msg_body, m);
	}
	arena_free(&ns->msg_rec, ref, sizeof(*q));
	return 0;
}

bool msg_next(struct ipc_ns *ns, int32_t *idx, struct msg_stat *out)
{
	const struct ipc_ids *ids = msg_ids(ns);

	for (int32_t i = *idx; i >= 0 && i <= ids->max_idx; i++) {
		if (!ids->slot[i])
			continue;
		*idx = i;
		fill_stat(msg_record_get(ns, ids->slot[i]), out);
		return true;
	}
	return false;
}
