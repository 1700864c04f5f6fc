/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The worker: sets a case up, then does batches on command. It is started by child.c, natively or
 * under `ipcnsctl run`, and for the bare kind by bare.c.
 *
 * Protocol, one line each way on standard input and output:
 *   (at start)    ->  "ready PID"
 *   "run N"       ->  "ns NANOSECONDS"
 *   end of input  ->  the worker removes its objects and exits 0
 * and at any time "error TEXT" followed by exit 1. So a parent that dies takes its workers along.
 */
#include "bench.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int start_peer(struct bench_ctx *ctx, int (*turn)(struct bench_ctx *ctx))
{
	pid_t self = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid) {
		ctx->peer = pid;
		return 0;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != self)
		_exit(0);
	/* The parent of the worker waits for the end of this pipe: it must be the worker's. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	while (!turn(ctx))
		;
	_exit(1);
}

void end_peer(struct bench_ctx *ctx)
{
	if (!ctx->peer)
		return;
	kill(ctx->peer, SIGKILL);
	while (waitpid(ctx->peer, NULL, 0) < 0 && errno == EINTR)
		;
	ctx->peer = 0;
}

static int complain(const char *what, int err)
{
	printf("error %s: %s\n", what, strerror(-err));
	fflush(stdout);
	return 1;
}

int worker_serve(struct bench_ctx *ctx)
{
	char line[64];

	printf("ready %ld\n", (long)getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		uint64_t n, ns = 0;
		int err;

		if (sscanf(line, "run %" SCNu64, &n) != 1)
			return complain("command", -EPROTO);
		err = ctx->c->run(ctx, n, &ns);
		if (err)
			return complain("batch", err);
		printf("ns %" PRIu64 "\n", ns);
		fflush(stdout);
	}
	return 0;
}

int worker_main(const struct bench_case *c, unsigned int count)
{
	struct bench_ctx *ctx = calloc(1, sizeof(*ctx));
	int err, status;

	if (!ctx)
		return complain("worker", -ENOMEM);
	ctx->c = c;
	ctx->count = count;
	ctx->mq[0] = ctx->mq[1] = (mqd_t)-1;
	err = c->setup ? c->setup(ctx) : 0;
	status = err ? complain("set-up", err) : worker_serve(ctx);
	if (c->teardown)
		c->teardown(ctx);
	free(ctx);
	return status;
}
