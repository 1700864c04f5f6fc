/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's seeded generator: what its parts share.
 *
 * A conductor (gen_conduct.c) draws step after step from the seed and has each carried out by one of
 * a few workers (gen_worker.c): processes of several users, and threads; gen_watch.c sees when one has
 * finished or waits. A call is drawn by its
 * family's file (gen_msg.c, gen_sem.c, gen_shm.c, gen_mq.c) in the conductor and made by the same
 * file in the worker. Orders and results travel in memory that all share; a byte in a pipe is the
 * bell. No call under test is used for that.
 *
 * Invariants:
 *  - Step n depends on the seed, on n, and on what the steps before it left behind, never on chance:
 *    so a run without some of the steps is a run as well, and shrinking works.
 *  - The conductor goes on only when the worker has finished or rests in its call, and every other
 *    worker that the step set free has finished too. So the order of all effects is the order of the
 *    steps, and the transcript is determined, but for what gen_tame() keeps from happening.
 *  - The transcript has no times, pids or addresses: roles and relations instead.
 */
#ifndef IPCNSD_TESTS_ORACLE_GEN_H
#define IPCNSD_TESTS_ORACLE_GEN_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define GEN_WORKERS 8 /* at most */
#define GEN_SLOTS 4   /* objects of each family that the conductor knows, and mqds of a process */
#define GEN_PIDS 1024 /* pids of all workers that ever were */
#define GEN_BUF (128 * 1024) /* bytes of a worker's buffer: SETALL of 32000 values fits */
#define GEN_SOPS 5
#define GEN_TEXT 2000
#define GEN_FD 100 /* the conductor's own descriptors, which workers have not, begin here */

enum gen_family { GEN_MSG, GEN_SEM, GEN_SHM, GEN_MQ, GEN_FAMILIES };

/* Where a pointer argument points. */
enum gen_ptr {
	PTR_OK,
	PTR_NULL,
	PTR_UNMAPPED,
	PTR_READONLY,
	PTR_ENDS, /* its last 4 bytes are mapped, then nothing is */
};

enum gen_timeout {
	TIME_NONE,  /* a null pointer: for ever */
	TIME_ZERO,  /* relative: 0; absolute: long ago */
	TIME_SHORT, /* some milliseconds; the conductor waits for it */
	TIME_FAR,
	TIME_NSEC, /* tv_nsec is 1e9 */
	TIME_NEGATIVE,
	TIME_BAD, /* a bad pointer */
};

struct gen_sop {
	unsigned short num;
	short op;
	short flags;
};

/* One call: what to make of it, and how it reads in the transcript. Unused fields are 0. */
struct gen_call {
	enum gen_family family;
	int op; /* the family's own numbering, from 1; 0: gen_other.c */
	int step;
	int worker;
	int slot; /* of the family's objects, or of the process' mqds or attachments */
	int id;
	int cmd;
	int flags;
	unsigned int mode;
	int key;
	long type;
	long size;
	long count;
	long values[4];
	const char *name;
	struct gen_sop sops[GEN_SOPS];
	enum gen_ptr ptr;
	enum gen_timeout timeout;
	uint32_t payload; /* what the payload is made from */
	bool blocks;	  /* it may wait for another worker, for ever */
	char text[GEN_TEXT];
};

/* Memory of one process of workers; cleared when it is started anew. */
struct gen_proc {
	int mqd[GEN_SLOTS]; /* -1: none */
	char *at[GEN_SLOTS];
	bool writable[GEN_SLOTS];
};

enum gen_state { WORKER_IDLE, WORKER_ORDERED, WORKER_CALLING, WORKER_DONE };

/* Signals that workers catch, by their index in gen_worker.caught. */
enum gen_signal { SIGNAL_PLAIN, SIGNAL_RESTART, SIGNAL_NOTIFY, GEN_SIGNALS };

struct gen_worker {
	/* Set by the conductor. */
	int index;
	int leader; /* the worker whose process it is a thread of; itself otherwise */
	int uid;
	pid_t pid;
	int bell[2];
	struct gen_call call;
	/* Set by the worker. */
	_Atomic pid_t tid;
	_Atomic int state;
	_Atomic int caught[GEN_SIGNALS];
	int notify_code, notify_value; /* of the last SIGNAL_NOTIFY */
	pid_t notify_pid;
	long result;
	int error;
	char text[GEN_TEXT];  /* what else the call gave */
	struct gen_proc proc; /* the leader's is used */
	char *buf, *readonly;
};

/* All shared memory. */
struct gen_shared {
	int workers;
	int done[2]; /* pipe: a byte for each finished call */
	struct gen_worker worker[GEN_WORKERS];
	pid_t conductor;
	int pids;
	pid_t pid[GEN_PIDS];
	int role[GEN_PIDS];
};

/* What the conductor knows of the objects; draws choose from it. */
struct gen_world {
	struct gen_shared *shared;
	bool plain; /* mostly semaphores, and single operations on them */
	int id[GEN_FAMILIES][GEN_SLOTS];
	int old[GEN_FAMILIES][GEN_SLOTS];
};

/* Random numbers: splitmix64. */
struct gen_random {
	uint64_t state;
};
uint64_t gen_random(struct gen_random *r);
unsigned int gen_below(struct gen_random *r, unsigned int n);
bool gen_chance(struct gen_random *r, unsigned int percent);
#define GEN_PICK(r, ...)  \
	(((const long[]){ \
		__VA_ARGS__})[gen_below((r), sizeof((const long[]){__VA_ARGS__}) / sizeof(long))])

/* Draws shared by the families (gen_draw.c). */
int gen_draw_id(struct gen_random *r, const struct gen_world *w, enum gen_family family, int slot);
int gen_draw_key(struct gen_random *r, int slot);
unsigned int gen_draw_mode(struct gen_random *r);
enum gen_ptr gen_draw_ptr(struct gen_random *r);
enum gen_timeout gen_draw_timeout(struct gen_random *r);
const char *gen_ptr_name(enum gen_ptr ptr);
const char *gen_timeout_name(enum gen_timeout timeout);
const char *gen_errname(int err);

/* Appends to a text of GEN_TEXT bytes. */
void gen_add(char *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* In the worker: the pointer argument, for an object of size bytes; fills the buffer's start. */
void *gen_ptr(const struct gen_worker *w, enum gen_ptr ptr, size_t size);
/* Sets *ts and returns what to pass; absolute is CLOCK_REALTIME. */
void *gen_time(enum gen_timeout timeout, bool absolute, struct timespec *ts);
void gen_fill(char *bytes, size_t size, uint32_t seed);
uint32_t gen_digest(const void *bytes, size_t size);
const char *gen_role(pid_t pid); /* "w3", "cond", "0", "other" */
/* struct ipc64_perm, as text. */
void gen_add_perm(char *text, const struct ipc_perm *perm);

/* The families: draw in the conductor, make in the worker (result to w->result, error, text). */
void gen_msg_draw(struct gen_random *r, const struct gen_world *world, struct gen_call *c);
void gen_msg_make(struct gen_worker *w);
bool gen_msg_is_send(const struct gen_call *c);
bool gen_msg_is_set(const struct gen_call *c);
void gen_msg_unset(struct gen_call *c);
void gen_sem_draw(struct gen_random *r, const struct gen_world *world, struct gen_call *c);
void gen_sem_make(struct gen_worker *w);
void gen_shm_draw(struct gen_random *r, const struct gen_world *world, struct gen_call *c);
void gen_shm_make(struct gen_worker *w);
void gen_mq_draw(struct gen_random *r, const struct gen_world *world, struct gen_call *c);
void gen_mq_make(struct gen_worker *w);
bool gen_mq_is_send(const struct gen_call *c);
/* What is of no family: op 0. */
void gen_other_draw(struct gen_random *r, struct gen_call *c);
void gen_other_make(struct gen_worker *w);
/* Whether the call made or found an object, whose id its result is then. */
bool gen_is_get(const struct gen_call *c);

/* Keeps a call from waiting (all families): the same call, but giving up at once. */
void gen_make_nowait(struct gen_call *c);
/* Writes c->text anew from its fields. */
void gen_msg_text(struct gen_call *c);
void gen_sem_text(struct gen_call *c);
void gen_mq_text(struct gen_call *c);

/* Workers (gen_worker.c). */
extern struct gen_shared *gen_shared;
/* Starts the process of worker leader, threads included. */
void gen_start(int leader);

/* The conductor (gen_conduct.c): carries out steps 0..steps-1 but those with a true skip[]. */
int gen_conduct(uint64_t seed, int steps, int workers, const bool *skip, bool plain);

#endif
