/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bodies of the SysV cases, run by a worker in its own namespace. All objects are IPC_PRIVATE.
 *
 * A run function leaves its objects as it found them (semaphores at 0 or, for an odd number of
 * calls, 1; queues empty), so that batches of any length follow each other. Every call's result
 * is looked at: a call that fails fast must not pass for a fast call.
 */
#include "bench.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

/*
 * Messages between two readings of the clock where one direction is timed: enough to make the
 * clock's 25 ns vanish, and at 64 bytes well inside the default msg_qbytes of 16384.
 */
#define MSG_CHUNK 128

/* No common divisor with any number of objects in the table: all get their turn. */
#define OBJECT_STRIDE 7919

/*
 * Use each object in turn, not always the same one: a cost that grows with the number of objects
 * would hide behind a cache that only ever sees one.
 */
static int next_object(struct bench_ctx *ctx)
{
	int id = ctx->ids[ctx->index];

	ctx->index += ctx->stride;
	if (ctx->index >= ctx->nids)
		ctx->index -= ctx->nids;
	return id;
}

static int get_one_set(size_t size)
{
	(void)size;
	return semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
}

static int get_two_sems(size_t size)
{
	(void)size;
	return semget(IPC_PRIVATE, 2, IPC_CREAT | 0600);
}

static int get_queue(size_t size)
{
	(void)size;
	return msgget(IPC_PRIVATE, IPC_CREAT | 0600);
}

static int get_segment(size_t size)
{
	return shmget(IPC_PRIVATE, size, IPC_CREAT | 0600);
}

/* Make the case's objects with get(); teardown removes the ctx->nids that were made. */
static int make_objects(struct bench_ctx *ctx, int (*get)(size_t size))
{
	size_t want = ctx->c->objects ? ctx->c->objects : 1;

	ctx->ids = calloc(want, sizeof(*ctx->ids));
	if (!ctx->ids)
		return -ENOMEM;
	while (ctx->nids < want) {
		int id = get(ctx->c->size);

		if (id < 0)
			return -errno;
		ctx->ids[ctx->nids++] = id;
	}
	ctx->stride = OBJECT_STRIDE % want;
	return 0;
}

static int sem_add(int semid, unsigned short num, short by)
{
	struct sembuf op = {.sem_num = num, .sem_op = by};

	return semop(semid, &op, 1) < 0 ? -errno : 0;
}

int sem_setup(struct bench_ctx *ctx)
{
	return make_objects(ctx, get_one_set);
}

int sem_run(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	uint64_t start = bench_now();
	int semid = ctx->ids[ctx->index];

	for (uint64_t i = 0; i < n; i++) {
		int err;

		if (ctx->seq++ % 2) {
			err = sem_add(semid, 0, -1);
			next_object(ctx);
			semid = ctx->ids[ctx->index];
		} else {
			err = sem_add(semid, 0, 1);
		}
		if (err)
			return err;
	}
	*ns = bench_now() - start;
	return 0;
}

static int sem_turn(struct bench_ctx *ctx)
{
	int err = sem_add(ctx->ids[0], 0, -1);

	return err ? err : sem_add(ctx->ids[0], 1, 1);
}

int sem_setup_pingpong(struct bench_ctx *ctx)
{
	int err = make_objects(ctx, get_two_sems);

	return err ? err : start_peer(ctx, sem_turn);
}

int sem_run_pingpong(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	uint64_t start = bench_now();

	for (uint64_t i = 0; i < n; i++) {
		int err = sem_add(ctx->ids[0], 0, 1);

		if (!err)
			err = sem_add(ctx->ids[0], 1, -1);
		if (err)
			return err;
	}
	*ns = bench_now() - start;
	return 0;
}

int sem_run_get_rmid(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	uint64_t start = bench_now();

	(void)ctx;
	for (uint64_t i = 0; i < n; i++) {
		int semid = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);

		if (semid < 0 || semctl(semid, 0, IPC_RMID) < 0)
			return -errno;
	}
	*ns = bench_now() - start;
	return 0;
}

void sem_teardown(struct bench_ctx *ctx)
{
	end_peer(ctx);
	while (ctx->nids)
		semctl(ctx->ids[--ctx->nids], 0, IPC_RMID);
	free(ctx->ids);
	ctx->ids = NULL;
}

static int msg_send(struct bench_ctx *ctx, int msqid, long type)
{
	ctx->msg.type = type;
	return msgsnd(msqid, &ctx->msg, ctx->c->size, 0) < 0 ? -errno : 0;
}

static int msg_receive(struct bench_ctx *ctx, int msqid, long type)
{
	ssize_t got = msgrcv(msqid, &ctx->msg, ctx->c->size, type, 0);

	if (got < 0)
		return -errno;
	return (size_t)got == ctx->c->size ? 0 : -EBADMSG;
}

int msg_setup(struct bench_ctx *ctx)
{
	return make_objects(ctx, get_queue);
}

/* Send and receive chunk by chunk; add up the time of one direction only. */
static int msg_run_one_way(struct bench_ctx *ctx, uint64_t n, uint64_t *ns, bool time_send)
{
	uint64_t sending = 0, receiving = 0;

	while (n) {
		uint64_t chunk = n < MSG_CHUNK ? n : MSG_CHUNK;
		uint64_t start = bench_now(), turned;
		int err = 0;

		for (uint64_t i = 0; i < chunk && !err; i++)
			err = msg_send(ctx, ctx->ids[0], 1);
		turned = bench_now();
		for (uint64_t i = 0; i < chunk && !err; i++)
			err = msg_receive(ctx, ctx->ids[0], 0);
		if (err)
			return err;
		sending += turned - start;
		receiving += bench_now() - turned;
		n -= chunk;
	}
	*ns = time_send ? sending : receiving;
	return 0;
}

int msg_run_send(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	return msg_run_one_way(ctx, n, ns, true);
}

int msg_run_receive(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	return msg_run_one_way(ctx, n, ns, false);
}

int msg_run_pair(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	uint64_t start = bench_now();

	for (uint64_t i = 0; i < n; i++) {
		int msqid = next_object(ctx);
		int err = msg_send(ctx, msqid, 1);

		if (!err)
			err = msg_receive(ctx, msqid, 0);
		if (err)
			return err;
	}
	*ns = bench_now() - start;
	return 0;
}

/* One queue, a type for each direction. */
static int msg_turn(struct bench_ctx *ctx)
{
	int err = msg_receive(ctx, ctx->ids[0], 1);

	return err ? err : msg_send(ctx, ctx->ids[0], 2);
}

int msg_setup_pingpong(struct bench_ctx *ctx)
{
	int err = make_objects(ctx, get_queue);

	return err ? err : start_peer(ctx, msg_turn);
}

int msg_run_pingpong(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	uint64_t start = bench_now();

	for (uint64_t i = 0; i < n; i++) {
		int err = msg_send(ctx, ctx->ids[0], 1);

		if (!err)
			err = msg_receive(ctx, ctx->ids[0], 2);
		if (err)
			return err;
	}
	*ns = bench_now() - start;
	return 0;
}

int msg_run_get_rmid(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	uint64_t start = bench_now();

	(void)ctx;
	for (uint64_t i = 0; i < n; i++) {
		int msqid = msgget(IPC_PRIVATE, IPC_CREAT | 0600);

		if (msqid < 0 || msgctl(msqid, IPC_RMID, NULL) < 0)
			return -errno;
	}
	*ns = bench_now() - start;
	return 0;
}

void msg_teardown(struct bench_ctx *ctx)
{
	end_peer(ctx);
	while (ctx->nids)
		msgctl(ctx->ids[--ctx->nids], IPC_RMID, NULL);
	free(ctx->ids);
	ctx->ids = NULL;
}

int shm_setup(struct bench_ctx *ctx)
{
	return make_objects(ctx, get_segment);
}

/* The pages are never touched: faults cost the same natively and confined. */
int shm_run_at_dt(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	uint64_t start = bench_now();

	for (uint64_t i = 0; i < n; i++) {
		void *at = shmat(ctx->ids[0], NULL, 0);

		/* shmat(2) fails with (void *)-1, not with NULL */
		if ((intptr_t)at == -1 || shmdt(at) < 0)
			return -errno;
	}
	*ns = bench_now() - start;
	return 0;
}

int shm_run_get_rmid(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	uint64_t start = bench_now();

	for (uint64_t i = 0; i < n; i++) {
		int shmid = shmget(IPC_PRIVATE, ctx->c->size, IPC_CREAT | 0600);

		if (shmid < 0 || shmctl(shmid, IPC_RMID, NULL) < 0)
			return -errno;
	}
	*ns = bench_now() - start;
	return 0;
}

void shm_teardown(struct bench_ctx *ctx)
{
	while (ctx->nids)
		shmctl(ctx->ids[--ctx->nids], IPC_RMID, NULL);
	free(ctx->ids);
	ctx->ids = NULL;
}
