/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bodies of the POSIX message queue cases, run by a worker in its own namespace.
 *
 * Queues carry the worker's pid in their name, so a worker started by hand on the host meets
 * nobody's queue. As in cases_sysv.c, a run leaves the queues empty and looks at every result.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* fs.mqueue.msg_max's default: the longest queue that needs no CAP_SYS_RESOURCE. */
#define MQ_CHUNK 10

static mqd_t open_queue(struct bench_ctx *ctx, int which)
{
	struct mq_attr attr = {.mq_maxmsg = MQ_CHUNK, .mq_msgsize = (long)ctx->c->size};

	return mq_open(ctx->mq_name[which], O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attr);
}

static int setup_queues(struct bench_ctx *ctx, int queues)
{
	for (int i = 0; i < 2; i++)
		snprintf(ctx->mq_name[i], sizeof(ctx->mq_name[i]), "/ipcns-bench.%ld.%d",
			 (long)getpid(), i);
	for (int i = 0; i < queues; i++) {
		ctx->mq[i] = open_queue(ctx, i);
		if (ctx->mq[i] == (mqd_t)-1)
			return -errno;
	}
	return 0;
}

int mq_setup(struct bench_ctx *ctx)
{
	return setup_queues(ctx, 1);
}

int mq_setup_name(struct bench_ctx *ctx)
{
	return setup_queues(ctx, 0);
}

static int send_one(struct bench_ctx *ctx, int which)
{
	return mq_send(ctx->mq[which], ctx->msg.text, ctx->c->size, 0) < 0 ? -errno : 0;
}

static int receive_one(struct bench_ctx *ctx, int which)
{
	ssize_t got = mq_receive(ctx->mq[which], ctx->msg.text, ctx->c->size, NULL);

	if (got < 0)
		return -errno;
	return (size_t)got == ctx->c->size ? 0 : -EBADMSG;
}

/* Send and receive chunk by chunk; add up the time of one direction only. */
static int run_one_way(struct bench_ctx *ctx, uint64_t n, uint64_t *ns, bool time_send)
{
	uint64_t sending = 0, receiving = 0;

	while (n) {
		uint64_t chunk = n < MQ_CHUNK ? n : MQ_CHUNK;
		uint64_t start = bench_now(), turned;
		int err = 0;

		for (uint64_t i = 0; i < chunk && !err; i++)
			err = send_one(ctx, 0);
		turned = bench_now();
		for (uint64_t i = 0; i < chunk && !err; i++)
			err = receive_one(ctx, 0);
		if (err)
			return err;
		sending += turned - start;
		receiving += bench_now() - turned;
		n -= chunk;
	}
	*ns = time_send ? sending : receiving;
	return 0;
}

int mq_run_send(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	return run_one_way(ctx, n, ns, true);
}

int mq_run_receive(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	return run_one_way(ctx, n, ns, false);
}

int mq_run_pair(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	uint64_t start = bench_now();

	for (uint64_t i = 0; i < n; i++) {
		int err = send_one(ctx, 0);

		if (!err)
			err = receive_one(ctx, 0);
		if (err)
			return err;
	}
	*ns = bench_now() - start;
	return 0;
}

static int mq_turn(struct bench_ctx *ctx)
{
	int err = receive_one(ctx, 0);

	return err ? err : send_one(ctx, 1);
}

int mq_setup_pingpong(struct bench_ctx *ctx)
{
	int err = setup_queues(ctx, 2);

	return err ? err : start_peer(ctx, mq_turn);
}

int mq_run_pingpong(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	uint64_t start = bench_now();

	for (uint64_t i = 0; i < n; i++) {
		int err = send_one(ctx, 0);

		if (!err)
			err = receive_one(ctx, 1);
		if (err)
			return err;
	}
	*ns = bench_now() - start;
	return 0;
}

int mq_run_open_close_unlink(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	uint64_t start = bench_now();

	for (uint64_t i = 0; i < n; i++) {
		mqd_t mq = open_queue(ctx, 0);

		if (mq == (mqd_t)-1)
			return -errno;
		/* Both always: nothing may stay behind when the close fails. */
		if (mq_close(mq) | mq_unlink(ctx->mq_name[0]))
			return -errno;
	}
	*ns = bench_now() - start;
	return 0;
}

void mq_teardown(struct bench_ctx *ctx)
{
	end_peer(ctx);
	for (int i = 0; i < 2; i++) {
		if (ctx->mq[i] == (mqd_t)-1)
			continue;
		mq_close(ctx->mq[i]);
		mq_unlink(ctx->mq_name[i]);
		ctx->mq[i] = (mqd_t)-1;
	}
}
