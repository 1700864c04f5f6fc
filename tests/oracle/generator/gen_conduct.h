/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's generator: between the conductor (gen_conduct.c) and its watch over the workers
 * (gen_watch.c). Nobody else includes this.
 */
#ifndef IPCNSD_TESTS_ORACLE_GEN_CONDUCT_H
#define IPCNSD_TESTS_ORACLE_GEN_CONDUCT_H

#include "gen.h"

#define STUCK_MS 4000 /* nothing that is waited for takes as long */

/* What the conductor remembers of a worker. */
struct gen_mind {
	bool busy;    /* parked, or still on its way */
	bool stopped; /* by SIGSTOP */
	int status;   /* descriptor of /proc/TID/status, -1 when not open */
	int notified; /* SIGNAL_NOTIFY seen */
};

struct gen_look {
	bool done;	     /* has finished its call */
	char state;	     /* of /proc/TID/status; 0 if not looked at, or gone */
	bool pending;	     /* a signal is on its way */
	unsigned long slept; /* voluntary context switches */
};

struct gen_conductor {
	struct gen_world world;
	struct gen_shared *shared;
	struct gen_mind mind[GEN_WORKERS];
	int workers;
	int step;
};

long gen_now_ms(void);
void gen_look_at(struct gen_conductor *k, int i, struct gen_look *look);
/* Waits for a worker's bell, at most so long. */
void gen_listen(struct gen_conductor *k, long usec);
/* Waits for worker i, whose call must end of itself. */
void gen_wait_done(struct gen_conductor *k, int i);

/*
 * Returns when no busy worker is on its way anywhere; those that have finished are taken, in the
 * order of their numbers. Idle workers are looked at too if everyone is set, for handlers that run.
 */
void gen_settle(struct gen_conductor *k, int at_once, bool everyone);

/* Ends all workers and the program; stuck says why in the transcript. */
_Noreturn void gen_finish(struct gen_conductor *k, int status);
_Noreturn void gen_stuck(struct gen_conductor *k, const char *what, int i);

#endif
