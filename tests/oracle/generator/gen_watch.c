/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's generator: watching the workers.
 *
 * A worker is parked when it sleeps in its call and nothing is on its way to it. Natively a look at
 * its state would do. Confined a call that does not wait sleeps as well, until its reply; so between
 * two equal looks (same state, same count of voluntary context switches) the conductor makes a call
 * of its own, the fence. Calls are received in the order in which they were made, so when the fence
 * has returned, every earlier one has been answered or waits. The fence names no object.
 */
#include <poll.h>
#include <sys/msg.h>
#include <sys/wait.h>

#include "gen_conduct.h"

long gen_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

_Noreturn void gen_finish(struct gen_conductor *k, int status)
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

void gen_look_at(struct gen_conductor *k, int i, struct gen_look *look)
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

_Noreturn void gen_stuck(struct gen_conductor *k, const char *what, int i)
{
	struct gen_look look = {0};

	gen_look_at(k, i, &look);
	printf("%d w%d: %s, state %c: %s\n", k->step, i, what, look.state ? look.state : '-',
	       k->shared->worker[i].call.text);
	gen_finish(k, 3);
}

/* Waits for a bell for at most so long; empties the pipe. */
void gen_listen(struct gen_conductor *k, long usec)
{
	struct pollfd pfd = {.fd = k->shared->done[0], .events = POLLIN};
	struct timespec ts = {usec / 1000000, usec % 1000000 * 1000};
	char bells[64];

	if (ppoll(&pfd, 1, &ts, NULL) > 0 && read(pfd.fd, bells, sizeof(bells)) < 0)
		return;
}

static bool has_died(struct gen_conductor *k, int i)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)k->shared->worker[i].pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
		       0 &&
	       info.si_pid;
}

static bool is_done(struct gen_conductor *k, int i)
{
	return atomic_load(&k->shared->worker[i].state) == WORKER_DONE;
}

/* A finished worker becomes idle; the objects that it made become known. */
static void take(struct gen_conductor *k, int i, bool at_once)
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
static bool rests(const struct gen_conductor *k, int i, const struct gen_look *look)
{
	if (k->mind[i].stopped)
		return look->state == 'T';
	return (look->state == 'S' || look->state == 'D') && !look->pending;
}

/*
 * Looks at every busy worker that has not finished, or at everyone; whether all rest. If not, *restless
 * is one that does not.
 */
static bool all_rest(struct gen_conductor *k, bool everyone, struct gen_look *looks, int *restless)
{
	int i;

	for (i = 0; i < k->workers; i++) {
		looks[i] = (struct gen_look){.done = is_done(k, i)};
		if (!everyone && (!k->mind[i].busy || looks[i].done))
			continue;
		*restless = i;
		gen_look_at(k, i, &looks[i]);
		if (!rests(k, i, &looks[i]))
			return false;
	}
	return true;
}

static bool same_looks(const struct gen_conductor *k, const struct gen_look *a,
		       const struct gen_look *b)
{
	int i;

	for (i = 0; i < k->workers; i++) {
		if (a[i].state != b[i].state || a[i].slept != b[i].slept || a[i].done != b[i].done)
			return false;
	}
	return true;
}

void gen_settle(struct gen_conductor *k, int at_once, bool everyone)
{
	struct gen_look first[GEN_WORKERS], second[GEN_WORKERS];
	long start = gen_now_ms();
	int i, restless = 0;

	for (;;) {
		if (all_rest(k, everyone, first, &restless)) {
			fence();
			if (all_rest(k, everyone, second, &restless) &&
			    same_looks(k, first, second))
				break;
		}
		if (has_died(k, restless))
			gen_stuck(k, "died", restless);
		if (gen_now_ms() - start > STUCK_MS)
			gen_stuck(k, "does not settle", restless);
		gen_listen(k, 30);
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

void gen_wait_done(struct gen_conductor *k, int i)
{
	long start = gen_now_ms();

	while (!is_done(k, i)) {
		gen_listen(k, 20000);
		if (is_done(k, i))
			break;
		if (has_died(k, i))
			gen_stuck(k, "died", i);
		if (gen_now_ms() - start > STUCK_MS)
			gen_stuck(k, "does not return", i);
	}
}
