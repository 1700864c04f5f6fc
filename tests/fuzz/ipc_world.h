/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A namespace for a fuzz target that calls ipc/ directly: made once, on a directory that is gone at
 * once; a few processes that live, die and are born again; and an environment that counts.
 *
 * What is left of one input is taken away by the caller, and world_reset() makes the tables begin
 * anew, so that every input finds the same namespace.
 */
#ifndef TESTS_FUZZ_IPC_WORLD_H
#define TESTS_FUZZ_IPC_WORLD_H

#include <fcntl.h>
#include <unistd.h>

#include "arena_guard.h"
#include "input.h"
#include "ipc/mqueue_impl.h"
#include "ipc/msg_private.h"
#include "ipc/sem_private.h"

#define PROCESSES 8u

struct process {
	struct ipc_cred cred;
	uint64_t start_time;
	struct sem_holder undo; /* the list it has alone, or shares */
	bool dead;
};

struct world {
	struct ipc_ns ns;
	struct process process[PROCESSES];
	uint32_t parked;     /* told by the environment, minus those that left */
	uint32_t registered; /* registrations made, minus those that ended or fired */
	struct timespec now;
};

static struct world world;

static inline struct process *process_of(const struct ipc_cred *cred)
{
	CHECK(cred->tgid >= 1 && cred->tgid <= PROCESSES);
	return &world.process[cred->tgid - 1];
}

/* A slot's caller is dead when its process is, or when that was another one of the same number. */
static inline bool is_dead(const struct ipc_slot *s)
{
	const struct process *p = process_of(&s->cred);

	return p->dead || p->start_time != s->start_time;
}

static bool world_alive(void *ctx, const struct ipc_slot *s)
{
	(void)ctx;
	return !is_dead(s);
}

static void world_parked(void *ctx, struct ipc_slot *s)
{
	(void)ctx;
	CHECK(s->state == SLOT_PARKED);
	world.parked++;
}

static void world_unparked(void *ctx, struct ipc_slot *s)
{
	(void)ctx, (void)s;
	CHECK(world.parked > 0);
	world.parked--;
}

static void world_notify(void *ctx, const struct mq_registration *reg, const struct ipc_cred *by)
{
	(void)ctx;
	CHECK(by->tgid >= 1 && by->tgid <= PROCESSES && reg->active && world.registered > 0);
	world.registered--;
}

static void world_unregister(void *ctx, const struct mq_registration *reg)
{
	(void)ctx;
	CHECK(reg->active && world.registered > 0);
	world.registered--;
}

static void world_poll(void *ctx, aref mq)
{
	(void)ctx;
	CHECK(mqueue_by_ino(&world.ns, mq_get(&world.ns, mq)->ino) == mq);
}

static struct timespec world_now(void *ctx)
{
	(void)ctx;
	return world.now;
}

static void world_create(void)
{
	static const char *const names[] = {
		"ns",	       "calls",	     "msg.records",    "msg.bodies",
		"sem.records", "sem.bodies", "mqueue.records", "mqueue.bodies"};
	const struct ipc_env env = {
		.alive = world_alive,
		.parked = world_parked,
		.unparked = world_unparked,
		.mq_notify = world_notify,
		.mq_unregister = world_unregister,
		.mq_poll = world_poll,
		.now = world_now,
	};
	char dir[] = "/dev/shm/ipcns-fuzz.XXXXXX";

	CHECK(mkdtemp(dir) != NULL);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK(fd >= 0 && ipc_ns_create(&world.ns, fd, &env) == 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK(unlinkat(fd, names[i], 0) == 0);
	close(fd);
	CHECK(rmdir(dir) == 0);
}

/* A newborn's list is its own; the last four share theirs by twos. */
static inline struct sem_holder first_list(const struct process *p)
{
	if (p->cred.tgid > PROCESSES - 4)
		return (struct sem_holder){.list = 100 + p->cred.tgid / 2};
	return (struct sem_holder){.list = p->cred.tgid, .born = p->start_time};
}

/* The beginning of an input: empty tables, all processes alive, small limits. */
static void world_reset(void)
{
	struct ipc_limits *l = ipc_limits(&world.ns);

	CHECK(msg_init(&world.ns) == 0);
	CHECK(sem_init_ns(&world.ns) == 0);
	CHECK(mqueue_init(&world.ns) == 0);
	mq_root(&world.ns)->hash_seed = 1;
	ipc_limits_default(l);
	l->msgmni = 6;
	l->msgmax = 64;
	l->msgmnb = 40;
	l->semmni = 6;
	l->semmsl = 6;
	l->semmns = 20;
	l->mq_queues_max = 5;
	l->mq_msg_max = 4;
	l->mq_msgsize_max = 32;
	world.parked = 0;
	world.registered = 0;
	world.now = (struct timespec){.tv_sec = 1000};
	for (uint32_t i = 0; i < PROCESSES; i++) {
		uint32_t uid = 1000 * (i % 3);

		world.process[i] = (struct process){
			.cred = {.tgid = i + 1,
				 .tid = i + 1,
				 .uid = uid,
				 .gid = uid,
				 .euid = uid,
				 .egid = uid,
				 .fsuid = uid,
				 .fsgid = uid,
				 .caps = uid ? 0
					 : i ? ~0u
					     : IPC_CAP_OWNER | IPC_CAP_SYS_ADMIN},
			.start_time = 100 + i,
		};
		world.process[i].undo = first_list(&world.process[i]);
	}
}

#endif
