/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of System V queues and of sleepers share: a namespace over a directory that is gone
 * afterwards, callers that are only a number and can be declared dead, and a clock that the test
 * sets.
 *
 * msg_world_end() removes all queues and checks that every arena is as empty as it was, so each test
 * is a leak test, too. check_queue() is the invariant: what is counted is what is in the lists.
 */
#ifndef TESTS_MSG_FIXTURE_H
#define TESTS_MSG_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc/config.h"
#include "ipc/msg.h"

#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif
#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

#define DEAD_MAX 64u
#define BUF 100u /* bytes that a receiver of these tests has room for, if it is not told */

struct world {
	struct ipc_ns ns;
	struct ipc_cred root, user;
	bool dead[DEAD_MAX]; /* by tid */
	int64_t now;
	unsigned parked, unparked;
	uint64_t chunk_size;
};

static inline bool world_alive(void *ctx, const struct ipc_slot *s)
{
	const struct world *w = ctx;

	return s->cred.tid >= DEAD_MAX || !w->dead[s->cred.tid];
}

static inline void world_parked(void *ctx, struct ipc_slot *s)
{
	struct world *w = ctx;

	assert_int_equal(s->state, SLOT_PARKED);
	w->parked++;
}

static inline void world_unparked(void *ctx, struct ipc_slot *s)
{
	struct world *w = ctx;

	(void)s;
	w->unparked++;
}

static inline struct timespec world_now(void *ctx)
{
	const struct world *w = ctx;

	return (struct timespec){.tv_sec = w->now};
}

static inline struct ipc_cred cred_of(uint32_t tgid, uint32_t uid, uint32_t caps)
{
	return (struct ipc_cred){.tgid = tgid,
				 .tid = tgid,
				 .uid = uid,
				 .gid = uid,
				 .euid = uid,
				 .egid = uid,
				 .fsuid = uid,
				 .fsgid = uid,
				 .caps = caps};
}

static inline int msg_world_begin(void **state)
{
	static const char *const names[] = {
		"ns",	       "calls",	     "msg.records",    "msg.bodies",
		"sem.records", "sem.bodies", "mqueue.records", "mqueue.bodies"};
	struct world *w = calloc(1, sizeof(*w));
	char dir[] = "/dev/shm/test_msg.XXXXXX";
	const struct ipc_env env = {.ctx = w,
				    .alive = world_alive,
				    .parked = world_parked,
				    .unparked = world_unparked,
				    .now = world_now};

	assert_non_null(w);
	assert_non_null(mkdtemp(dir));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	w->now = 1000;
	w->root = cred_of(1, 0, IPC_CAP_OWNER | IPC_CAP_SYS_ADMIN | IPC_CAP_SYS_RESOURCE);
	w->user = cred_of(2, 1000, 0);
	assert_int_equal(ipc_ns_create(&w->ns, fd, &env), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		/* A build has files for the families that it has. */
		assert_true(unlinkat(fd, names[i], 0) == 0 || (!IPCNS_COMPLETE && errno == ENOENT));
	close(fd);
	assert_int_equal(rmdir(dir), 0);
	slot_free(&w->ns, slot_alloc(&w->ns)); /* chunks of slots stay */
	w->chunk_size = arena_used(&w->ns.calls);
	*state = w;
	return 0;
}

static inline struct msg_stat stat_of(struct world *w, int id)
{
	struct msg_stat st;

	assert_int_equal(msg_ctl_stat(&w->ns, &w->root, id, IPC_STAT, &st), 0);
	return st;
}

static inline struct msg_record *record_of(struct world *w, int id)
{
	aref ref;

	assert_int_equal(ids_lookup(arena_root(&w->ns.msg_rec), &w->ns.msg_rec, id, &ref), 0);
	return arena_ptr(&w->ns.msg_rec, ref);
}

static inline void check_sleepers(struct world *w, const struct sleep_queue *sq)
{
	uint32_t n = 0;
	slot_idx prev = 0;

	for (slot_idx i = sq->head; i; i = slot_get(&w->ns, i)->next) {
		assert_int_equal(slot_get(&w->ns, i)->prev, prev);
		assert_int_equal(slot_get(&w->ns, i)->state, SLOT_PARKED);
		prev = i;
		n++;
	}
	assert_int_equal(sq->tail, prev);
	assert_int_equal(sq->count, n);
}

static inline void check_queue(struct world *w, int id)
{
	const struct msg_record *q = record_of(w, id);
	uint64_t n = 0, bytes = 0;
	aref prev = 0;

	for (aref ref = q->head; ref; ref = ipc_msg_get(&w->ns.msg_body, ref)->next) {
		const struct ipc_msg *m = ipc_msg_get(&w->ns.msg_body, ref);

		assert_int_equal(m->prev, prev);
		if (prev)
			assert_true(ipc_msg_get(&w->ns.msg_body, prev)->seq < m->seq);
		prev = ref;
		n++;
		bytes += m->size;
	}
	assert_int_equal(q->tail, prev);
	assert_int_equal(q->qnum, n);
	assert_int_equal(q->cbytes, bytes);
	check_sleepers(w, &q->receivers);
	check_sleepers(w, &q->senders);
}

static inline int new_queue(struct world *w)
{
	int id = msg_get(&w->ns, &w->root, IPC_PRIVATE, 0600);

	assert_true(id >= 0);
	return id;
}

/* qbytes, by IPC_SET. */
static inline void set_room(struct world *w, int id, uint64_t qbytes)
{
	const struct msg_stat st = stat_of(w, id);

	assert_int_equal(
		msg_ctl_set(&w->ns, &w->root, id, st.perm.uid, st.perm.gid, st.perm.mode, qbytes),
		0);
}

static inline struct ipc_slot *caller(struct world *w, const struct ipc_cred *cred, uint32_t tid)
{
	struct ipc_slot *s = slot_alloc(&w->ns);

	assert_non_null(s);
	s->state = SLOT_RECEIVED;
	s->cred = *cred;
	if (tid)
		s->cred.tid = s->cred.tgid = tid;
	return s;
}

/* Send as @cred, thread @tid; *out (or NULL: must not park) is the sleeper. */
static inline int send_by(struct world *w, const struct ipc_cred *cred, uint32_t tid, int id,
			  int64_t type, const void *text, size_t size, int flg,
			  struct ipc_slot **out)
{
	struct ipc_slot *s = caller(w, cred, tid);

	assert_int_equal(ipc_msg_alloc(&w->ns.msg_body, size, &s->u.snd.msg), 0);
	s->u.snd.size = size;
	struct ipc_msg *m = ipc_msg_get(&w->ns.msg_body, s->u.snd.msg);

	m->type = type;
	memcpy(m->text, text, size);
	int r = msg_send(&w->ns, s, id, flg);

	if (r == IPC_PARKED) {
		assert_non_null(out);
		*out = s;
		return r;
	}
	/* Ownership: taken on success, the slot's on failure. */
	assert_int_equal(s->u.snd.msg == 0, r == 0);
	ipc_msg_free(&w->ns.msg_body, s->u.snd.msg);
	slot_free(&w->ns, s);
	return r;
}

static inline void send_text(struct world *w, int id, int64_t type, const char *text)
{
	assert_int_equal(send_by(w, &w->root, 0, id, type, text, strlen(text), 0, NULL), 0);
	check_queue(w, id);
}

static inline int try_send(struct world *w, int id, int64_t type, const char *text)
{
	return send_by(w, &w->root, 0, id, type, text, strlen(text), IPC_NOWAIT, NULL);
}

/* A sender that must park. */
static inline struct ipc_slot *send_parks(struct world *w, uint32_t tid, int id, int64_t type,
					  const char *text)
{
	struct ipc_slot *s = NULL;

	assert_int_equal(send_by(w, &w->root, tid, id, type, text, strlen(text), 0, &s),
			 IPC_PARKED);
	check_queue(w, id);
	return s;
}

static inline int receive_by(struct world *w, const struct ipc_cred *cred, uint32_t tid, int id,
			     int64_t type, uint64_t bufsz, int flg, struct ipc_slot **out)
{
	struct ipc_slot *s = caller(w, cred, tid);

	s->u.rcv.bufsz = bufsz;
	int r = msg_receive(&w->ns, s, id, type, flg);

	if (r == 0 || r == IPC_PARKED) {
		assert_non_null(out);
		*out = s;
		return r;
	}
	assert_int_equal(s->u.rcv.msg, 0);
	slot_free(&w->ns, s);
	return r;
}

/* A receive that fails with @err. */
static inline void receive_fails(struct world *w, int id, int64_t type, uint64_t bufsz, int flg,
				 int err)
{
	assert_int_equal(receive_by(w, &w->root, 0, id, type, bufsz, flg, NULL), err);
	check_queue(w, id);
}

/* What @s was given is this message; it and the slot go. */
static inline void granted(struct world *w, struct ipc_slot *s, int64_t type, const char *text)
{
	const struct ipc_msg *m = ipc_msg_get(&w->ns.msg_body, s->u.rcv.msg);

	assert_non_null(m);
	assert_int_equal(m->type, type);
	assert_int_equal(m->size, strlen(text));
	assert_memory_equal(m->text, text, m->size);
	ipc_msg_free(&w->ns.msg_body, s->u.rcv.msg);
	slot_free(&w->ns, s);
}

/* A receive that gets a message at once; the slot has it. */
static inline struct ipc_slot *take(struct world *w, int id, int64_t type, uint64_t bufsz, int flg)
{
	struct ipc_slot *s = NULL;

	assert_int_equal(receive_by(w, &w->root, 0, id, type, bufsz, flg | IPC_NOWAIT, &s), 0);
	check_queue(w, id);
	return s;
}

static inline void receive_text(struct world *w, int id, int64_t type, int flg, int64_t got_type,
				const char *text)
{
	granted(w, take(w, id, type, BUF, flg), got_type, text);
}

static inline void receive_nothing(struct world *w, int id, int64_t type, int flg)
{
	receive_fails(w, id, type, BUF, flg | IPC_NOWAIT, -ENOMSG);
}

/* A receiver that must park. */
static inline struct ipc_slot *receive_parks(struct world *w, uint32_t tid, int id, int64_t type,
					     uint64_t bufsz, int flg)
{
	struct ipc_slot *s = NULL;

	assert_int_equal(receive_by(w, &w->root, tid, id, type, bufsz, flg, &s), IPC_PARKED);
	check_queue(w, id);
	return s;
}

/* The next completed call is @s with @result; the slot is still the test's. */
static inline void expect_done(struct world *w, struct ipc_slot *s, int64_t result)
{
	struct ipc_slot *got = ipc_next_completed(&w->ns);

	assert_ptr_equal(got, s);
	assert_int_equal(got->state, SLOT_APPLIED);
	assert_int_equal(got->result, result);
}

/* The same for one that got nothing. */
static inline void expect_failed(struct world *w, struct ipc_slot *s, int64_t result)
{
	expect_done(w, s, result);
	assert_int_equal(s->op == SLOT_MSGSND ? s->u.snd.msg : s->u.rcv.msg, 0);
	slot_free(&w->ns, s);
}

static inline void expect_sent(struct world *w, struct ipc_slot *s)
{
	expect_failed(w, s, 0); /* its message is the queue's, or a receiver's */
}

static inline void expect_none(struct world *w)
{
	assert_null(ipc_next_completed(&w->ns));
}

static inline int msg_world_end(void **state)
{
	struct world *w = *state;
	const struct slots_root *slots = arena_root(&w->ns.calls);
	struct msg_stat st;
	struct msg_info info;

	for (int32_t i = 0; msg_next(&w->ns, &i, &st); i++) {
		check_queue(w, st.perm.id);
		assert_int_equal(msg_ctl_rmid(&w->ns, &w->root, st.perm.id), 0);
	}
	expect_none(w);
	assert_int_equal(msg_ctl_info(&w->ns, MSG_INFO, &info), 0);
	assert_int_equal(info.msgpool, 0);
	assert_int_equal(arena_used(&w->ns.msg_rec), 0);
	assert_int_equal(arena_used(&w->ns.msg_body), 0);
	assert_int_equal(slots->in_use, 0);
	assert_int_equal(slots->parked, 0);
	assert_int_equal(w->parked, w->unparked);
	assert_int_equal(arena_used(&w->ns.calls),
			 slots->capacity / SLOTS_PER_CHUNK * w->chunk_size);
	ipc_ns_close(&w->ns);
	free(w);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, msg_world_begin, msg_world_end)

#endif
