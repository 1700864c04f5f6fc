/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the mqueue tests share: a namespace over a directory that is gone afterwards, callers that
 * are only a number and can be declared dead, a clock that the test sets, and a record of what the
 * environment was told.
 *
 * mqueue_world_end() removes all queues and checks that every arena is as empty as it was, so each
 * test is a leak test, too.
 */
#ifndef TESTS_MQUEUE_FIXTURE_H
#define TESTS_MQUEUE_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc/config.h"
#include "ipc/mqueue.h"

#define DEAD_MAX 64u
#define NO_LIMIT UINT64_MAX

/* What the environment was told. */
struct world {
	struct ipc_ns ns;
	struct ipc_cred root, user;
	bool dead[DEAD_MAX]; /* by tid */
	int64_t now;	     /* s */
	uint64_t rec_used, body_used;
	unsigned polled, notified, unregistered;
	aref polled_mq;
	struct mq_registration last;
	uint32_t notified_by;
};

static inline bool world_alive(void *ctx, const struct ipc_slot *s)
{
	const struct world *w = ctx;

	return s->cred.tid >= DEAD_MAX || !w->dead[s->cred.tid];
}

static inline struct timespec world_now(void *ctx)
{
	const struct world *w = ctx;

	return (struct timespec){.tv_sec = w->now};
}

static inline void world_poll(void *ctx, aref mq)
{
	struct world *w = ctx;

	w->polled++;
	w->polled_mq = mq;
}

static inline void world_notify(void *ctx, const struct mq_registration *reg,
				const struct ipc_cred *by)
{
	struct world *w = ctx;

	w->notified++;
	w->last = *reg;
	w->notified_by = by->tgid;
}

static inline void world_unregister(void *ctx, const struct mq_registration *reg)
{
	struct world *w = ctx;

	w->unregistered++;
	w->last = *reg;
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

static inline int mqueue_world_begin(void **state)
{
	static const char *const names[] = {
		"ns",	       "calls",	     "msg.records",    "msg.bodies",
		"sem.records", "sem.bodies", "mqueue.records", "mqueue.bodies"};
	struct world *w = calloc(1, sizeof(*w));
	char dir[] = "/dev/shm/test_mqueue.XXXXXX";
	const struct ipc_env env = {.ctx = w,
				    .alive = world_alive,
				    .mq_notify = world_notify,
				    .mq_unregister = world_unregister,
				    .mq_poll = world_poll,
				    .now = world_now};

	assert_non_null(w);
	assert_non_null(mkdtemp(dir));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	w->now = 1000;
	w->root = cred_of(1, 0, IPC_CAP_DAC_OVERRIDE | IPC_CAP_FOWNER | IPC_CAP_SYS_RESOURCE);
	w->user = cred_of(2, 1000, 0);
	assert_int_equal(ipc_ns_create(&w->ns, fd, &env), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		/* A build has files for the families that it has. */
		assert_true(unlinkat(fd, names[i], 0) == 0 || (!IPCNS_COMPLETE && errno == ENOENT));
	close(fd);
	assert_int_equal(rmdir(dir), 0);
	w->rec_used = arena_used(&w->ns.mq_rec);
	w->body_used = arena_used(&w->ns.mq_body);
	*state = w;
	return 0;
}

static inline int mqueue_world_end(void **state)
{
	struct world *w = *state;
	const struct slots_root *slots = arena_root(&w->ns.calls);
	aref mq;

	while ((mq = mqueue_first(&w->ns)) != 0)
		mqueue_unlink(&w->ns, mq);
	assert_int_equal(mqueue_count(&w->ns), 0);
	assert_int_equal(slots->in_use, 0);
	assert_int_equal(slots->parked, 0);
	assert_int_equal(arena_used(&w->ns.mq_rec), w->rec_used);
	assert_int_equal(arena_used(&w->ns.mq_body), w->body_used);
	assert_int_equal(mqueue_dir(&w->ns)->size, 2 * MQ_DIRENT_SIZE);
	ipc_ns_close(&w->ns);
	free(w);
	return 0;
}

static inline int create(struct world *w, const struct ipc_cred *cred, const char *name, aref *mq)
{
	return mqueue_create(&w->ns, cred, name, strlen(name), 0644, NULL, NO_LIMIT, mq);
}

static inline aref queue(struct world *w, const char *name, int64_t maxmsg)
{
	const struct mq_attr_val attr = {.maxmsg = maxmsg, .msgsize = 64};
	aref mq = 0;

	assert_int_equal(
		mqueue_create(&w->ns, &w->root, name, strlen(name), 0600, &attr, NO_LIMIT, &mq), 0);
	return mq;
}

static inline struct ipc_slot *caller(struct world *w, uint32_t tid, int nice)
{
	struct ipc_slot *s = slot_alloc(&w->ns);

	assert_non_null(s);
	s->cred = w->root;
	s->cred.tid = s->cred.tgid = tid;
	s->u.mq.nice = nice;
	return s;
}

/* Start a send of @text; *out is the slot when it parked. */
static inline int send_as(struct world *w, aref mq, uint32_t tid, int nice, unsigned prio,
			  const char *text, struct ipc_slot **out)
{
	struct ipc_slot *s = caller(w, tid, nice);
	size_t size = strlen(text);

	assert_int_equal(ipc_msg_alloc(&w->ns.mq_body, size, &s->u.mq.msg), 0);
	struct ipc_msg *m = ipc_msg_get(&w->ns.mq_body, s->u.mq.msg);

	m->type = prio;
	memcpy(m->text, text, size);
	int r = mqueue_send(&w->ns, s, mq, out == NULL);

	if (out)
		*out = r == IPC_PARKED ? s : NULL;
	if (r == IPC_PARKED)
		return r;
	assert_int_equal(s->u.mq.msg == 0, r == 0); /* ownership */
	ipc_msg_free(&w->ns.mq_body, s->u.mq.msg);
	slot_free(&w->ns, s);
	return r;
}

static inline void send(struct world *w, aref mq, unsigned prio, const char *text)
{
	assert_int_equal(send_as(w, mq, 1, 0, prio, text, NULL), 0);
}

/* The message granted to @s: checked, freed, and the slot with it. */
static inline void granted(struct world *w, struct ipc_slot *s, unsigned prio, const char *text)
{
	const struct ipc_msg *m = ipc_msg_get(&w->ns.mq_body, s->u.mq.msg);

	assert_non_null(m);
	assert_int_equal(m->size, strlen(text));
	assert_int_equal(s->u.mq.size, m->size);
	assert_memory_equal(m->text, text, m->size);
	assert_int_equal(m->type, prio);
	ipc_msg_free(&w->ns.mq_body, s->u.mq.msg);
	slot_free(&w->ns, s);
}

static inline struct ipc_slot *take(struct world *w, aref mq)
{
	struct ipc_slot *s = caller(w, 1, 0);

	assert_int_equal(mqueue_receive(&w->ns, s, mq, true), 0);
	assert_int_equal(s->obj, mq);
	return s;
}

static inline void receive(struct world *w, aref mq, unsigned prio, const char *text)
{
	granted(w, take(w, mq), prio, text);
}

static inline void receive_empty(struct world *w, aref mq)
{
	struct ipc_slot *s = caller(w, 1, 0);

	assert_int_equal(mqueue_receive(&w->ns, s, mq, true), -EAGAIN);
	slot_free(&w->ns, s);
}

static inline struct ipc_slot *wait_message(struct world *w, aref mq, uint32_t tid, int nice)
{
	struct ipc_slot *s = caller(w, tid, nice);

	assert_int_equal(mqueue_receive(&w->ns, s, mq, false), IPC_PARKED);
	return s;
}

static inline void completed(struct world *w, const struct ipc_slot *s, int64_t result)
{
	assert_ptr_equal(ipc_next_completed(&w->ns), s);
	assert_int_equal(s->result, result);
}

static inline struct mq_registration by_signal(int signo)
{
	return (struct mq_registration){
		.notify = SIGEV_SIGNAL, .signo = signo, .value = 77, .sock = -1};
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, mqueue_world_begin, mqueue_world_end)

#endif
