/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What signals.c and its backends share. Not for anyone else.
 *
 * signals.c owns the watch set and decides *when* to look at which thread; a backend knows *how* to
 * look, and may say through signals_mark() that a look is worth it now. Everything is single
 * threaded, or under the lock of whoever shares the set (signals_share.c). A watched thread is in
 * exactly one queue at any time (sig_watch.queue).
 */
#ifndef SECCOMP_SIGNALS_IMPL_H
#define SECCOMP_SIGNALS_IMPL_H

#include <errno.h>
#include <stddef.h>

#include "seccomp/signals.h"

#define SIG_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* ---- signals_set.c: circular lists, and tables keyed by pid ---- */

struct sig_link {
	struct sig_link *prev, *next;
};

void sig_list_init(struct sig_link *head);
void sig_list_remove(struct sig_link *link);
void sig_list_append(struct sig_link *head, struct sig_link *link);

static inline bool sig_list_empty(const struct sig_link *head)
{
	return head->next == head;
}

struct sig_node {
	struct sig_node *next;
	uint32_t key;
};

struct sig_table {
	struct sig_node **bucket;
	uint32_t mask, count;
};

int sig_table_init(struct sig_table *t);
void sig_table_fini(struct sig_table *t);
struct sig_node *sig_table_find(const struct sig_table *t, uint32_t key);
void sig_table_insert(struct sig_table *t, struct sig_node *node);
void sig_table_remove(struct sig_table *t, struct sig_node *node);

/* ---- signals.c ---- */

/**
 * struct sig_proc - a process that has, or lately had, parked threads.
 * @threads: its watches. @idle: link in signals.idle while there are none.
 * @kernel_tgid: BPF: its key in the map of processes, 0: not there.
 * @stopper: POLL: thread that was reported with a stop signal, or 0; @stop_since: when, ns.
 */
struct sig_proc {
	struct sig_node by_tgid;
	struct sig_link threads, idle;
	unsigned int nwatch;
	uint32_t kernel_tgid;
	pid_t stopper;
	uint64_t stop_since;
};

/**
 * struct sig_watch - a parked thread.
 * @queue: link in one of sig_set.step[], look, told, or its owner's hot.
 * @due: when to take it from there (step[] and told), CLOCK_MONOTONIC ns.
 * @step: index of the step[] that it goes to after its next look without result.
 * @reported: in hot or told: the flag was seen.
 * @fd, @seen: POLL: its status file (-1: none); looks in a row that saw a shared signal.
 */
struct sig_watch {
	struct sig_node by_tid;
	struct sig_link queue, sibling;
	struct sig_proc *proc;
	struct signals *owner;
	uint64_t cookie, due;
	unsigned char step;
	bool reported;
	int fd;
	unsigned int seen;
};

enum sig_look {
	SIG_LOOK_IDLE,	  /* no flag: look again as the steps say */
	SIG_LOOK_SOON,	  /* undecided: look again after the first step's delay */
	SIG_LOOK_PENDING, /* the flag is set, or the thread is gone: report it */
};

#define SIG_MAX_STEPS 12
#define SIG_LOOK_BATCH 128

/**
 * struct sig_pace - how often to look.
 * @delay_us: the delays between looks at one thread. A thread starts at step @first, a hint throws
 *            it back to step 0, and it stays at the last step for as long as it is parked.
 * @few, @few_nsteps: while no more than @few threads are watched only so many of the steps are used:
 *            PTRACE_INTERRUPT and the freezer are no event, and are seen by the next look.
 * @budget, @gap_us: at most @budget looks of the last step per pass, passes @gap_us apart.
 * @max_idle: processes without parked threads that are remembered.
 */
struct sig_pace {
	uint32_t delay_us[SIG_MAX_STEPS];
	unsigned int nsteps, first;
	unsigned int few, few_nsteps;
	unsigned int budget, gap_us;
	unsigned int max_idle;
};

struct sig_set;

struct signals_ops {
	enum signals_backend id;
	struct sig_pace pace;
	void (*close)(struct sig_set *s);
	/* A process gets its first parked thread, or is forgotten. */
	void (*proc_add)(struct sig_set *s, struct sig_proc *proc);
	void (*proc_del)(struct sig_set *s, struct sig_proc *proc);
	int (*watch_add)(struct sig_set *s, struct sig_watch *w);
	void (*watch_del)(struct sig_set *s, struct sig_watch *w);
	/* Takes in what has happened and calls signals_mark*(). */
	void (*drain)(struct sig_set *s);
	void (*look)(struct sig_set *s, struct sig_watch **w, unsigned int n, enum sig_look *out);
};

/** struct sig_set - what is the same for every backend; a backend's struct begins with it. */
struct sig_set {
	const struct signals_ops *ops;
	int epfd, timerfd;
	uint64_t armed;	    /* what timerfd was last set to, ns; UINT64_MAX: disarmed */
	uint64_t last_pass; /* of the last step */
	struct sig_table watches, procs;
	struct sig_link step[SIG_MAX_STEPS];
	struct sig_link look; /* to be looked at in this pass */
	struct signals *sole; /* the owner of all watches; NULL: the set is shared */
	struct sig_link told; /* reported; back to hot when due */
	struct sig_link idle; /* struct sig_proc without threads, oldest first */
	unsigned int nidle;
};

/**
 * struct signals - who watches threads and is told: the only one of its set, or one that shares a
 * set with others. @hot: flag seen, to be reported. @share, @wake: NULL and -1 without sharing.
 */
struct signals {
	struct sig_set *set;
	struct signals_share *share;
	int wake; /* eventfd: hot is not empty */
	struct sig_link hot;
};

/* signals.c, for signals_share.c, which holds its lock. */

int sig_set_open(enum signals_backend backend, struct sig_set **out);
void sig_set_close(struct sig_set *s);
/** sig_set_pass() - take in events, look at what is due, set the timer. */
void sig_set_pass(struct sig_set *s);
int sig_set_watch(struct signals *owner, pid_t tgid, pid_t tid, uint64_t cookie);
void sig_set_unwatch(struct sig_set *s, pid_t tid, uint64_t cookie);
/** sig_set_forget() - every watch of @owner. */
void sig_set_forget(struct signals *owner);
int sig_set_report(struct signals *owner, uint64_t *cookies, int max);

/* signals_share.c: the public functions, for an owner that shares. */
void signals_share_lock(struct signals_share *share);
void signals_share_unlock(struct signals_share *share);

uint64_t signals_now(void);

static inline pid_t sig_watch_tid(const struct sig_watch *w)
{
	return w->by_tid.key;
}

static inline pid_t sig_proc_tgid(const struct sig_proc *proc)
{
	return proc->by_tgid.key;
}

/**
 * signals_mark() - process @tgid got something: look at its thread @tid, or at all with @tid 0.
 * Forgets the process when nothing of it is parked: it will be added again when needed.
 */
void signals_mark(struct sig_set *s, pid_t tgid, pid_t tid);
void signals_mark_all(struct sig_set *s);

/* ---- backends: allocate *out and set ops; signals_open() does the rest. @epfd: where BPF adds its
 * source of events. ---- */
int signals_poll_open(struct sig_set **out);
#if IPCNS_WITH_BPF
int signals_bpf_open(int epfd, struct sig_set **out);
#else
static inline int signals_bpf_open(int epfd, struct sig_set **out)
{
	(void)epfd;
	(void)out;
	return -EOPNOTSUPP;
}
#endif

/**
 * signals_calibrate() - find the bit of thread_info.flags that is TIF_SIGPENDING here.
 * @read_flags: reads the flags of a thread; 0 or negative errno.
 * Return: 0 and the bit as a mask; -EOPNOTSUPP: no single bit behaved like it; negative errno.
 */
int signals_calibrate(int (*read_flags)(void *arg, pid_t tid, uint64_t *flags), void *arg,
		      uint64_t *mask);

#endif
