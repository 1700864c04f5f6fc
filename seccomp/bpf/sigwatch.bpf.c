/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigwatch: tell signals_bpf.c when a process that has parked threads gets a signal or loses a
 * thread, and answer which of its threads have TIF_SIGPENDING set.
 *
 * The tracepoints run for every signal and every exit on the machine, so the first thing they do
 * is to look the process up in tgids and leave. signal_generate fires at the end of
 * __send_signal_locked(), after complete_signal() has set the flag on the thread that it picked;
 * for group stops, exec and exit the kernel sets flags on siblings later and fires nothing, which
 * is why the reader looks again after a while.
 */
#include "kernel.h"
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "sigwatch.h"

char LICENSE[] SEC("license") = "GPL";

#define TRACE_SIGNAL_DELIVERED 0 /* include/trace/events/signal.h; others: ignored, already there */

const volatile bool use_vpid = false;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* Processes with parked threads: tgid in the initial pid namespace -> tgid for the reader. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} tgids SEC(".maps");

struct sigwatch_query query;
__u64 dropped; /* events that found the ring full: the reader then looks at everything */

static void emit(struct task_struct *task, enum sigwatch_kind kind, int sig, int group)
{
	__u32 tgid = task->tgid;
	__u32 *name = bpf_map_lookup_elem(&tgids, &tgid);
	struct sigwatch_event *event;

	if (!name)
		return;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&dropped, 1);
		return;
	}
	event->tgid = *name;
	event->tid = task->pid;
	event->sig = sig;
	event->group = !!group;
	event->kind = kind;
	bpf_ringbuf_submit(event, 0);
}

SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int sig, struct kernel_siginfo *info, struct task_struct *task, int group,
	     int result)
{
	if (result == TRACE_SIGNAL_DELIVERED)
		emit(task, SIGWATCH_SIGNAL, sig, group);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	emit(task, SIGWATCH_EXIT, 0, 0);
	return 0;
}

static void look(__u32 i)
{
	struct task_struct *task;

	if (use_vpid)
		task = bpf_task_from_vpid(query.tid[i]);
	else
		task = bpf_task_from_pid(query.tid[i]);
	query.flags[i] = SIGWATCH_GONE;
	if (!task)
		return;
	query.tgid[i] = task->tgid;
	if (!(task->flags & PF_EXITING))
		query.flags[i] = task->thread_info.flags;
	bpf_task_release(task);
}

SEC("syscall")
int read_flags(void *ctx)
{
	__u32 n = query.n;

	for (__u32 i = 0; i < SIGWATCH_BATCH; i++) {
		if (i >= n)
			break;
		look(i);
	}
	return 0;
}
