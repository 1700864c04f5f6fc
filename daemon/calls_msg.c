/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * msgget, msgsnd, msgrcv, msgctl: arguments and memory, with errors in the order in which
 * ipc/msg.c finds them.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "daemon/calls.h"

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

enum call_next calls_msgget(struct call_ctx *c)
{
	return call_result(c, msg_get(&c->srv->ns, &c->slot->cred, (int32_t)c->call.args[0],
				      (int32_t)c->call.args[1]));
}

/* The kernel's get_user() of the type, which precedes every check. */
static int fetch_type(struct call_ctx *c, uint64_t addr, int64_t *type)
{
	int32_t narrow;

	if (abi_sizeof_mtype(c->call.abi) == sizeof(*type))
		return call_copy_in(c, addr, type, sizeof(*type));

	int r = call_copy_in(c, addr, &narrow, sizeof(narrow));

	if (r == 0)
		*type = narrow;
	return r;
}

/* Type and text: by one copy where the caller's type is as wide as ours. */
static int fetch_type_and_text(struct call_ctx *c, uint64_t addr, struct ipc_msg *m, uint64_t size)
{
	const uint32_t width = abi_sizeof_mtype(c->call.abi);

	if (width == sizeof(m->type))
		return call_copy_in(c, addr, &m->type, sizeof(m->type) + size);

	int r = fetch_type(c, addr, &m->type);

	return r < 0 ? r : call_copy_in(c, addr + width, m->text, size);
}

/*
 * Only when the copy faults is the type read alone, to tell a bad type (EINVAL) from a bad text
 * (EFAULT) as do_msgsnd() does, which looks at the type first.
 */
static int fetch_message(struct call_ctx *c, uint64_t addr, uint64_t size, aref *out)
{
	struct arena *body = &c->srv->ns.msg_body;
	int64_t type;
	aref msg;

	if (!ipc_quota_state(&c->srv->ns, size) || ipc_msg_alloc(body, size, &msg) < 0)
		return -ENOMEM;

	struct ipc_msg *m = ipc_msg_get(body, msg);
	int r = fetch_type_and_text(c, addr, m, size);

	type = m->type;
	if (r == -EFAULT && fetch_type(c, addr, &type) < 0)
		type = 1;
	if ((r == 0 || r == -EFAULT) && type < 1)
		r = -EINVAL;
	if (r < 0) {
		ipc_msg_free(body, msg);
		return r;
	}
	*out = msg;
	return 0;
}

enum call_next calls_msgsnd(struct call_ctx *c)
{
	struct server *srv = c->srv;
	struct ipc_slot *s = c->slot;
	int32_t msqid = (int32_t)c->call.args[0];
	uint64_t addr = c->call.args[1], size = c->call.args[2];
	int64_t type;
	int r;

	if (size > ipc_limits(&srv->ns)->msgmax || msqid < 0) {
		r = fetch_type(c, addr, &type);
		return call_result(c, r < 0 ? r : -EINVAL);
	}
	r = fetch_message(c, addr, size, &s->u.snd.msg);
	if (r < 0)
		return call_result(c, r);
	s->u.snd.size = size;
	r = msg_send(&srv->ns, s, msqid, (int32_t)c->call.args[3]);
	if (r < 0) {
		ipc_msg_free(&srv->ns.msg_body, s->u.snd.msg);
		s->u.snd.msg = 0;
	}
	return call_outcome(c, r);
}

/*
 * MSG_COPY: prepare_copy() reads the receive buffer into the message that is to hold the copy, so
 * a bad one is found before the queue is looked at.
 */
static int probe_copy_buffer(struct call_ctx *c, uint64_t addr, uint64_t size)
{
	void *scratch = malloc(size ? size : 1);
	int r = scratch ? call_copy_in(c, addr, scratch, size) : -ENOMEM;

	free(scratch);
	return r;
}

enum call_next calls_msgrcv(struct call_ctx *c)
{
	struct ipc_slot *s = c->slot;
	int32_t msqid = (int32_t)c->call.args[0], flg = (int32_t)c->call.args[4];
	uint64_t size = c->call.args[2];

	if (msqid < 0 || (int64_t)size < 0)
		return call_result(c, -EINVAL);
	if (flg & MSG_COPY) {
		const uint64_t msgmax = ipc_limits(&c->srv->ns)->msgmax;

		if ((flg & MSG_EXCEPT) || !(flg & IPC_NOWAIT))
			return call_result(c, -EINVAL);
		int r = probe_copy_buffer(c, c->call.args[1], size < msgmax ? size : msgmax);

		if (r < 0)
			return call_result(c, r);
	}
	s->u.rcv.ubuf = c->call.args[1];
	s->u.rcv.bufsz = size;
	s->u.rcv.msqid = msqid;
	s->u.rcv.copy = flg & MSG_COPY;
	s->u.rcv.mtype_size = (uint8_t)abi_sizeof_mtype(c->call.abi);
	s->op = SLOT_MSGRCV;
	return call_outcome(c, msg_receive(&c->srv->ns, s, msqid, (int64_t)c->call.args[3], flg));
}

static int ctl_info(struct call_ctx *c, int cmd)
{
	struct msg_info info;
	struct abi_bytes b;
	int max = msg_ctl_info(&c->srv->ns, cmd, &info);

	abi_put_msginfo(c->call.abi, &info, &b);
	int r = call_put(c, c->call.args[2], &b);
	return r < 0 ? r : max;
}

static int ctl_stat(struct call_ctx *c, int cmd)
{
	struct msg_stat st;
	struct abi_bytes b;
	int ret = msg_ctl_stat(&c->srv->ns, &c->slot->cred, (int32_t)c->call.args[0], cmd, &st);

	if (ret < 0)
		return ret;
	server_show_perm(c->srv, &c->ident, &st.perm);
	abi_put_msqid_ds(c->call.abi, &st, server_pid_in(c->srv, st.lspid, c->ident.pid_ns),
			 server_pid_in(c->srv, st.lrpid, c->ident.pid_ns), &b);
	int r = call_put(c, c->call.args[2], &b);
	return r < 0 ? r : ret;
}

static int ctl_set(struct call_ctx *c)
{
	struct abi_ipc_set set;
	struct abi_bytes b;
	int r = call_get(c, c->call.args[2], &b, abi_sizeof_msqid_ds(c->call.abi));

	if (r < 0)
		return r;
	abi_get_msqid_ds(c->call.abi, &b, &set);
	if (server_take_ids(c->srv, &c->ident, &set.uid, &set.gid) < 0)
		set.uid = UINT32_MAX; /* found after the permission to change them */
	return msg_ctl_set(&c->srv->ns, &c->slot->cred, (int32_t)c->call.args[0], set.uid, set.gid,
			   set.mode, set.qbytes);
}

/*
 * i386's msgctl(2) with an IPC_64 that only ipc(2) would have taken out of the command:
 * compat_ksys_msgctl() looks past it, its helpers compare the whole command and know none of these.
 */
static int ctl_strange(struct call_ctx *c, int cmd)
{
	struct abi_bytes b;
	struct msg_stat st;
	int r;

	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO:
		return ctl_info(c, IPC_INFO);
	case MSG_STAT:
	case MSG_STAT_ANY:
	case IPC_STAT:
		r = msg_ctl_stat(&c->srv->ns, &c->slot->cred, (int32_t)c->call.args[0], IPC_STAT,
				 &st);
		if (r == 0)
			r = ctl_stat(c, IPC_STAT);
		return r < 0 ? r : st.perm.id;
	case IPC_SET:
		r = call_get(c, c->call.args[2], &b, abi_sizeof_msqid_ds(c->call.abi));
		return r < 0 ? r : -EINVAL;
	}
	return -EINVAL;
}

enum call_next calls_msgctl(struct call_ctx *c)
{
	int32_t msqid = (int32_t)c->call.args[0];
	int cmd = (int)c->call.args[1];

	if (msqid < 0 || cmd < 0)
		return call_result(c, -EINVAL);
	if (c->call.cmd_has_ipc_64)
		return call_result(c, ctl_strange(c, cmd));
	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO:
		return call_result(c, ctl_info(c, cmd));
	case MSG_STAT:
	case MSG_STAT_ANY:
	case IPC_STAT:
		return call_result(c, ctl_stat(c, cmd));
	case IPC_SET:
		return call_result(c, ctl_set(c));
	case IPC_RMID:
		return call_result(c, msg_ctl_rmid(&c->srv->ns, &c->slot->cred, msqid));
	}
	return call_result(c, -EINVAL);
}
