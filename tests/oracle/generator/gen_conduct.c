/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's generator: the conductor, who decides each step and sees it through.
 *
 * A worker is parked when it sleeps in its call and nothing is on its way to it. Natively a look at
 * its state would do. Confined a call that does not wait sleeps as well, until its reply; so between
 * two equal looks (same state, same count of voluntary context switches) the conductor makes a call
 * of its own, the fence. Calls are received in the order in which they were made, so when the fence
 * has returned, every earlier one has been answered or waits. The fence names no object.
 *
 * gen_tame() is the list of what the kernel leaves to chance and the generator therefore avoids.
 */
#include <poll.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "gen.h"

#define STUCK_MS 4000  /* nothing that is waited for takes as long */
#define WORKERS_FREE 2 /* so many workers are kept from parking */

struct mind {
	bool busy;    /* parked, or still on its way */
	bool stopped; /* by SIGSTOP */
	int status;   /* descriptor of /proc/TID/status, -1 when not open */
	int notified; /* SIGNAL_NOTIFY seen */
};

struct look {
	bool done;	     /* has finished its call */
	char state;	     /* of /proc/TID/status; 0 if not looked at, or gone */
	bool pending;	     /* a signal is on its way */
	unsigned long slept; /* voluntary context switches */
};

struct conductor {
	struct gen_world world;
	struct gen_shared *shared;
	struct mind mind[GEN_WORKERS];
	int workers;
	int step;
};

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static _Noreturn void finish(struct conductor *k, int status)
{
	int i;

	fflush(stdout);
	for (i = 0; i < k->workers; i++) {
		if (k->shared->worker[i].leader == i)
			kill(k->shared->worker[i].pid, SIGKILL);
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	_exit(status);
}

static void look_at(struct conductor *k, int i, struct look *look)
{
	char path[64], text[4096], *at;
	ssize_t len;
	int fd;

	if (k->mind[i].status < 0) {
		snprintf(path, sizeof(path), "/proc/%d/status", k->shared->worker[i].tid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		k->mind[i].status = fcntl(fd, F_DUPFD_CLOEXEC, GEN_FD);
		close(fd);
	}
	len = pread(k->mind[i].status, text, sizeof(text) - 1, 0);
	if (len <= 0)
		return;
	text[len] = 0;
	at = strstr(text, "\nState:\t");
	look->state = at ? at[8] : 0;
	at = strstr(text, "\nSigPnd:\t");
	look->pending = at && strspn(at + 9, "0") != 16;
	at = strstr(text, "\nShdPnd:\t");
	look->pending |= at && strspn(at + 9, "0") != 16;
	at = strstr(text, "\nvoluntary_ctxt_switches:\t");
	look->slept = at ? strtoul(at + 26, NULL, 10) : 0;
}

static void fence(void)
{
	syscall(SYS_msgctl, -1, IPC_RMID, NULL);
}

static _Noreturn void stuck(struct conductor *k, const char *what, int i)
{
	struct look look = {0};

	look_at(k, i, &look);
	printf("%d w%d: %s, state %c: %s\n", k->step, i, what, look.state ? look.state : '-',
	       k->shared->worker[i].call.text);
	finish(k, 3);
}

/* Waits for a bell for at most so long; empties the pipe. */
static void listen_for(struct conductor *k, long usec)
{
	struct pollfd pfd = {.fd = k->shared->done[0], .events = POLLIN};
	struct timespec ts = {usec / 1000000, usec % 1000000 * 1000};
	char bells[64];

	if (ppoll(&pfd, 1, &ts, NULL) > 0 && read(pfd.fd, bells, sizeof(bells)) < 0)
		return;
}

static bool has_died(struct conductor *k, int i)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)k->shared->worker[i].pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
		       0 &&
	       info.si_pid;
}

static bool is_done(struct conductor *k, int i)
{
	return atomic_load(&k->shared->worker[i].state) == WORKER_DONE;
}

/* A finished worker becomes idle; the objects that it made become known. */
static void take(struct conductor *k, int i, bool at_once)
{
	struct gen_worker *w = &k->shared->worker[i];
	const struct gen_call *c = &w->call;

	printf("%d w%d ", k->step, i);
	if (at_once)
		printf("%s", c->text);
	else
		printf("ends (step %d)", c->step);
	if (w->result == -1)
		printf(" = %s%s\n", gen_errname(w->error), w->text);
	else
		printf(" = %ld%s\n", w->result, w->text);
	if (w->result >= 0 && gen_is_get(c) && w->result != k->world.id[c->family][c->slot]) {
		k->world.old[c->family][c->slot] = k->world.id[c->family][c->slot];
		k->world.id[c->family][c->slot] = (int)w->result;
	}
	k->mind[i].busy = false;
	atomic_store(&w->state, WORKER_IDLE);
}

/* Whether worker i rests: asleep in its call or stopped, and no signal on its way. */
static bool rests(const struct conductor *k, int i, const struct look *look)
{
	if (k->mind[i].stopped)
		return look->state == 'T';
	return (look->state == 'S' || look->state == 'D') && !look->pending;
}

/*
 * Looks at every busy worker that has not finished, or at everyone; whether all rest. If not, *restless
 * is one that does not.
 */
static bool all_rest(struct conductor *k, bool everyone, struct look *looks, int *restless)
{
	int i;

	for (i = 0; i < k->workers; i++) {
		looks[i] = (struct look){.done = is_done(k, i)};
		if (!everyone && (!k->mind[i].busy || looks[i].done))
			continue;
		*restless = i;
		look_at(k, i, &looks[i]);
		if (!rests(k, i, &looks[i]))
			return false;
	}
	return true;
}

static bool same_looks(const struct conductor *k, const struct look *a, const struct look *b)
{
	int i;

	for (i = 0; i < k->workers; i++) {
		if (a[i].state != b[i].state || a[i].slept != b[i].slept || a[i].done != b[i].done)
			return false;
	}
	return true;
}

/*
 * Returns when no busy worker is on its way anywhere; those that have finished are taken, in the
 * order of their numbers. Idle workers are looked at too if everyone is set, for handlers that run.
 */
static void settle(struct conductor *k, int at_once, bool everyone)
{
	struct look first[GEN_WORKERS], second[GEN_WORKERS];
	long start = now_ms();
	int i, restless = 0;

	for (;;) {
		if (all_rest(k, everyone, first, &restless)) {
			fence();
			if (all_rest(k, everyone, second, &restless) &&
			    same_looks(k, first, second))
				break;
		}
		if (has_died(k, restless))
			stuck(k, "died", restless);
		if (now_ms() - start > STUCK_MS)
			stuck(k, "does not settle", restless);
		listen_for(k, 30);
	}
	for (i = 0; i < k->workers; i++) {
		if (k->mind[i].busy && is_done(k, i))
			take(k, i, i == at_once);
		else if (i == at_once && k->mind[i].busy)
			printf("%d w%d %s waits\n", k->step, i, k->shared->worker[i].call.text);
	}
	for (i = 0; i < k->workers; i++) {
		struct gen_worker *w = &k->shared->worker[i];

		if (w->caught[SIGNAL_NOTIFY] != k->mind[i].notified)
			printf("%d w%d notified: %+d code %d value %d pid %s\n", k->step, i,
			       w->caught[SIGNAL_NOTIFY] - k->mind[i].notified, w->notify_code,
			       w->notify_value, gen_role(w->notify_pid));
		k->mind[i].notified = w->caught[SIGNAL_NOTIFY];
	}
}

static void wait_done(struct conductor *k, int i)
{
	long start = now_ms();

	while (!is_done(k, i)) {
		listen_for(k, 20000);
		if (is_done(k, i))
			break;
		if (has_died(k, i))
			stuck(k, "died", i);
		if (now_ms() - start > STUCK_MS)
			stuck(k, "does not return", i);
	}
}

static int count_parked(const struct conductor *k, const struct gen_call *like,
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
static void gen_tame(const struct conductor *k, struct gen_call *c)
{
	if (c->blocks && count_parked(k, NULL, NULL) >= k->workers - WORKERS_FREE)
		gen_make_nowait(c);
	if (gen_msg_is_send(c) && c->blocks && count_parked(k, c, gen_msg_is_send) > 0)
		gen_make_nowait(c);
	if (gen_msg_is_set(c) && count_parked(k, c, NULL) > 1)
		gen_msg_unset(c);
}

static void draw(const struct conductor *k, struct gen_random *r, int worker, struct gen_call *c)
{
	unsigned int kind = gen_below(r, 100);

	memset(c, 0, sizeof(*c));
	c->step = k->step;
	c->worker = worker;
	c->payload = (uint32_t)gen_random(r);
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

static void step_call(struct conductor *k, struct gen_random *r, int i)
{
	struct gen_worker *w = &k->shared->worker[i];

	draw(k, r, i, &w->call);
	gen_tame(k, &w->call);
	k->mind[i].busy = true;
	atomic_store(&w->state, WORKER_ORDERED);
	if (write(w->bell[1], "", 1) != 1)
		stuck(k, "cannot be told", i);
	/* Natively semtimedop sleeps for a moment even when the time is over. */
	if (!w->call.blocks || w->call.timeout == TIME_SHORT || w->call.timeout == TIME_ZERO)
		wait_done(k, i);
	else
		listen_for(k, 150);
	settle(k, i, gen_mq_is_send(&w->call));
}

static void close_status(struct conductor *k, int i)
{
	if (k->mind[i].status >= 0)
		close(k->mind[i].status);
	k->mind[i].status = -1;
}

/* SEM_UNDO is carried out before waitpid returns, but who it wakes is seen a moment later. */
static void step_kill(struct conductor *k, int i)
{
	int leader = k->shared->worker[i].leader, j;

	printf("%d w%d killed\n", k->step, leader);
	kill(k->shared->worker[leader].pid, SIGKILL);
	waitpid(k->shared->worker[leader].pid, NULL, 0);
	for (j = 0; j < k->workers; j++) {
		if (k->shared->worker[j].leader != leader)
			continue;
		close_status(k, j);
		k->mind[j] = (struct mind){.status = -1};
	}
	gen_start(leader);
	usleep(2000);
	settle(k, -1, false);
}

static void wait_state(struct conductor *k, int i, bool stopped)
{
	struct look look = {0};
	long start = now_ms();

	for (;;) {
		look_at(k, i, &look);
		if ((look.state == 'T') == stopped)
			break;
		if (now_ms() - start > STUCK_MS)
			stuck(k, stopped ? "does not stop" : "does not continue", i);
		listen_for(k, 30);
	}
}

static void step_signal(struct conductor *k, int i, int sig, enum gen_signal which)
{
	struct gen_worker *w = &k->shared->worker[i];
	int before = w->caught[which];
	long start = now_ms();

	printf("%d w%d gets %s\n", k->step, i, sigabbrev_np(sig));
	syscall(SYS_tgkill, w->pid, w->tid, sig);
	while (sig != SIGHUP && w->caught[which] == before) {
		if (now_ms() - start > STUCK_MS)
			stuck(k, "does not handle a signal", i);
		listen_for(k, 30);
	}
	settle(k, -1, false);
}

static bool shares_process(const struct conductor *k, int i)
{
	int j, n = 0;

	for (j = 0; j < k->workers; j++)
		n += k->shared->worker[j].leader == k->shared->worker[i].leader;
	return n > 1;
}

static void step_stop(struct conductor *k, int i, bool stop)
{
	printf("%d w%d %s\n", k->step, i, stop ? "stopped" : "continued");
	kill(k->shared->worker[i].pid, stop ? SIGSTOP : SIGCONT);
	wait_state(k, i, stop);
	k->mind[i].stopped = stop;
	settle(k, -1, false);
}

/* What a step does to a worker that is busy already; false: nothing. */
static bool step_busy(struct conductor *k, int i, unsigned int kind)
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

static void step(struct conductor *k, uint64_t seed)
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

int gen_conduct(uint64_t seed, int steps, int workers, const bool *skip)
{
	struct conductor k = {.shared = gen_shared, .workers = workers};
	int i;

	memset(k.world.id, -1, sizeof(k.world.id));
	memset(k.world.old, -1, sizeof(k.world.old));
	k.world.shared = gen_shared;
	for (i = 0; i < workers; i++)
		k.mind[i].status = -1;
	for (k.step = 0; k.step < steps; k.step++) {
		if (!skip[k.step])
			step(&k, seed);
	}
	printf("end of %d steps\n", steps);
	finish(&k, 0);
}
