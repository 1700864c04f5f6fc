/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Noticing signals for parked calls.
 *
 * Under SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV a thread whose notification has been received is
 * not woken by ordinary signals, so the supervisor must notice that one is pending and answer the
 * call with the kernel's restart code. "Pending" means exactly: TIF_SIGPENDING is set on that
 * thread, because only then does the answer -512/-514 get translated on the way out.
 *
 * The watch set holds the threads that are parked now. The loop adds a thread when it parks its
 * call, removes it when it answers, polls signals_fd() in its epoll set and calls signals_collect()
 * on readiness; sweeps make it readable by themselves. Never answers anything itself.
 *
 * A thread that died is reported like one with a signal: the answer to its call fails with ENOENT,
 * and so the loop learns of it. (The kernel says nothing else when a parked caller dies.)
 *
 * BPF sees what the kernel sees. POLL sees only pending signals, so it never notices a cgroup
 * freezer or PTRACE_INTERRUPT, and where several threads of a process are parked it has to guess,
 * by the kernel's rule, which of them a signal to the process was given to.
 */
#ifndef SECCOMP_SIGNALS_H
#define SECCOMP_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct signals;

enum signals_backend { SIGNALS_AUTO, SIGNALS_BPF, SIGNALS_POLL };

/**
 * signals_open() - start watching with no thread watched.
 * AUTO: BPF (signal_generate tracepoint + TIF_SIGPENDING query, bit calibrated at start) where it
 * loads, else polling of the pending masks in /proc/PID/task/TID/status.
 * Return: 0 or negative errno.
 */
int signals_open(enum signals_backend backend, struct signals **out);
void signals_close(struct signals *s);
enum signals_backend signals_backend(const struct signals *s);

/**
 * signals_share_open() - one set for many, each of whom has a loop of its own: signals_join() makes
 * a struct signals that takes part. Threads are looked after by a thread of the set's own, and all
 * functions can be called from any thread. signals_share_close(): when all have been closed.
 * Return: 0 or negative errno.
 */
struct signals_share;
int signals_share_open(enum signals_backend backend, struct signals_share **out);
void signals_share_close(struct signals_share *share);
int signals_join(struct signals_share *share, struct signals **out);

/** signals_fd() - descriptor to poll for EPOLLIN (ring buffer and timer); owned by @s. */
int signals_fd(const struct signals *s);

/**
 * signals_watch() - thread @tid of process @tgid has parked a call; @cookie comes back from
 * signals_collect(). Also takes a first look: a signal that came between RECV and now is not lost
 * (signals_fd() becomes readable). One watch per tid: a second one replaces the first.
 * Return: 0, -ENOMEM, or negative errno; then the thread is not watched.
 */
int signals_watch(struct signals *s, pid_t tgid, pid_t tid, uint64_t cookie);

/**
 * signals_unwatch() - the call that was watched with @cookie is no longer parked. A watch with
 * another cookie stays: the tid has a new call, because the old one's task has died, or a sibling
 * of it has executed a program and so taken over the tid.
 */
void signals_unwatch(struct signals *s, pid_t tid, uint64_t cookie);

/**
 * signals_collect() - which watched threads have a signal to take, now.
 * Drains events, runs due rechecks and sweeps. A thread that is still watched a millisecond after
 * it was reported is reported again: nothing but the thread itself clears the flag.
 * Return: number of cookies written (at most @max; equal to @max: call again).
 */
int signals_collect(struct signals *s, uint64_t *cookies, int max);

#endif
