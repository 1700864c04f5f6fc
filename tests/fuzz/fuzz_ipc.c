/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A byte stream as a sequence of calls of a few processes on System V queues, semaphores and POSIX
 * queues, with sleepers, signals, deaths and removals. After every call the whole namespace is
 * checked (ipc_check.h); at the end of the input it must be as empty as at its beginning.
 *
 * Calls are made as daemon/ makes them, after its checks of arguments; what a program can get wrong
 * beyond those goes in.
 */
#include <errno.h>
#include <signal.h>
#include <sys/msg.h>

#include "ipc/procfs.h"
#include "ipc_check.h"

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif
#define OPS_MAX 300
#define HANDLES 6u
#define IDS 8u

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the programs have: descriptors of queues, by number, and ids of objects gone or not. */
static struct {
	uint64_t ino;
	uint32_t refs;
} handle[HANDLES];
static int32_t msg_id[IDS], sem_id[IDS];
static uint32_t next_msg, next_sem, next_handle;

static struct ipc_ns *const ns = &world.ns;

static struct process *someone(struct input *in)
{
	uint32_t n = below(in, PROCESSES);

	/* The dead make no calls. */
	for (uint32_t i = 0; i < PROCESSES; i++)
		if (!world.process[(n + i) % PROCESSES].dead)
			return &world.process[(n + i) % PROCESSES];
	CHECK(!"somebody is alive");
	return NULL;
}

static struct ipc_slot *slot_for(const struct process *p)
{
	struct ipc_slot *s = slot_alloc(ns);

	CHECK(s);
	s->state = SLOT_RECEIVED;
	s->cred = p->cred;
	s->start_time = p->start_time;
	s->undo = p->undo;
	return s;
}

static uint8_t tag_of(int64_t type, uint64_t size)
{
	return (uint8_t)((uint64_t)type * 31 + size * 7 + 1);
}

static aref new_message(struct arena *body, int64_t type, uint64_t size)
{
	aref ref;

	CHECK(ipc_msg_alloc(body, size, &ref) == 0);
	struct ipc_msg *m = ipc_msg_get(body, ref);

	m->type = type;
	memset(m->text, tag_of(type, size), size);
	return ref;
}

/* A message that somebody was given is whole; it is freed. */
static void swallow(struct arena *body, aref ref)
{
	const struct ipc_msg *m = ipc_msg_get(body, ref);

	for (uint64_t i = 0; i < m->size; i++)
		CHECK(m->text[i] == tag_of(m->type, m->size));
	ipc_msg_free(body, ref);
}

/* ---- answers ---- */

/*
 * The reply of @s, as daemon/reply.c gives it. Some receivers turn out to have been killed just
 * now: their message goes back.
 */
static void answer(struct input *in, struct ipc_slot *s)
{
	bool back = take8(in) % 4 == 0;
	aref msg = 0;

	switch (s->op) {
	case SLOT_MSGRCV:
		msg = s->u.rcv.msg;
		CHECK((msg != 0) == (s->result >= 0));
		if (msg && back)
			msg_return(ns, (int32_t)s->notif[0], msg);
		else if (msg)
			swallow(&ns->msg_body, msg);
		break;
	case SLOT_MQ_RECEIVE:
		msg = s->u.mq.msg;
		CHECK((msg != 0) == (s->result >= 0));
		if (msg)
			CHECK((uint64_t)s->result == s->u.mq.size &&
			      s->u.mq.size == ipc_msg_get(&ns->mq_body, msg)->size);
		if (msg && back)
			mqueue_return(ns, s->obj, msg);
		else if (msg)
			swallow(&ns->mq_body, msg);
		break;
	case SLOT_MSGSND:
		CHECK(!s->u.snd.msg);
		break;
	case SLOT_MQ_SEND:
		CHECK(!s->u.mq.msg);
		break;
	case SLOT_SEMOP:
		CHECK(!s->u.sem.sops);
		break;
	default:
		CHECK(!"an operation that can sleep");
	}
	slot_free(ns, s);
}

static void drain(struct input *in)
{
	struct ipc_slot *s;

	while ((s = ipc_next_completed(ns))) {
		CHECK(s->state == SLOT_APPLIED && !s->next && !s->prev);
		CHECK(s->result <= 0 || s->op == SLOT_MQ_RECEIVE);
		/* The dead are given nothing; and only they are told so. */
		CHECK(s->result < 0 || !is_dead(s));
		CHECK(s->result != -ESRCH || is_dead(s));
		answer(in, s);
	}
}

/* ---- System V messages ---- */

static int32_t some_id(struct input *in, const int32_t *ids)
{
	uint8_t n = take8(in);

	if (n == 255)
		return (int32_t)take32(in);
	return ids[n % IDS];
}

static void op_msgget(struct input *in)
{
	int32_t key = (int32_t)below(in, 4), flg = (int32_t)(take16(in) & 0777);
	uint8_t how = take8(in);
	int r;

	flg |= (how & 3 ? IPC_CREAT : 0) | (how & 4 ? IPC_EXCL : 0);
	if (how & 8)
		flg |= 0666;
	r = msg_get(ns, &someone(in)->cred, key, flg);
	if (r >= 0)
		msg_id[next_msg++ % IDS] = r;
}

static void op_msgsnd(struct input *in)
{
	const struct process *p = someone(in);
	struct ipc_slot *s = slot_for(p);
	int32_t id = some_id(in, msg_id);
	uint8_t how = take8(in);
	int64_t type = how & 0x80 ? INT64_MAX - below(in, 4) : 1 + below(in, 5);
	uint64_t size = below(in, 65);

	s->u.snd.size = size;
	s->u.snd.msg = new_message(&ns->msg_body, type, size);
	int r = msg_send(ns, s, id, how & 1 ? IPC_NOWAIT : 0);

	if (r == IPC_PARKED)
		return;
	CHECK(r <= 0 && (r == 0) == (s->u.snd.msg == 0));
	ipc_msg_free(&ns->msg_body, s->u.snd.msg);
	slot_free(ns, s);
}

static void op_msgrcv(struct input *in)
{
	const struct process *p = someone(in);
	struct ipc_slot *s = slot_for(p);
	int32_t id = some_id(in, msg_id), flg;
	uint8_t how = take8(in);
	int64_t type = (int64_t)below(in, 11) - 5;

	if (how >= 250)
		type = INT64_MIN + (how - 250);
	flg = (how & 1 ? MSG_NOERROR : 0) | (how & 2 ? IPC_NOWAIT : 0) | (how & 4 ? MSG_EXCEPT : 0);
	if ((how & 56) == 56)
		flg = IPC_NOWAIT | MSG_COPY | (how & 1 ? MSG_NOERROR : 0);
	s->op = SLOT_MSGRCV;
	s->u.rcv.bufsz = below(in, 70);
	s->notif[0] = (uint32_t)id;
	int r = msg_receive(ns, s, id, type, flg);

	if (r == IPC_PARKED)
		return;
	CHECK(r <= 0 && (r == 0) == (s->u.rcv.msg != 0));
	if (r == 0 && !(flg & MSG_NOERROR))
		CHECK(ipc_msg_get(&ns->msg_body, s->u.rcv.msg)->size <= s->u.rcv.bufsz);
	s->result = r;
	if (flg & MSG_COPY) {
		if (r == 0)
			swallow(&ns->msg_body, s->u.rcv.msg);
		slot_free(ns, s);
	} else {
		answer(in, s);
	}
}

static void op_msgctl(struct input *in)
{
	const struct ipc_cred *cred = &someone(in)->cred;
	int32_t id = some_id(in, msg_id);
	struct msg_stat st;
	struct msg_info info;
	uint8_t how = take8(in);
	int r;

	if (how % 4 == 0) {
		msg_ctl_rmid(ns, cred, id);
	} else if (how % 4 == 1) {
		msg_ctl_set(ns, cred, id, below(in, 4) ? cred->euid : take32(in),
			    below(in, 4) ? cred->egid : take32(in), take16(in), take8(in) % 100);
	} else if (how % 4 == 2) {
		r = msg_ctl_stat(ns, cred, id, IPC_STAT, &st);
		CHECK(r < 0 || (r == 0 && st.perm.id == id));
		r = msg_ctl_stat(ns, cred, id, MSG_STAT, &st);
		CHECK(r < 0 || r == st.perm.id);
	} else {
		CHECK(msg_ctl_info(ns, MSG_INFO, &info) >= 0);
		CHECK(info.msgpool == (int32_t)msg_ids(ns)->in_use);
	}
}

/* ---- semaphores ---- */

static void op_semget(struct input *in)
{
	int32_t key = (int32_t)below(in, 4), flg = (int32_t)(take16(in) & 0777);
	uint8_t how = take8(in);
	int r;

	flg |= (how & 3 ? IPC_CREAT : 0) | (how & 4 ? IPC_EXCL : 0);
	if (how & 8)
		flg |= 0666;
	r = sem_get(ns, &someone(in)->cred, key, (int32_t)below(in, 9) - 1, flg);
	if (r >= 0)
		sem_id[next_sem++ % IDS] = r;
}

static void op_semop(struct input *in)
{
	static const int16_t large[] = {INT16_MIN, INT16_MAX, INT16_MIN + 1, 16384};
	struct ipc_slot *s = slot_for(someone(in));
	int32_t id = some_id(in, sem_id);
	uint8_t how = take8(in);
	/* Mostly few; sometimes more than a bitmap of semaphores has bits. */
	uint32_t n = how >= 252 ? 70 : 1 + (how & 3);

	s->u.sem.nsops = n;
	CHECK(arena_alloc(&ns->calls, n * sizeof(struct ipc_sembuf), &s->u.sem.sops) == 0);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t a = take8(in), b = take8(in);
		struct ipc_sembuf *o = &sem_sops(ns, s->u.sem.sops)[i];

		o->num = a == 255 ? take16(in) : a % 5;
		o->op = b >= 252 ? large[b - 252] : (int16_t)(b % 7) - 3;
		o->flg =
			(int16_t)((a & 0x40 ? SEM_UNDO : 0) | (a & 0x80 && b & 1 ? IPC_NOWAIT : 0));
	}
	if (how & 0x10)
		s->deadline_ns = 1; /* long ago */
	int r = sem_op(ns, s, id);

	if (r == IPC_PARKED) {
		CHECK(!s->deadline_ns);
		return;
	}
	CHECK(r <= 0 && s->u.sem.sops == 0);
	slot_free(ns, s);
}

static void op_semctl(struct input *in)
{
	static const int gets[] = {GETVAL, GETPID, GETNCNT, GETZCNT};
	const struct process *p = someone(in);
	const struct ipc_cred *cred = &p->cred;
	int32_t id = some_id(in, sem_id), num = (int32_t)below(in, 6) - (take8(in) == 255);
	uint8_t how = take8(in);
	uint16_t vals[16];
	struct sem_stat st;
	int n, r;

	switch (how % 8) {
	case 0:
		sem_ctl_rmid(ns, cred, id);
		break;
	case 1:
		sem_ctl_set(ns, cred, id, below(in, 4) ? cred->euid : take32(in),
			    below(in, 4) ? cred->egid : take32(in), take16(in));
		break;
	case 2:
	case 3:
		n = how & 0x80 ? (int)take16(in) - 100 : (int)below(in, 4);
		if (sem_ctl_setval(ns, cred, id, num, n) == 0)
			CHECK(n >= 0 && n <= IPC_SEMVMX);
		break;
	case 4:
		n = sem_ctl_nsems(ns, cred, id, SETALL);
		CHECK(n < 0 || (n > 0 && n <= 16));
		for (int i = 0; i < n; i++)
			vals[i] = how & 0x80 ? take16(in) : (uint16_t)below(in, 3);
		if (n > 0)
			sem_ctl_setall(ns, cred, id, vals, (uint32_t)n);
		break;
	case 5:
		n = sem_ctl_nsems(ns, cred, id, GETALL);
		if (n > 0) {
			CHECK(sem_ctl_getall(ns, cred, id, vals, (uint32_t)n) == 0);
			r = sem_ctl_get(ns, cred, id, n - 1, GETVAL);
			CHECK(r == vals[n - 1]);
		}
		break;
	case 6:
		r = sem_ctl_get(ns, cred, id, num, gets[how >> 6]);
		CHECK(r >= 0 || r == -EINVAL || r == -EACCES);
		break;
	default:
		r = sem_ctl_stat(ns, cred, id, SEM_STAT, &st);
		CHECK(r < 0 || r == st.perm.id);
		break;
	}
}

/* ---- POSIX queues ---- */

/* A queue that some program can still name: open or linked. 0 when the handle has none. */
static aref some_queue(struct input *in, uint32_t *which)
{
	*which = below(in, HANDLES);
	aref mq = handle[*which].ino ? mqueue_by_ino(ns, handle[*which].ino) : 0;

	if (!mq || (!mq_get(ns, mq)->linked && !handle[*which].refs))
		return 0;
	return mq;
}

static void op_mq_create(struct input *in)
{
	static const char *const names[] = {"a", "b", "c", "a-much-longer-name"};
	const struct ipc_cred *cred = &someone(in)->cred;
	uint8_t how = take8(in);
	const char *name = names[how % 4];
	const struct mq_attr_val attr = {.maxmsg = (int8_t)take8(in) % 8,
					 .msgsize =
						 how & 0x80 ? (int64_t)take64(in) : take8(in) % 40};
	uint32_t h = next_handle % HANDLES;
	aref mq;

	if (mqueue_find(ns, name, strlen(name)) || handle[h].refs)
		return;
	int r = mqueue_create(ns, cred, name, strlen(name), take16(in), how & 4 ? NULL : &attr,
			      how & 8 ? 2000 : UINT64_MAX, &mq);

	CHECK(r == 0 || r == -ENOSPC || r == -EINVAL || r == -EOVERFLOW || r == -EMFILE);
	if (r == 0) {
		handle[h].ino = mq_get(ns, mq)->ino;
		next_handle++;
	}
}

static void op_mq_names(struct input *in)
{
	const struct ipc_cred *cred = &someone(in)->cred;
	uint8_t how = take8(in);
	uint32_t h;
	aref mq = some_queue(in, &h);

	if (!mq)
		return;
	if (how % 3 == 0) {
		if (mqueue_may_unlink(ns, cred, mq_get(ns, mq)) == 0)
			mqueue_unlink(ns, mq);
	} else if (how % 3 == 1) {
		if (handle[h].refs < 3 && mqueue_permission(ns, mq_get(ns, mq), cred, 4) == 0) {
			mqueue_ref(ns, mq);
			handle[h].refs++;
		}
	} else if (handle[h].refs) {
		handle[h].refs--;
		mqueue_unref(ns, mq);
	}
}

static void op_mq_send(struct input *in)
{
	struct ipc_slot *s = slot_for(someone(in));
	uint8_t how = take8(in);
	uint32_t h;
	aref mq = some_queue(in, &h);

	if (!mq) {
		slot_free(ns, s);
		return;
	}
	s->u.mq.nice = (int32_t)(how & 3) - 1;
	s->u.mq.size = take8(in) % (uint64_t)(mq_get(ns, mq)->msgsize + 1);
	s->u.mq.msg = new_message(&ns->mq_body, how & 0x40 ? 32767 : below(in, 4), s->u.mq.size);
	s->deadline_ns = how & 4 ? 1 : 0;
	int r = mqueue_send(ns, s, mq, how & 8);

	if (r == IPC_PARKED)
		return;
	CHECK(r <= 0 && (r == 0) == (s->u.mq.msg == 0));
	ipc_msg_free(&ns->mq_body, s->u.mq.msg);
	slot_free(ns, s);
}

static void op_mq_receive(struct input *in)
{
	struct ipc_slot *s = slot_for(someone(in));
	uint8_t how = take8(in);
	uint32_t h;
	aref mq = some_queue(in, &h);

	if (!mq) {
		slot_free(ns, s);
		return;
	}
	s->op = SLOT_MQ_RECEIVE;
	s->u.mq.nice = (int32_t)(how & 3) - 1;
	s->deadline_ns = how & 4 ? 1 : 0;
	int r = mqueue_receive(ns, s, mq, how & 8);

	if (r == IPC_PARKED)
		return;
	CHECK(r <= 0);
	s->result = r < 0 ? r : (int64_t)s->u.mq.size;
	answer(in, s);
}

static void op_mq_other(struct input *in)
{
	const struct process *p = someone(in);
	uint8_t how = take8(in);
	uint32_t h;
	aref mq = some_queue(in, &h);
	struct mq_setattr set;
	char text[100];

	if (!mq)
		return;
	switch (how % 6) {
	case 0:
	case 1: {
		static const int ways[] = {SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD};
		const struct mq_registration reg = {
			.notify = ways[(how >> 4) % 3], .signo = how, .start_time = p->start_time};

		if (mqueue_notify(ns, mq, p->cred.tgid, &reg) == 0)
			world.registered++;
		break;
	}
	case 2:
		CHECK(mqueue_notify(ns, mq, p->cred.tgid, NULL) == 0);
		break;
	case 3:
		mqueue_flush(ns, mq, p->cred.tgid);
		break;
	case 4:
		take(in, &set, sizeof(set));
		mqueue_setattr(ns, how & 0x80 ? 0 : mq, &set);
		CHECK((mq_get(ns, mq)->mode & 0170000) == 0100000);
		CHECK((mqueue_dir(ns)->mode & 0170000) == 0040000);
		break;
	default: {
		size_t room = take8(in) % (sizeof(text) + 1);
		size_t len = mqueue_status(mq_get(ns, mq), (int)take32(in), text, room);

		CHECK(room == 0 ? len == 0 : len < room && strlen(text) == len);
		break;
	}
	}
}

/* ---- life ---- */

static struct ipc_slot *nth_parked(uint32_t n)
{
	const struct slots_root *r = arena_root(&ns->calls);

	for (slot_idx i = r->all; i; i = slot_get(ns, i)->all_next)
		if (slot_get(ns, i)->state == SLOT_PARKED && n-- == 0)
			return slot_get(ns, i);
	return NULL;
}

/* A signal, or a timeout. */
static void op_cancel(struct input *in)
{
	const struct slots_root *r = arena_root(&ns->calls);

	if (!r->parked)
		return;
	struct ipc_slot *s = nth_parked(below(in, r->parked < 255 ? r->parked : 255));

	ipc_cancel(ns, s);
	CHECK(s->state == SLOT_RECEIVED);
	slot_free(ns, s);
}

static void cancel_of(const struct process *p)
{
	struct ipc_slot *s;

	for (uint32_t n = 0; (s = nth_parked(n));) {
		if (s->cred.tgid != p->cred.tgid) {
			n++;
			continue;
		}
		ipc_cancel(ns, s);
		slot_free(ns, s);
	}
}

static bool same_list(const struct process *a, const struct process *b)
{
	return a->undo.list == b->undo.list && a->undo.born == b->undo.born;
}

/* exit_sem(): when the last one who shared the list is gone. */
static void undo_of(const struct process *p)
{
	for (uint32_t i = 0; i < PROCESSES; i++)
		if (!world.process[i].dead && same_list(&world.process[i], p))
			return;
	sem_undo_exit(ns, &p->undo, p->cred.tgid);
}

/* Who has a list alone, and is not asleep, begins to share one. */
static void op_share(struct input *in)
{
	struct process *p = someone(in);
	const struct sem_holder to = {.list = 100 + below(in, PROCESSES)};
	struct ipc_slot *s;

	for (uint32_t n = 0; (s = nth_parked(n)); n++)
		if (s->undo.list == p->undo.list && s->undo.born == p->undo.born)
			return;
	if (!p->undo.born)
		return;
	sem_undo_rekey(ns, &p->undo, &to);
	p->undo = to;
}

/* What the daemon finds out about a death, in either order; then the number is used again. */
static void bury(struct input *in, struct process *p)
{
	bool undo_first = take8(in) & 1;

	p->dead = true;
	if (undo_first) {
		undo_of(p);
		drain(in);
	}
	cancel_of(p);
	for (uint32_t h = 0; h < HANDLES; h++) {
		aref mq = handle[h].ino ? mqueue_by_ino(ns, handle[h].ino) : 0;

		if (mq)
			mqueue_flush(ns, mq, p->cred.tgid);
	}
	undo_of(p);
	p->start_time += PROCESSES;
	p->undo = first_list(p);
	p->dead = false;
}

static void op_life(struct input *in)
{
	struct process *p = &world.process[1 + below(in, PROCESSES - 1)]; /* one lives for ever */

	if (p->dead)
		bury(in, p);
	else
		p->dead = true;
}

static void op_limits(struct input *in)
{
	struct ipc_limits *l = ipc_limits(ns);

	l->msgmnb = below(in, 100);
	l->mq_queues_max = below(in, 6);
	l->mq_msg_max = below(in, 8);
	world.now.tv_sec += below(in, 3);
}

static void op_listing(struct input *in)
{
	const struct procfs_reader reader = {0};
	char line[PROCFS_LINE_MAX];
	struct msg_stat m;
	struct sem_stat s;

	(void)in;
	for (int32_t i = 0; msg_next(ns, &i, &m); i++) {
		size_t len = procfs_msg_line(&m, &reader, line);

		CHECK(len < sizeof(line) && strlen(line) == len && line[len - 1] == '\n');
	}
	for (int32_t i = 0; sem_next(ns, &i, &s); i++) {
		size_t len = procfs_sem_line(&s, &reader, line);

		CHECK(len < sizeof(line) && strlen(line) == len && line[len - 1] == '\n');
	}
}

static void (*const ops[])(struct input *in) = {
	op_msgget,   op_msgsnd,	 op_msgsnd,  op_msgrcv,	    op_msgrcv,	   op_msgctl,
	op_semget,   op_semop,	 op_semop,   op_semop,	    op_semctl,	   op_mq_create,
	op_mq_names, op_mq_send, op_mq_send, op_mq_receive, op_mq_receive, op_mq_other,
	op_cancel,   op_life,	 op_limits,  op_listing,    op_share,
};

static void take_all_away(struct input *in)
{
	const struct ipc_cred *root = &world.process[0].cred;
	struct msg_stat m;
	struct sem_stat s;

	for (uint32_t i = 0; i < PROCESSES; i++)
		world.process[i].dead = true;
	for (uint32_t i = 0; i < PROCESSES; i++) {
		bury(in, &world.process[i]);
		world.process[i].dead = true;
	}
	drain(in);
	for (int32_t i = 0; msg_next(ns, &i, &m); i++)
		CHECK(msg_ctl_rmid(ns, root, m.perm.id) == 0);
	for (int32_t i = 0; sem_next(ns, &i, &s); i++)
		CHECK(sem_ctl_rmid(ns, root, s.perm.id) == 0);
	for (aref mq; (mq = mqueue_first(ns));)
		mqueue_unlink(ns, mq);
	for (uint32_t h = 0; h < HANDLES; h++)
		while (handle[h].refs) {
			handle[h].refs--;
			mqueue_unref(ns, mqueue_by_ino(ns, handle[h].ino));
		}
	drain(in);
	check_empty();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	world_create();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	world_reset();
	memset(handle, 0, sizeof(handle));
	memset(msg_id, 0, sizeof(msg_id));
	memset(sem_id, 0, sizeof(sem_id));
	next_msg = next_sem = next_handle = 0;
	for (int i = 0; i < OPS_MAX && in.left; i++) {
		ops[take8(&in) % (sizeof(ops) / sizeof(ops[0]))](&in);
		drain(&in);
		check_world();
	}
	take_all_away(&in);
	return 0;
}
