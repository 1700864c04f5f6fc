/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the semaphore tests share: a namespace over a directory that is gone afterwards, processes
 * that are only a number and can be declared dead, and a clock that the test sets.
 *
 * sem_world_end() removes all sets and checks that every arena is as empty as it was, so each test
 * is a leak test, too.
 */
#ifndef TESTS_SEM_FIXTURE_H
#define TESTS_SEM_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

#include <cmocka.h>

#include "ipc/config.h"
#include "ipc/sem.h"

#define MAX_PID 4096u

struct world {
	struct ipc_ns ns;
	struct ipc_cred root;
	bool dead[MAX_PID]; /* by tgid */
	unsigned asked;	    /* calls of alive() */
	int64_t now;
	uint64_t chunk_size;
};

#define SOPS(...)                                   \
	((const struct ipc_sembuf[]){__VA_ARGS__}), \
		sizeof((const struct ipc_sembuf[]){__VA_ARGS__}) / sizeof(struct ipc_sembuf)
#define OP(n, o)                      \
	{                             \
		.num = (n), .op = (o) \
	}
#define OPF(n, o, f)                              \
	{                                         \
		.num = (n), .op = (o), .flg = (f) \
	}

static inline bool world_alive(void *ctx, const struct ipc_slot *s)
{
	struct world *w = ctx;

	w->asked++;
	return !w->dead[s->cred.tgid];
}

static inline struct timespec world_now(void *ctx)
{
	const struct world *w = ctx;

	return (struct timespec){.tv_sec = w->now};
}

/* A caller: process @pid. start_of() gives each pid one start time, so a pid is an identity. */
static inline struct ipc_cred user_cred(uint32_t pid, uint32_t uid)
{
	return (struct ipc_cred){.tgid = pid,
				 .tid = pid,
				 .uid = uid,
				 .gid = uid,
				 .euid = uid,
				 .egid = uid,
				 .fsuid = uid,
				 .fsgid = uid};
}

static inline uint64_t start_of(uint32_t pid)
{
	return 100000u + pid;
}

static inline int sem_world_begin(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char dir[] = "/dev/shm/test_sem.XXXXXX";
	const struct ipc_env env = {.ctx = w, .alive = world_alive, .now = world_now};

	assert_non_null(w);
	assert_non_null(mkdtemp(dir));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	w->now = 1000;
	w->root = user_cred(1, 0);
	w->root.caps = IPC_CAP_OWNER | IPC_CAP_SYS_ADMIN;
	assert_int_equal(ipc_ns_create(&w->ns, fd, &env), 0);

	/* The mappings keep the files. */
	static const char *const names[] = {
		"ns",	       "calls",	     "msg.records",    "msg.bodies",
		"sem.records", "sem.bodies", "mqueue.records", "mqueue.bodies"};
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

/* Start a semop; *out is its slot when it parks. */
static inline int semop_as(struct world *w, const struct ipc_cred *cred, int id,
			   struct ipc_slot **out, const struct ipc_sembuf *sops, size_t n)
{
	struct ipc_slot *s = slot_alloc(&w->ns);

	assert_non_null(s);
	s->state = SLOT_RECEIVED;
	s->cred = *cred;
	s->start_time = start_of(cred->tgid);
	s->undo = (struct sem_holder){.list = cred->tgid, .born = start_of(cred->tgid)};
	s->u.sem.nsops = (uint32_t)n;
	assert_int_equal(arena_alloc(&w->ns.calls, n * sizeof(*sops), &s->u.sem.sops), 0);
	struct ipc_sembuf *to = arena_ptr(&w->ns.calls, s->u.sem.sops);

	/* The rest of the block is as undefined as the caller would leave it. */
	memset(to, 0xa5, n * sizeof(*to));
	for (size_t i = 0; i < n; i++) {
		to[i].num = sops[i].num;
		to[i].op = sops[i].op;
		to[i].flg = sops[i].flg;
	}
	int r = sem_op(&w->ns, s, id);

	if (r == IPC_PARKED) {
		assert_int_equal(s->state, SLOT_PARKED);
		assert_non_null(out); /* a sleeper that the test did not expect */
		*out = s;
		return r;
	}
	assert_int_equal(s->u.sem.sops, 0);
	if (r == 0) {
		assert_int_equal(s->state, SLOT_APPLIED);
		assert_int_equal(s->result, 0);
	}
	slot_free(&w->ns, s);
	if (out)
		*out = NULL;
	return r;
}

/* semop() of process @pid, with root's rights, that must not park. */
static inline int op_now(struct world *w, uint32_t pid, int id, const struct ipc_sembuf *sops,
			 size_t n)
{
	struct ipc_cred cred = w->root;

	cred.tgid = cred.tid = pid;
	return semop_as(w, &cred, id, NULL, sops, n);
}

/* The same, that must park. */
static inline struct ipc_slot *op_parks(struct world *w, uint32_t pid, int id,
					const struct ipc_sembuf *sops, size_t n)
{
	struct ipc_cred cred = w->root;
	struct ipc_slot *s = NULL;

	cred.tgid = cred.tid = pid;
	assert_int_equal(semop_as(w, &cred, id, &s, sops, n), IPC_PARKED);
	return s;
}

/* The next completed call is @s, with @result. */
static inline void expect_done(struct world *w, struct ipc_slot *s, int64_t result)
{
	struct ipc_slot *got = ipc_next_completed(&w->ns);

	assert_ptr_equal(got, s);
	assert_int_equal(got->state, SLOT_APPLIED);
	assert_int_equal(got->result, result);
	assert_int_equal(got->u.sem.sops, 0);
	slot_free(&w->ns, got);
}

static inline void expect_none(struct world *w)
{
	assert_null(ipc_next_completed(&w->ns));
}

static inline int new_set(struct world *w, int nsems)
{
	int id = sem_get(&w->ns, &w->root, IPC_PRIVATE, nsems, 0600);

	assert_true(id >= 0);
	return id;
}

static inline int get(struct world *w, int id, int num, int cmd)
{
	return sem_ctl_get(&w->ns, &w->root, id, num, cmd);
}

static inline int val(struct world *w, int id, int num)
{
	return get(w, id, num, GETVAL);
}

static inline int setval(struct world *w, int id, int num, int value)
{
	return sem_ctl_setval(&w->ns, &w->root, id, num, value);
}

static inline int64_t otime(struct world *w, int id)
{
	struct sem_stat st;

	assert_int_equal(sem_ctl_stat(&w->ns, &w->root, id, IPC_STAT, &st), 0);
	return st.otime;
}

static inline int sem_world_end(void **state)
{
	struct world *w = *state;
	struct sem_stat st;
	struct ipc_slot *s;
	struct sem_holder h;
	struct sem_info info;
	const struct slots_root *slots = arena_root(&w->ns.calls);
	aref cursor = 0;

	for (int32_t i = 0; sem_next(&w->ns, &i, &st); i++)
		assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, st.perm.id), 0);
	while ((s = ipc_next_completed(&w->ns)))
		slot_free(&w->ns, s);
	assert_false(sem_undo_next_holder(&w->ns, &cursor, &h));
	assert_int_equal(sem_ctl_info(&w->ns, SEM_INFO, &info), 0);
	assert_int_equal(info.semaem, 0);
	assert_int_equal(arena_used(&w->ns.sem_rec), 0);
	assert_int_equal(arena_used(&w->ns.sem_body), 0);
	assert_int_equal(slots->in_use, 0);
	assert_int_equal(slots->parked, 0);
	assert_int_equal(arena_used(&w->ns.calls),
			 slots->capacity / SLOTS_PER_CHUNK * w->chunk_size);
	ipc_ns_close(&w->ns);
	free(w);
	return 0;
}

#define SEM_TEST(f) cmocka_unit_test_setup_teardown(f, sem_world_begin, sem_world_end)

#endif
