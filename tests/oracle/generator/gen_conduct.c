/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's generator: the conductor, who decides each step and sees it through.
 *
 * gen_tame() is the list of what the kernel leaves to chance and the generator therefore avoids.
 */
#include <sys/wait.h>

#include "gen_conduct.h"

#define WORKERS_FREE 2 /* so many workers are kept from parking */

static int count_parked(const struct gen_conductor *k, const struct gen_call *like,
			bool (*same)(const struct gen_call *))
{
	int i, n = 0;

	for (i = 0; i < k->workers; i++) {
		const struct gen_call *c = &k->shared->worker[i].call;

		if (!k->mind[i].busy)
			continue;
		if (like && (c->family != like->family || c->id != like->id))
			continue;
		n += !same || same(c);
	}
	return n;
}

/*
 * What the kernel leaves to the scheduler:
 *  - of several sleeping msgsnd of one queue all are woken when there is room, and race for it;
 *  - msgctl(IPC_SET) wakes all sleepers of a queue, and they line up anew in the order they run.
 */
static void gen_tame(const struct gen_conductor *k, struct gen_call *c)
{
	if (c->blocks && count_parked(k, NULL, NULL) >= k->workers - WORKERS_FREE)
		gen_make_nowait(c);
	if (gen_msg_is_send(c) && c->blocks && count_parked(k, c, gen_msg_is_send) > 0)
		gen_make_nowait(c);
	if (gen_msg_is_set(c) && count_parked(k, c, NULL) > 1)
		gen_msg_unset(c);
}

static void draw(const struct gen_conductor *k, struct gen_random *r, int worker,
		 struct gen_call *c)
{
	unsigned int kind = gen_below(r, 100);

	memset(c, 0, sizeof(*c));
	c->step = k->step;
	c->worker = worker;
	c->payload = (uint32_t)gen_random(r);
	if (k->world.plain && gen_chance(r, 85))
		kind = 50;
	if (kind < 29) {
		c->family = GEN_MSG;
		gen_msg_draw(r, &k->world, c);
	} else if (kind < 56) {
		c->family = GEN_SEM;
		gen_sem_draw(r, &k->world, c);
	} else if (kind < 68) {
		c->family = GEN_SHM;
		gen_shm_draw(r, &k->world, c);
	} else if (kind < 98) {
		c->family = GEN_MQ;
		gen_mq_draw(r, &k->world, c);
	} else {
		gen_other_draw(r, c);
	}
}

static void step_call(struct gen_conductor *k, struct gen_random *r, int i)
{
	struct gen_worker *w = &k->shared->worker[i];

	draw(k, r, i, &w->call);
	gen_tame(k, &w->call);
	k->mind[i].busy = true;
	atomic_store(&w->state, WORKER_ORDERED);
	if (write(w->bell[1], "", 1) != 1)
		gen_stuck(k, "cannot be told", i);
	/* Natively semtimedop sleeps for a moment even when the time is over. */
	if (!w->call.blocks || w->call.timeout == TIME_SHORT || w->call.timeout == TIME_ZERO)
		gen_wait_done(k, i);
	else
		gen_listen(k, 150);
	gen_settle(k, i, gen_mq_is_send(&w->call));
}

static void close_status(struct gen_conductor *k, int i)
{
	if (k->mind[i].status >= 0)
		close(k->mind[i].status);
	k->mind[i].status = -1;
}

/* SEM_UNDO is carried out before waitpid returns, but who it wakes is seen a moment later. */
static void step_kill(struct gen_conductor *k, int i)
{
	int leader = k->shared->worker[i].leader, j;

	printf("%d w%d killed\n", k->step, leader);
	kill(k->shared->worker[leader].pid, SIGKILL);
	waitpid(k->shared->worker[leader].pid, NULL, 0);
	for (j = 0; j < k->workers; j++) {
		if (k->shared->worker[j].leader != leader)
			continue;
		close_status(k, j);
		k->mind[j] = (struct gen_mind){.status = -1};
	}
	gen_start(leader);
	usleep(2000);
	gen_settle(k, -1, false);
}

static void wait_state(struct gen_conductor *k, int i, bool stopped)
{
	struct gen_look look = {0};
	long start = gen_now_ms();

	for (;;) {
		gen_look_at(k, i, &look);
		if ((look.state == 'T') == stopped)
			break;
		if (gen_now_ms() - start > STUCK_MS)
			gen_stuck(k, stopped ? "does not stop" : "does not continue", i);
		gen_listen(k, 30);
	}
}

static void step_signal(struct gen_conductor *k, int i, int sig, enum gen_signal which)
{
	struct gen_worker *w = &k->shared->worker[i];
	int before = w->caught[which];
	long start = gen_now_ms();

	printf("%d w%d gets %s\n", k->step, i, sigabbrev_np(sig));
	syscall(SYS_tgkill, w->pid, w->tid, sig);
	while (sig != SIGHUP && w->caught[which] == before) {
		if (gen_now_ms() - start > STUCK_MS)
			gen_stuck(k, "does not handle a signal", i);
		gen_listen(k, 30);
	}
	gen_settle(k, -1, false);
}

static bool shares_process(const struct gen_conductor *k, int i)
{
	int j, n = 0;

	for (j = 0; j < k->workers; j++)
		n += k->shared->worker[j].leader == k->shared->worker[i].leader;
	return n > 1;
}

static void step_stop(struct gen_conductor *k, int i, bool stop)
{
	printf("%d w%d %s\n", k->step, i, stop ? "stopped" : "continued");
	kill(k->shared->worker[i].pid, stop ? SIGSTOP : SIGCONT);
	wait_state(k, i, stop);
	k->mind[i].stopped = stop;
	gen_settle(k, -1, false);
}

/* What a step does to a worker that is busy already; false: nothing. */
static bool step_busy(struct gen_conductor *k, int i, unsigned int kind)
{
	if (k->mind[i].stopped) {
		if (kind < 20)
			step_stop(k, i, false);
		else if (kind < 21)
			step_kill(k, i);
		return kind < 21;
	}
	switch (kind) {
	case 0:
		step_signal(k, i, SIGUSR1, SIGNAL_PLAIN);
		return true;
	case 1:
		step_signal(k, i, SIGUSR2, SIGNAL_RESTART);
		return true;
	case 2:
		step_signal(k, i, SIGHUP, SIGNAL_PLAIN);
		return true;
	case 3:
		step_kill(k, i);
		return true;
	case 4:
		if (shares_process(k, i))
			return false;
		step_stop(k, i, true);
		return true;
	default:
		return false;
	}
}

static void step(struct gen_conductor *k, uint64_t seed)
{
	struct gen_random r = {.state = seed * 0x2545f4914f6cdd1du + (uint64_t)k->step};
	unsigned int kind;
	int i;

	/* A second round, or neighbouring seeds and steps would have much in common. */
	r.state = gen_random(&r);
	i = (int)gen_below(&r, (unsigned int)k->workers);
	kind = gen_below(&r, 60);
	if (k->mind[i].busy && step_busy(k, i, kind))
		return;
	if (gen_below(&r, 200) == 0) {
		step_kill(k, i);
		return;
	}
	while (k->mind[i].busy)
		i = (i + 1) % k->workers;
	step_call(k, &r, i);
}

int gen_conduct(uint64_t seed, int steps, int workers, const bool *skip, bool plain)
{
	struct gen_conductor k = {.shared = gen_shared, .workers = workers};
	int i;

	memset(k.world.id, -1, sizeof(k.world.id));
	memset(k.world.old, -1, sizeof(k.world.old));
	k.world.shared = gen_shared;
	k.world.plain = plain;
	for (i = 0; i < workers; i++)
		k.mind[i].status = -1;
	for (k.step = 0; k.step < steps; k.step++) {
		if (!skip[k.step])
			step(&k, seed);
	}
	printf("end of %d steps\n", steps);
	gen_finish(&k, 0);
}
