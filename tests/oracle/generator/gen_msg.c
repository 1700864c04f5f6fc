/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's generator: System V message queues.
 */
#include <sys/msg.h>

#include "gen.h"

#define MSG_STAT_ANY_CMD 13

enum { MSGGET = 1, MSGSND, MSGRCV, MSGCTL };

void gen_msg_text(struct gen_call *c)
{
	c->text[0] = 0;
	switch (c->op) {
	case MSGGET:
		gen_add(c->text, "msgget(%#x, %#o)", (unsigned int)c->key, (unsigned int)c->flags);
		break;
	case MSGSND:
		gen_add(c->text, "msgsnd(%d, %s, type %ld, %ld, %#o)", c->id, gen_ptr_name(c->ptr),
			c->type, c->size, (unsigned int)c->flags);
		break;
	case MSGRCV:
		gen_add(c->text, "msgrcv(%d, %s, %ld, type %ld, %#o)", c->id, gen_ptr_name(c->ptr),
			c->size, c->type, (unsigned int)c->flags);
		break;
	case MSGCTL:
		gen_add(c->text, "msgctl(%d, %d, %s)", c->id, c->cmd, gen_ptr_name(c->ptr));
		if (c->cmd == IPC_SET)
			gen_add(c->text, " qbytes %ld owner %ld:%ld mode %#o", c->values[0],
				c->values[1], c->values[2], c->mode);
		break;
	}
}

void gen_msg_draw(struct gen_random *r, const struct gen_world *world, struct gen_call *c)
{
	unsigned int kind = gen_below(r, 100);

	c->slot = (int)gen_below(r, GEN_SLOTS);
	c->id = gen_draw_id(r, world, GEN_MSG, c->slot);
	c->key = gen_draw_key(r, c->slot);
	c->mode = gen_draw_mode(r);
	c->ptr = gen_draw_ptr(r);
	if (kind < 12 || world->id[GEN_MSG][c->slot] < 0) {
		c->op = MSGGET;
		c->flags = (int)c->mode | (gen_chance(r, 80) ? IPC_CREAT : 0) |
			   (gen_chance(r, 10) ? IPC_EXCL : 0) | (gen_chance(r, 3) ? 0x8000 : 0);
	} else if (kind < 47) {
		c->op = MSGSND;
		c->type = GEN_PICK(r, 1, 1, 2, 2, 3, 4, 0x7fffffffffffffff);
		if (gen_chance(r, 3))
			c->type = GEN_PICK(r, 0, -1);
		c->size = GEN_PICK(r, 0, 1, 8, 64, 1000, 4040, 4096, 8191, 8192);
		if (gen_chance(r, 4))
			c->size = GEN_PICK(r, 8193, -1, 65536, 0x7fffffff);
		c->flags = gen_chance(r, 35) ? IPC_NOWAIT : 0;
		if (gen_chance(r, 2))
			c->flags |= MSG_NOERROR;
		c->blocks = !(c->flags & IPC_NOWAIT);
	} else if (kind < 85) {
		c->op = MSGRCV;
		c->type = GEN_PICK(r, 0, 0, 0, 1, 2, 3, -1, -2, -4, 4);
		if (gen_chance(r, 3))
			c->type = GEN_PICK(r, -0x7fffffffffffffff, 0x7fffffffffffffff);
		c->size = GEN_PICK(r, 8192, 8192, 8192, 100, 0, 65536);
		if (gen_chance(r, 2))
			c->size = GEN_PICK(r, -1, 1, 4096);
		c->flags = (int)GEN_PICK(r, 0, 0, MSG_NOERROR, MSG_NOERROR, MSG_EXCEPT);
		if (gen_chance(r, 40))
			c->flags |= IPC_NOWAIT;
		if (gen_chance(r, 8))
			c->flags |= (int)GEN_PICK(r, MSG_COPY, MSG_COPY | IPC_NOWAIT,
						  MSG_COPY | IPC_NOWAIT,
						  MSG_COPY | IPC_NOWAIT | MSG_EXCEPT);
		c->blocks = !(c->flags & IPC_NOWAIT);
	} else {
		c->op = MSGCTL;
		c->cmd = (int)GEN_PICK(r, IPC_STAT, IPC_STAT, IPC_STAT, IPC_RMID, IPC_SET, IPC_SET,
				       MSG_STAT, MSG_STAT_ANY_CMD, IPC_INFO, MSG_INFO, 99, -1);
		if (c->cmd == MSG_STAT || c->cmd == MSG_STAT_ANY_CMD)
			c->id = (int)gen_below(r, 6) - (gen_chance(r, 5) ? 1 : 0);
		c->values[0] = GEN_PICK(r, 16384, 16384, 16384, 8192, 4096, 100, 0, 16385, -1);
		c->values[1] = GEN_PICK(r, 0, 0, 65534, 1000, 1000, -1);
		c->values[2] = GEN_PICK(r, 0, 65534, 1000);
	}
	gen_msg_text(c);
}

bool gen_msg_is_send(const struct gen_call *c)
{
	return c->family == GEN_MSG && c->op == MSGSND;
}

bool gen_msg_is_set(const struct gen_call *c)
{
	return c->family == GEN_MSG && c->op == MSGCTL && c->cmd == IPC_SET;
}

void gen_msg_unset(struct gen_call *c)
{
	c->cmd = IPC_STAT;
	gen_msg_text(c);
}

static void ctl(struct gen_worker *w, const struct gen_call *c)
{
	struct msqid_ds *ds = gen_ptr(w, c->ptr, sizeof(*ds));
	const struct msginfo *info = (const void *)ds;

	if (c->cmd == IPC_SET && c->ptr == PTR_OK) {
		ds->msg_perm.uid = (uid_t)c->values[1];
		ds->msg_perm.gid = (gid_t)c->values[2];
		ds->msg_perm.mode = (unsigned short)c->mode;
		ds->msg_qbytes = (msglen_t)c->values[0];
	}
	w->result = syscall(SYS_msgctl, c->id, c->cmd, ds);
	w->error = errno;
	if (w->result < 0 || c->ptr != PTR_OK)
		return;
	switch (c->cmd) {
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY_CMD:
		gen_add_perm(w->text, &ds->msg_perm);
		gen_add(w->text, " qnum=%lu cbytes=%lu qbytes=%lu lspid=%s", ds->msg_qnum,
			ds->__msg_cbytes, ds->msg_qbytes, gen_role(ds->msg_lspid));
		gen_add(w->text, " lrpid=%s stime=%s rtime=%s ctime=%s", gen_role(ds->msg_lrpid),
			ds->msg_stime ? "set" : "0", ds->msg_rtime ? "set" : "0",
			ds->msg_ctime ? "set" : "0");
		break;
	case IPC_INFO:
	case MSG_INFO:
		gen_add(w->text, " pool=%d map=%d max=%d mnb=%d mni=%d ssz=%d tql=%d seg=%u",
			info->msgpool, info->msgmap, info->msgmax, info->msgmnb, info->msgmni,
			info->msgssz, info->msgtql, info->msgseg);
		break;
	}
}

void gen_msg_make(struct gen_worker *w)
{
	const struct gen_call *c = &w->call;
	struct msgbuf *m;

	switch (c->op) {
	case MSGGET:
		w->result = syscall(SYS_msgget, c->key, c->flags);
		w->error = errno;
		break;
	case MSGSND:
		m = gen_ptr(w, c->ptr, sizeof(*m));
		if (c->ptr == PTR_OK) {
			m->mtype = c->type;
			gen_fill(m->mtext, c->size < 0 || c->size > 65536 ? 0 : (size_t)c->size,
				 c->payload);
		}
		w->result = syscall(SYS_msgsnd, c->id, m, c->size, c->flags);
		w->error = errno;
		break;
	case MSGRCV:
		m = gen_ptr(w, c->ptr, sizeof(*m));
		w->result = syscall(SYS_msgrcv, c->id, m, c->size, c->type, c->flags);
		w->error = errno;
		if (w->result >= 0 && c->ptr == PTR_OK)
			gen_add(w->text, " type=%ld %08x", m->mtype,
				gen_digest(m->mtext, (size_t)w->result));
		break;
	case MSGCTL:
		ctl(w, c);
		break;
	}
}
