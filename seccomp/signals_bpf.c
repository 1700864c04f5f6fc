/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Noticing signals by BPF (bpf/sigwatch.bpf.c): tracepoints say when, thread_info.flags says what.
 *
 * An event only marks threads for a look; a look reads TIF_SIGPENDING itself, many threads in one
 * run. So an event too many is harmless, and one too few (the ring is full; a group stop, an exec,
 * a freezer or PTRACE_INTERRUPT, which make none) is made up for by the steps of signals.c.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "seccomp/bpf/sigwatch.h"
#include "seccomp/bpf_load.h"
#include "seccomp/signals_impl.h"
#include "sigwatch.skel.h"

_Static_assert(SIG_LOOK_BATCH <= SIGWATCH_BATCH, "one run answers a batch");

struct signals_bpf {
	struct sig_set base;
	struct sigwatch_bpf *skel;
	struct ring_buffer *ring;
	struct sigwatch_query *query;
	union bpf_attr run;
	uint64_t sigpending; /* TIF_SIGPENDING as a mask */
	uint64_t dropped;    /* as of the last drain */
	int tgids;	     /* map */
	bool nested;	     /* threads are numbered otherwise than in events */
};

static struct signals_bpf *self(struct sig_set *s)
{
	return (struct signals_bpf *)s;
}

/* ---- looking ---- */

static int run_query(struct signals_bpf *b, unsigned int n)
{
	b->query->n = n;
	return bpf_run(&b->run) ? -errno : 0;
}

static void look(struct sig_set *s, struct sig_watch **w, unsigned int n, enum sig_look *out)
{
	struct signals_bpf *b = self(s);
	struct sigwatch_query *q = b->query;

	for (unsigned int i = 0; i < n; i++)
		q->tid[i] = sig_watch_tid(w[i]);
	if (run_query(b, n)) {
		for (unsigned int i = 0; i < n; i++)
			out[i] = SIG_LOOK_IDLE;
		return;
	}
	for (unsigned int i = 0; i < n; i++) {
		bool set = q->flags[i] == SIGWATCH_GONE || q->flags[i] & b->sigpending;

		out[i] = set ? SIG_LOOK_PENDING : SIG_LOOK_IDLE;
	}
}

static int read_flags(void *arg, pid_t tid, uint64_t *flags)
{
	struct signals_bpf *b = arg;
	int err;

	b->query->tid[0] = tid;
	err = run_query(b, 1);
	if (err)
		return err;
	*flags = b->query->flags[0];
	return *flags == SIGWATCH_GONE ? -ESRCH : 0;
}

/* ---- events ---- */

/* Every thread of the process has to stop, and the kernel tells only the one that it picked. */
static bool stops_group(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

static int on_event(void *arg, void *data, size_t size)
{
	struct signals_bpf *b = arg;
	const struct sigwatch_event *ev = data;
	bool all = b->nested;

	(void)size;
	if (ev->kind == SIGWATCH_SIGNAL)
		all = all || ev->group || stops_group(ev->sig);
	signals_mark(&b->base, ev->tgid, all ? 0 : ev->tid);
	return 0;
}

static void drain(struct sig_set *s)
{
	struct signals_bpf *b = self(s);
	uint64_t dropped = __atomic_load_n(&b->skel->bss->dropped, __ATOMIC_RELAXED);

	ring_buffer__consume(b->ring);
	if (dropped != b->dropped) {
		b->dropped = dropped;
		signals_mark_all(s);
	}
}

/*
 * The map is a filter for events. If it has no room (65536 processes with parked calls), the
 * process goes without events and is seen by the steps alone.
 */
static void proc_add(struct sig_set *s, struct sig_proc *proc)
{
	struct signals_bpf *b = self(s);
	uint32_t tgid = sig_proc_tgid(proc), key = tgid;
	uint64_t flags;

	if (b->nested) {
		/* GONE for a leader that exited before its threads: it still has a number. */
		b->query->tgid[0] = 0;
		if (read_flags(b, tgid, &flags) == -ESRCH && !b->query->tgid[0])
			return;
		key = b->query->tgid[0];
	}
	if (!bpf_map_update_elem(b->tgids, &key, &tgid, BPF_ANY))
		proc->kernel_tgid = key;
}

static void proc_del(struct sig_set *s, struct sig_proc *proc)
{
	if (proc->kernel_tgid)
		bpf_map_delete_elem(self(s)->tgids, &proc->kernel_tgid);
}

static int watch_add(struct sig_set *s, struct sig_watch *w)
{
	(void)s;
	(void)w;
	return 0;
}

static void watch_del(struct sig_set *s, struct sig_watch *w)
{
	(void)s;
	(void)w;
}

/* ---- opening ---- */

static void bpf_close(struct sig_set *s)
{
	struct signals_bpf *b = self(s);

	ring_buffer__free(b->ring);
	sigwatch_bpf__destroy(b->skel);
	free(b);
}

static const struct signals_ops bpf_ops = {
	.id = SIGNALS_BPF,
	.pace =
		{
			.delay_us = {100, 400, 2000, 10000, 20000, 40000, 80000, 160000, 320000,
				     640000, 1280000},
			.nsteps = 11,
			.first = 3,
			/* 160 ms. Some 100 us of looking then, at most. */
			.few = 64,
			.few_nsteps = 8,
			.budget = UINT32_MAX,
			.max_idle = 1024,
		},
	.close = bpf_close,
	.proc_add = proc_add,
	.proc_del = proc_del,
	.watch_add = watch_add,
	.watch_del = watch_del,
	.drain = drain,
	.look = look,
};

static int load(struct signals_bpf *b)
{
	int err;

	b->skel = sigwatch_bpf__open();
	if (!b->skel)
		return -errno;
	b->skel->rodata->use_vpid = b->nested;
	err = sigwatch_bpf__load(b->skel);
	if (err)
		return err;
	b->query = &b->skel->bss->query;
	b->run.test.prog_fd = bpf_program__fd(b->skel->progs.read_flags);
	b->tgids = bpf_map__fd(b->skel->maps.tgids);
	err = signals_calibrate(read_flags, b, &b->sigpending);
	if (err)
		return err;
	b->ring = ring_buffer__new(bpf_map__fd(b->skel->maps.events), on_event, b, NULL);
	if (!b->ring)
		return -errno;
	return sigwatch_bpf__attach(b->skel);
}

int signals_bpf_open(int epfd, struct sig_set **out)
{
	struct signals_bpf *b = calloc(1, sizeof(*b));
	struct epoll_event ev = {.events = EPOLLIN};
	bpf_load_quiet_fn *old;
	int err;

	if (!b)
		return -ENOMEM;
	b->base.ops = &bpf_ops;
	b->nested = bpf_in_nested_pid_ns();
	old = bpf_load_begin();
	err = load(b);
	bpf_load_end(old);
	if (!err && epoll_ctl(epfd, EPOLL_CTL_ADD, ring_buffer__epoll_fd(b->ring), &ev))
		err = -errno;
	if (err) {
		bpf_close(&b->base);
		return err;
	}
	*out = &b->base;
	return 0;
}
