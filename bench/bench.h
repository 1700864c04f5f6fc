/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of ipcns-bench share: the case table, a worker's context, the handle of a worker
 * process and the report.
 *
 * One program plays three parts. The *parent* (main.c, run.c, idle.c, report.c) never makes an IPC
 * call itself: it tells *workers* by pipe to run a batch, and they time it. A worker (worker.c,
 * cases_sysv.c, cases_mq.c) does not know whether its calls are native or trapped. The *bare
 * supervisor* (bare.c) stands beside a worker of its own and only answers.
 *
 * Times are nanoseconds of CLOCK_MONOTONIC; an operation ("op") is what a case's name says, one
 * call or several. All functions return 0 or a negative errno unless their comment says otherwise.
 */
#ifndef IPCNS_BENCH_H
#define IPCNS_BENCH_H

#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Who answers a worker's calls. KIND_SHIM is KIND_TRAP with libipcshim, of cases that it is for. */
enum bench_kind { KIND_NATIVE, KIND_BARE, KIND_TRAP, KIND_SHIM, BENCH_KINDS };

#define BENCH_MAX_CALLS 4
#define BENCH_MAX_PAYLOAD 8192

/* A SysV message as msgsnd(2) wants it. */
struct bench_msg {
	long type;
	char text[BENCH_MAX_PAYLOAD];
};

struct bench_case;

/* All that one worker holds. A case's setup fills the part that it needs. */
struct bench_ctx {
	const struct bench_case *c;
	unsigned int count; /* idle_parked: threads to park */
	int *ids;	    /* SysV ids, nids of them are live */
	size_t nids;
	size_t index, stride; /* which object comes next */
	uint64_t seq;	      /* calls made so far; its parity is the semaphore's value */
	mqd_t mq[2];	      /* (mqd_t)-1 when not open */
	char mq_name[2][48];
	pid_t peer; /* the other end of a ping-pong, 0 if none */
	struct bench_msg msg;
	pthread_t *threads;
	size_t nthreads;
};

struct bench_case {
	const char *name;
	/* Cases with the same group have their rounds interleaved, to be compared with each other. */
	const char *group;
	/* The trapped calls of one op; the bare supervisor answers exactly these. */
	unsigned int calls;
	int nr[BENCH_MAX_CALLS];
	bool shim;	      /* measured with libipcshim, too */
	size_t size;	      /* payload or segment, bytes */
	unsigned int objects; /* in the namespace while the case runs; 0 means 1 */
	int (*setup)(struct bench_ctx *ctx);
	/* Run n ops; *ns is the time of the measured part only (fill and drain are left out). */
	int (*run)(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
	/* Undo setup, also one that failed half-way. */
	void (*teardown)(struct bench_ctx *ctx);
};

extern const struct bench_case bench_cases[];
extern const size_t bench_ncases;
extern const struct bench_case bench_idle_case;

/* The case of that name, idle_parked included, or NULL. */
const struct bench_case *bench_find_case(const char *name);

static inline uint64_t bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* cases_sysv.c and cases_mq.c: bodies that the table in cases.c names. */
int sem_setup(struct bench_ctx *ctx);
int sem_setup_pingpong(struct bench_ctx *ctx);
int sem_run(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
int sem_run_pingpong(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
int sem_run_get_rmid(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
void sem_teardown(struct bench_ctx *ctx);
int msg_setup(struct bench_ctx *ctx);
int msg_setup_pingpong(struct bench_ctx *ctx);
int msg_run_send(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
int msg_run_receive(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
int msg_run_pair(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
int msg_run_pingpong(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
int msg_run_get_rmid(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
void msg_teardown(struct bench_ctx *ctx);
int shm_setup(struct bench_ctx *ctx);
int shm_run_at_dt(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
int shm_run_get_rmid(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
void shm_teardown(struct bench_ctx *ctx);
int mq_setup(struct bench_ctx *ctx);
int mq_setup_name(struct bench_ctx *ctx);
int mq_setup_pingpong(struct bench_ctx *ctx);
int mq_run_send(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
int mq_run_receive(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
int mq_run_pair(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
int mq_run_pingpong(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
int mq_run_open_close_unlink(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
void mq_teardown(struct bench_ctx *ctx);
int idle_setup(struct bench_ctx *ctx);
int idle_run(struct bench_ctx *ctx, uint64_t n, uint64_t *ns);
void idle_teardown(struct bench_ctx *ctx);

/*
 * Fork the other end of a ping-pong; it repeats turn() until that fails, and dies with its parent.
 * ctx->peer is its pid; end_peer() kills and reaps it.
 */
int start_peer(struct bench_ctx *ctx, int (*turn)(struct bench_ctx *ctx));
void end_peer(struct bench_ctx *ctx);

/* worker.c. Exit statuses, for main() to return. */
int worker_main(const struct bench_case *c, unsigned int count);
int worker_serve(struct bench_ctx *ctx);

/* bare.c: worker and supervisor of the bare round trip. Exit status. */
int bare_worker_main(const struct bench_case *c);

/* How the parent starts workers. */
struct bench_options {
	unsigned int kinds; /* 1 << enum bench_kind */
	unsigned int rounds;
	uint64_t batch_ns; /* length that a batch is sized for */
	bool pinned;
	cpu_set_t cpus;
	bool quick;
	bool json;
	bool idle;
	unsigned int idle_count;
	unsigned int idle_seconds;
	const char *self; /* this program's file */
	const char *ipcnsctl;
	bool *selected; /* one a case of bench_cases */
};

/* A worker process (under ipcnsctl: the front process that runs it) and the pipes to it. */
struct bench_child {
	pid_t pid; /* 0: not started, or ended */
	int pidfd;
	int to, from;
	pid_t worker; /* what the worker calls itself */
	char error[200];
};

/*
 * child.c. child_start() forks and waits until the worker is ready; child_run() has it do n ops
 * and gives the nanoseconds they took. On failure both leave a one-line reason in child->error.
 * child_stop() ends the worker, whatever state it is in, and may be called at any time, twice too.
 * They give up with -EINTR when bench_interrupted() has become true, with -ETIMEDOUT when the
 * worker says nothing for a minute.
 */
int child_start(struct bench_child *child, enum bench_kind kind, const struct bench_case *c,
		const struct bench_options *opt);
int child_run(struct bench_child *child, uint64_t n, uint64_t *ns);
void child_stop(struct bench_child *child);

/* Take over SIGINT, SIGTERM and SIGHUP: from now on they only make bench_interrupted() true. */
int child_catch_signals(void);
/* The number of the signal that asked us to stop, 0 if none did. */
int bench_interrupted(void);
/* Sleep; -EINTR at once when interrupted. */
int bench_sleep(uint64_t ns);

struct bench_row {
	const struct bench_case *c;
	double median[BENCH_KINDS]; /* ns per op; NAN: not measured */
	/* Median over the rounds of trap/native, trap/bare, shim/native in one round; NAN likewise. */
	double round_native, round_bare, round_shim;
};

struct bench_idle {
	bool valid;
	unsigned int parked;
	double seconds;
	double daemon_ms; /* CPU time of the daemon part */
	double front_ms;  /* ... of the front process and the guardian */
};

struct bench_report {
	struct bench_row *rows;
	size_t nrows;
	char **notes;
	size_t nnotes;
	struct bench_idle idle;
	bool failed; /* something that was asked for could not be measured */
};

/* run.c: measure the selected cases. -EINTR when interrupted, -ENOMEM. */
int bench_run(const struct bench_options *opt, struct bench_report *rep);
/* idle.c: the idle_parked row. Fails like bench_run(); what went wrong becomes a note. */
int bench_run_idle(const struct bench_options *opt, struct bench_report *rep);
/* Keep a note for the report (printf-like); the same text twice is kept once. */
void bench_note(struct bench_report *rep, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* report.c: to standard output. */
int report_table(const struct bench_options *opt, const struct bench_report *rep);
int report_json(const struct bench_options *opt, const struct bench_report *rep);

#endif
