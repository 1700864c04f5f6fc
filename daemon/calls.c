/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a received notification to a handler. Order matters here: the caller is identified, and the
 * notification checked to be still valid (until then the pid may have become another task's, or
 * another program's); a handler copies memory in once, and each copy is checked likewise before
 * anything is done with it.
 */
#include "daemon/calls.h"

#include <errno.h>
#include <string.h>
#include <sys/sem.h>

#include "daemon/memories.h"
#include "ipc/config.h"
#include "ipc/sem_share.h"
#include "seccomp/listener.h"

_Static_assert(sizeof(struct seccomp_notif) == sizeof(((struct ipc_slot *)0)->notif),
	       "a slot holds a notification");

static bool still_waits(struct server *srv, const struct ipc_slot *s)
{
	return listener_valid(server_listener_fd(srv, s), slot_notif(s)->id);
}

int call_copy_in(const struct call_ctx *c, uint64_t addr, void *buf, size_t len)
{
	if (len && len == c->early.len && addr == c->early.addr) {
		memcpy(buf, c->early.data, len);
		return c->early.result;
	}
	struct culprit_copy copy;
	const pid_t tid = (pid_t)slot_notif(c->slot)->pid;

	turn_unlock(&c->srv->lock);
	culprits_copy_begin(c->srv->culprits, &copy, tid);
	int r = task_read(tid, addr, buf, len);

	culprits_copy_end(c->srv->culprits, &copy);
	turn_lock(&c->srv->lock);
	return still_waits(c->srv, c->slot) ? r : -EINTR;
}

ssize_t call_copy_str(const struct call_ctx *c, uint64_t addr, char *buf, size_t size)
{
	struct culprit_copy copy;
	const pid_t tid = (pid_t)slot_notif(c->slot)->pid;

	turn_unlock(&c->srv->lock);
	culprits_copy_begin(c->srv->culprits, &copy, tid);
	ssize_t r = task_read_str(tid, addr, buf, size);

	culprits_copy_end(c->srv->culprits, &copy);
	turn_lock(&c->srv->lock);
	return still_waits(c->srv, c->slot) ? r : -EINTR;
}

int call_copy_out(const struct call_ctx *c, uint64_t addr, const void *buf, size_t len)
{
	return memories_write(c->srv, c->slot, addr, buf, len);
}

void call_done(struct server *srv, struct ipc_slot *s)
{
	srv->listener[s->listener]->slots--;
	slot_free(&srv->ns, s);
}

int call_get(const struct call_ctx *c, uint64_t addr, struct abi_bytes *b, uint32_t len)
{
	b->len = len;
	return call_copy_in(c, addr, b->data, len);
}

int call_put(const struct call_ctx *c, uint64_t addr, const struct abi_bytes *b)
{
	return call_copy_out(c, addr, b->data, b->len);
}

/* The descriptor that a call names, to be resolved together with the caller; -1: none. */
static int descriptor_of(const struct ipc_call *call)
{
	switch (call->nr) {
	case CALL_MQ_TIMEDSEND:
	case CALL_MQ_TIMEDRECEIVE:
	case CALL_MQ_NOTIFY:
	case CALL_MQ_GETSETATTR:
		return (int)call->args[0];
	default:
		return -1;
	}
}

/* Calls that change nothing before they have copied something in. */
static bool always_copies_in(const struct ipc_call *call)
{
	switch (call->nr) {
	case CALL_MSGSND:
	case CALL_SEMTIMEDOP:
	case CALL_MQ_TIMEDSEND:
	case CALL_MQ_OPEN:
	case CALL_MQ_UNLINK:
		return true;
	default:
		return false;
	}
}

/*
 * A family that this build leaves out has no objects: nothing can be made (EINVAL), and whatever
 * names one names none.
 */
static enum call_next handle_msg(struct call_ctx *c)
{
	if (!IPCNS_WITH_MSG)
		return call_result(c, -EINVAL);
	switch (c->call.nr) {
	case CALL_MSGGET:
		return calls_msgget(c);
	case CALL_MSGSND:
		return calls_msgsnd(c);
	case CALL_MSGRCV:
		return calls_msgrcv(c);
	default:
		return calls_msgctl(c);
	}
}

static enum call_next handle_sem(struct call_ctx *c)
{
	if (!IPCNS_WITH_SEM)
		return call_result(c, -EINVAL);
	switch (c->call.nr) {
	case CALL_SEMGET:
		return calls_semget(c);
	case CALL_SEMTIMEDOP:
		return calls_semtimedop(c);
	default:
		return calls_semctl(c);
	}
}

static enum call_next handle_mq(struct call_ctx *c)
{
	if (!IPCNS_WITH_MQUEUE)
		return call_result(c, c->call.nr == CALL_MQ_OPEN     ? -EINVAL
				      : c->call.nr == CALL_MQ_UNLINK ? -ENOENT
								     : -EBADF);
	switch (c->call.nr) {
	case CALL_MQ_OPEN:
		return calls_mq_open(c);
	case CALL_MQ_UNLINK:
		return calls_mq_unlink(c);
	case CALL_MQ_TIMEDSEND:
		return calls_mq_timedsend(c);
	case CALL_MQ_TIMEDRECEIVE:
		return calls_mq_timedreceive(c);
	case CALL_MQ_NOTIFY:
		return calls_mq_notify(c);
	default:
		return calls_mq_getsetattr(c);
	}
}

static enum call_next handle(struct call_ctx *c)
{
	switch (c->call.nr) {
	case CALL_MSGGET:
	case CALL_MSGSND:
	case CALL_MSGRCV:
	case CALL_MSGCTL:
		return handle_msg(c);
	case CALL_SEMGET:
	case CALL_SEMTIMEDOP:
	case CALL_SEMCTL:
		return handle_sem(c);
	case CALL_SHMGET:
	case CALL_SHMAT:
	case CALL_SHMDT:
	case CALL_SHMCTL:
		return IPCNS_WITH_SHM ? calls_shm(c) : call_result(c, -EINVAL);
	case CALL_MQ_OPEN:
	case CALL_MQ_UNLINK:
	case CALL_MQ_TIMEDSEND:
	case CALL_MQ_TIMEDRECEIVE:
	case CALL_MQ_NOTIFY:
	case CALL_MQ_GETSETATTR:
		return handle_mq(c);
	case CALL_UNSHARE:
		return calls_unshare(c);
	case CALL_IDENTITY:
		return IPCNS_WITH_SHIM ? calls_identity(c) : call_result(c, -ENOSYS);
	case CALL_EXECVE:
		break; /* carry_out() */
	}
	return call_result(c, -ENOSYS);
}

/* Arguments that i386's ipc(2) takes from memory. */
static int fetch_behind(struct call_ctx *c)
{
	struct abi_bytes b;
	int r = call_get(c, c->call.behind, &b, abi_behind_size(&c->call));

	if (r < 0)
		return r;
	abi_take_behind(&c->call, &b);
	return 0;
}

int call_identify(const struct call_ctx *c, int fd, struct task_ident *out)
{
	const pid_t tid = (pid_t)slot_notif(c->slot)->pid;

	/* By /proc looking at a descriptor waits for a task that executes a program. */
	turn_unlock(&c->srv->lock);
	int r = task_identify(c->srv->probe, tid, fd, out);

	turn_lock(&c->srv->lock);
	return r;
}

/*
 * What the kernel copies before it looks at anything but these limits: memory that never faults in
 * must not stop a call that natively fails without reading it. Without the lock the limits are a
 * hint; a call that comes while they are changed may meet either value.
 */
static void choose_early(struct call_ctx *c)
{
	const struct ipc_limits *limits = ipc_limits(&c->srv->ns);
	const struct ipc_call *call = &c->call;
	struct call_early *e = &c->early;

	e->len = 0;
	if (call->behind)
		return;
	if (call->nr == CALL_SEMTIMEDOP && !call->args[3] &&
	    (uint32_t)call->args[2] <=
		    (uint32_t)__atomic_load_n(&limits->semopm, __ATOMIC_RELAXED)) {
		e->addr = call->args[1];
		e->len = (uint32_t)call->args[2] * sizeof(struct sembuf);
	} else if (call->nr == CALL_MSGSND && (int32_t)call->args[0] >= 0 &&
		   call->args[2] <= TASK_COPY_MAX - sizeof(int64_t) &&
		   call->args[2] <= __atomic_load_n(&limits->msgmax, __ATOMIC_RELAXED) &&
		   abi_sizeof_mtype(call->abi) == sizeof(int64_t)) {
		e->addr = call->args[1];
		e->len = sizeof(int64_t) + call->args[2];
	}
	if (e->len > TASK_COPY_MAX)
		e->len = 0;
}

/* So many early copies are made the other way after one that could not be had with the identity. */
#define COPIES_BY_READ 64

static int read_early(struct server *srv, pid_t tid, struct call_early *e)
{
	struct culprit_copy copy;

	culprits_copy_begin(srv->culprits, &copy, tid);
	int r = task_read(tid, e->addr, e->data, e->len);

	culprits_copy_end(srv->culprits, &copy);
	return r;
}

static int identify(struct call_ctx *c, struct server_listener *l)
{
	struct call_early *e = &c->early;
	struct task_question q = {
		.tid = (pid_t)slot_notif(c->slot)->pid,
		.fd = descriptor_of(&c->call),
		.id = slot_notif(c->slot)->id,
	};

	if (e->len && l->copies_by_read) {
		l->copies_by_read--;
		e->result = read_early(l->srv, q.tid, e);
		return task_ask(l->srv->probe, &q, &c->ident);
	}
	q.addr = e->addr;
	q.len = (uint32_t)e->len;
	q.data = e->data;

	int r = task_ask(l->srv->probe, &q, &c->ident);

	e->result = 0;
	if (r == 0 && e->len && !c->ident.copied) {
		l->copies_by_read = COPIES_BY_READ;
		e->result = read_early(l->srv, q.tid, e);
		c->ident.waits = false; /* that was before */
	}
	return r;
}

void calls_begin(struct call_ctx *c, struct server_listener *l, struct ipc_slot *s)
{
	c->srv = l->srv;
	c->slot = s;
	c->early.len = 0;
	c->bad = abi_decode(&slot_notif(s)->data, &c->call);
	if (c->bad || c->call.nr == CALL_EXECVE)
		return;
	choose_early(c);

	c->turns = turn_lock_turns(&c->srv->lock);

	int r = identify(c, l);

	/* Only death is expected here; anything else must not let the call hang. */
	if (r < 0)
		c->bad = r == -ESRCH ? -EINTR : -EPERM;
}

static void note_caller(struct call_ctx *c)
{
	struct ipc_slot *s = c->slot;

	server_weigh(c->srv, &c->ident);
	memcpy(&s->cred, &c->ident.cred,
	       offsetof(struct ipc_cred, groups) +
		       c->ident.cred.ngroups * sizeof(c->ident.cred.groups[0]));
	s->start_time = c->ident.start_time;
	s->mm = c->ident.mm;
	if (c->ident.tgid_numbers.count) {
		pids_note(&c->srv->ns, s->cred.tgid, &c->ident.tgid_numbers);
		if (s->cred.tid != s->cred.tgid)
			pids_note(&c->srv->ns, s->cred.tid, &c->ident.tid_numbers);
	}
}

static enum call_next carry_out(struct call_ctx *c)
{
	if (c->bad)
		return call_result(c, c->bad);
	if (c->call.nr == CALL_EXECVE)
		return calls_execve(c);
	/* A copy's own check, which comes later, vouches for what was read here, too. */
	if ((c->early.len || !always_copies_in(&c->call)) &&
	    !(c->ident.waits && turn_lock_alone(&c->srv->lock, c->turns)) &&
	    !still_waits(c->srv, c->slot))
		return call_result(c, -EINTR);
	note_caller(c);

	int r = c->call.behind ? fetch_behind(c) : 0;

	return r < 0 ? call_result(c, r) : handle(c);
}

/* What a caller lacked that got ENOSPC or ENOMEM; CULPRIT_KINDS: nothing that is counted here. */
static enum culprit_kind lacked(const struct call_ctx *c)
{
	if (c->slot->result == -ENOMEM)
		return ipc_quota_parked(&c->srv->ns) < 0 ? CULPRIT_PARKED : CULPRIT_BYTES;
	switch (c->call.nr) {
	case CALL_MSGGET:
		return CULPRIT_MSG;
	case CALL_SEMGET:
		return CULPRIT_SEM;
	case CALL_SHMGET:
		return CULPRIT_SHM;
	case CALL_MQ_OPEN:
		return CULPRIT_MQUEUE;
	default:
		return CULPRIT_KINDS;
	}
}

static void note_refusal(const struct call_ctx *c)
{
	const int64_t result = c->slot->result;

	if (c->bad || (result != -ENOSPC && result != -ENOMEM))
		return;

	const enum culprit_kind kind = lacked(c);

	if (kind < CULPRIT_KINDS)
		culprits_note(c->srv->culprits, kind, (pid_t)slot_notif(c->slot)->pid);
}

void calls_handle(struct call_ctx *c)
{
	struct server *srv = c->srv;
	struct ipc_slot *s = c->slot;
	/* Its entry stays while calls of it are not finished, and this thread is its receiver. */
	const struct server_listener *l = srv->listener[s->listener];

	const enum call_next next = carry_out(c);

	/* Before the answer: the caller's next operation should find its set. */
	if (IPCNS_WITH_SHIM)
		sem_shares_thaw(&srv->ns);
	switch (next) {
	case CALL_REPLY:
		if (s->result < 0)
			note_refusal(c);
		reply_send(srv, s);
		break;
	case CALL_CONTINUE:
		s->state = SLOT_SENDING;
		(void)listener_continue(server_listener_fd(srv, s), slot_notif(s)->id);
		call_done(srv, s);
		break;
	case CALL_PARKED:
		break;
	}
	server_drain_own(srv, l);
}
