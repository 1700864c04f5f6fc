/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * "Parked calls cost no CPU": the idle_parked row.
 *
 * The worker side parks threads in msgrcv on one empty queue; its run releases them with a message
 * each, which proves that all of them were parked, and parked properly. The parent side finds the
 * daemon part in the process tree under ipcnsctl, and reads its CPU time at both ends of a while
 * in which nothing happens.
 *
 * The tree under the front process F is F -> daemon part, and F -> guardian -> ... -> worker.
 * Hence: what lies on the way from F to the worker is front and guardian, what lies under the
 * worker is the worker's, and all the rest is the daemon part.
 */
#include "bench.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

/* After the last thread has announced its call: time to make it, and to be parked. */
#define SETTLE_NS UINT64_C(1000000000)
/* 1000 threads of the usual 8 MiB stack would be refused where overcommit is off. */
#define THREAD_STACK (64 * 1024)

/* Threads of this worker that are about to receive, and that have received. */
static atomic_uint about_to, returned;

static void *park(void *arg)
{
	int msqid = *(int *)arg;
	struct {
		long type;
		char text[8];
	} msg;
	ssize_t got;

	atomic_fetch_add(&about_to, 1);
	got = msgrcv(msqid, &msg, sizeof(msg.text), 0, 0);
	atomic_fetch_add(&returned, 1);
	return got == 1 ? NULL : arg;
}

int idle_setup(struct bench_ctx *ctx)
{
	struct timespec pause = {.tv_nsec = 10000000};
	pthread_attr_t attr;
	int err;

	ctx->ids = calloc(1, sizeof(*ctx->ids));
	ctx->threads = calloc(ctx->count, sizeof(*ctx->threads));
	if (!ctx->ids || !ctx->threads)
		return -ENOMEM;
	ctx->ids[0] = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	if (ctx->ids[0] < 0)
		return -errno;
	ctx->nids = 1;
	pthread_attr_init(&attr);
	err = -pthread_attr_setstacksize(&attr, THREAD_STACK);
	while (!err && ctx->nthreads < ctx->count) {
		err = -pthread_create(&ctx->threads[ctx->nthreads], &attr, park, ctx->ids);
		if (!err)
			ctx->nthreads++;
	}
	pthread_attr_destroy(&attr);
	if (err)
		return err;
	while (atomic_load(&about_to) < ctx->count)
		nanosleep(&pause, NULL);
	return 0;
}

/* Release all; n is ignored. -EBADMSG if a thread got what was not sent, or came back early. */
int idle_run(struct bench_ctx *ctx, uint64_t n, uint64_t *ns)
{
	uint64_t start = bench_now();
	bool bad = atomic_load(&returned) != 0;

	(void)n;
	ctx->msg.type = 1;
	for (size_t i = 0; i < ctx->nthreads; i++) {
		if (msgsnd(ctx->ids[0], &ctx->msg, 1, 0) < 0)
			return -errno;
	}
	while (ctx->nthreads) {
		void *failed;

		pthread_join(ctx->threads[--ctx->nthreads], &failed);
		bad |= failed != NULL;
	}
	*ns = bench_now() - start;
	return bad ? -EBADMSG : 0;
}

void idle_teardown(struct bench_ctx *ctx)
{
	/* Threads that are still parked wake up with EIDRM. */
	msg_teardown(ctx);
	while (ctx->nthreads)
		pthread_join(ctx->threads[--ctx->nthreads], NULL);
	free(ctx->threads);
}

struct proc {
	pid_t pid, ppid;
	unsigned long ticks;
};

struct snapshot {
	struct proc *procs;
	size_t n;
	uint64_t when;
};

/* proc(5): the name in parentheses may hold anything, so the fields are counted from its end. */
static bool read_proc(pid_t pid, struct proc *proc)
{
	unsigned long user, system;
	char path[64], buf[1024];
	size_t len;
	char *end;
	FILE *f;
	int ppid;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	len = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[len] = '\0';
	end = strrchr(buf, ')');
	if (!end || sscanf(end + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &ppid,
			   &user, &system) != 3)
		return false;
	*proc = (struct proc){.pid = pid, .ppid = ppid, .ticks = user + system};
	return true;
}

static int take_snapshot(struct snapshot *snap)
{
	DIR *dir = opendir("/proc");
	struct dirent *de;
	size_t room = 0;
	int err = 0;

	*snap = (struct snapshot){.when = bench_now()};
	if (!dir)
		return -errno;
	while (!err && (de = readdir(dir))) {
		char *end;
		long pid = strtol(de->d_name, &end, 10);

		if (*end || pid <= 0)
			continue;
		if (snap->n == room) {
			struct proc *procs = realloc(snap->procs, (room + 256) * sizeof(*procs));

			if (!procs) {
				err = -ENOMEM;
				break;
			}
			snap->procs = procs;
			room += 256;
		}
		if (read_proc((pid_t)pid, &snap->procs[snap->n]))
			snap->n++;
	}
	closedir(dir);
	return err;
}

static const struct proc *find_proc(const struct snapshot *snap, pid_t pid)
{
	for (size_t i = 0; i < snap->n; i++) {
		if (snap->procs[i].pid == pid)
			return &snap->procs[i];
	}
	return NULL;
}

/* Is pid the same as ancestor, or below it? Bounded, for parents change while /proc is read. */
static bool is_under(const struct snapshot *snap, pid_t pid, pid_t ancestor)
{
	for (int depth = 0; depth < 64 && pid > 1; depth++) {
		const struct proc *proc;

		if (pid == ancestor)
			return true;
		proc = find_proc(snap, pid);
		if (!proc)
			return false;
		pid = proc->ppid;
	}
	return false;
}

/* Sum up what the two parts used between the snapshots. False if there is no daemon part. */
static bool compare_snapshots(const struct snapshot *before, const struct snapshot *after,
			      const struct bench_child *child, struct bench_idle *idle)
{
	double tick_ms = 1000.0 / (double)sysconf(_SC_CLK_TCK);
	bool found = false;

	for (size_t i = 0; i < after->n; i++) {
		const struct proc *now = &after->procs[i];
		const struct proc *then = find_proc(before, now->pid);
		double ms = tick_ms * (double)(now->ticks - (then ? then->ticks : 0));

		if (!is_under(after, now->pid, child->pid) ||
		    is_under(after, now->pid, child->worker))
			continue;
		if (is_under(after, child->worker, now->pid)) {
			idle->front_ms += ms;
		} else {
			idle->daemon_ms += ms;
			found = true;
		}
	}
	idle->seconds = (double)(after->when - before->when) / 1e9;
	return found && find_proc(after, child->worker);
}

static int watch(const struct bench_options *opt, struct bench_child *child,
		 struct bench_report *rep)
{
	struct snapshot before = {0}, after = {0};
	struct bench_idle idle = {.parked = opt->idle_count};
	uint64_t ns;
	int err = bench_sleep(SETTLE_NS);

	if (!err)
		err = take_snapshot(&before);
	if (!err)
		err = bench_sleep(opt->idle_seconds * UINT64_C(1000000000));
	if (!err)
		err = take_snapshot(&after);
	if (err) {
		snprintf(child->error, sizeof(child->error), "%s", strerror(-err));
	} else if (!compare_snapshots(&before, &after, child, &idle)) {
		snprintf(child->error, sizeof(child->error),
			 "no daemon part in the process tree of %s", opt->ipcnsctl);
		err = -ESRCH;
	} else {
		err = child_run(child, 1, &ns);
	}
	idle.valid = !err;
	rep->idle = idle;
	free(before.procs);
	free(after.procs);
	return err;
}

int bench_run_idle(const struct bench_options *opt, struct bench_report *rep)
{
	struct bench_child child;
	int err;

	if (!(opt->kinds & 1u << KIND_TRAP))
		return 0;
	err = child_start(&child, KIND_TRAP, &bench_idle_case, opt);
	if (!err)
		err = watch(opt, &child, rep);
	child_stop(&child);
	if (err && err != -EINTR) {
		bench_note(rep, "%s: %s", bench_idle_case.name, child.error);
		rep->failed = true;
		err = 0;
	}
	return err;
}
