/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp/signals: are signals for parked calls noticed, on the right thread, and never where there
 * is none? Both backends, against real threads that wait in received notifications. What a program
 * sees is checked too: a restart code that reaches it means that the wrong thread was reported.
 *
 * usage: test_signals bpf|poll
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <time.h>

#include <cmocka.h>

#include "seccomp/signals.h"

#include "confined.h"

/* The kernel's own codes (include/linux/errno.h); no program may ever see them. */
#define ERESTARTSYS 512
#define ERESTARTNOHAND 514

#define MAX_THREADS 1000
#define QUIET_MS 60 /* long enough for every backend to have noticed */

static enum signals_backend backend;
static struct signals *sig;

/* One parking thread of the child. */
struct slot {
	_Atomic pid_t tid;
	_Atomic int handled, calls;
	_Atomic long result; /* of the last call: value or -errno */
};

/* What the child is to do, and what it did. */
struct plan {
	int nthreads;
	bool main_parks, main_blocks, all_block, ignore, restart, loop;
	_Atomic int main_handled;
	_Atomic bool main_pauses;
	struct slot slot[MAX_THREADS];
};

static struct plan *plan;
static __thread struct slot *me;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

/* ---- the child ---- */

static void handler(int signo)
{
	(void)signo;
	if (me)
		me->handled++;
	else
		plan->main_handled++;
}

static void *park(void *arg)
{
	me = arg;
	me->tid = gettid();
	do {
		long r = syscall(SYS_msgrcv, me - plan->slot, 0, 0, 0, 0);

		me->result = r < 0 ? -errno : r;
		me->calls++;
	} while (plan->loop);
	return NULL;
}

static int start_threads(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, 65536))
		return -1;
	for (int i = plan->main_parks; i < plan->nthreads; i++) {
		if (pthread_create(&thread, &attr, park, &plan->slot[i]))
			return -1;
	}
	return 0;
}

static int body(void *arg)
{
	struct sigaction sa = {.sa_handler = plan->ignore ? SIG_IGN : handler,
			       .sa_flags = plan->restart ? SA_RESTART : 0};
	sigset_t set;

	(void)arg;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (sigaction(SIGUSR1, &sa, NULL))
		return 2;
	if (plan->all_block)
		sigprocmask(SIG_BLOCK, &set, NULL);
	if (start_threads())
		return 3;
	if (plan->main_blocks)
		sigprocmask(SIG_BLOCK, &set, NULL);
	if (plan->main_parks)
		park(&plan->slot[0]);
	plan->main_pauses = true;
	for (;;)
		pause();
}

/* ---- the supervisor ---- */

static struct confined child;
static uint64_t call_id[MAX_THREADS]; /* notification of each slot's parked call */
static pid_t call_tid[MAX_THREADS];

/* Receives one call; returns its slot. */
static int receive(int timeout_ms)
{
	struct seccomp_notif n;
	int err = notif_recv(&child, &n, timeout_ms);

	if (err)
		return err;
	call_id[n.data.args[0]] = n.id;
	call_tid[n.data.args[0]] = n.pid;
	return n.data.args[0];
}

static void watch(int slot)
{
	assert_int_equal(signals_watch(sig, child.pid, call_tid[slot], slot), 0);
}

static void start(int nthreads)
{
	plan->nthreads = nthreads;
	assert_int_equal(confined_start(&child, body, NULL), 0);
	for (int i = 0; i < nthreads; i++) {
		int slot = receive(5000);

		assert_true(slot >= 0);
		watch(slot);
	}
	/* pthread_create(3) has all signals blocked, and the thread it made may be here before it. */
	for (int i = 0; i < 5000 && !plan->main_parks && !plan->main_pauses; i++)
		usleep(1000);
	assert_true(plan->main_parks || plan->main_pauses);
}

static void answer(int slot, int64_t val, int error)
{
	signals_unwatch(sig, call_tid[slot], slot);
	assert_int_equal(notif_send(&child, call_id[slot], val, error), 0);
}

/* Waits until somebody is reported; the number of reports, 0 after @timeout_ms. */
static int collect(uint64_t *cookies, int max, int timeout_ms)
{
	uint64_t end = now_ns() + timeout_ms * UINT64_C(1000000);
	struct pollfd pfd = {.fd = signals_fd(sig), .events = POLLIN};
	int n = 0;

	while (!n && now_ns() < end) {
		int left = (end - now_ns()) / 1000000 + 1;

		if (poll(&pfd, 1, left) > 0)
			n = signals_collect(sig, cookies, max);
	}
	assert_true(n >= 0);
	return n;
}

static int collect_one(int timeout_ms)
{
	uint64_t cookie = UINT64_MAX;

	return collect(&cookie, 1, timeout_ms) ? (int)cookie : -1;
}

static void assert_quiet(int ms)
{
	assert_int_equal(collect_one(ms), -1);
}

static void wait_calls(int slot, int calls)
{
	for (int i = 0; i < 5000 && plan->slot[slot].calls < calls; i++)
		usleep(1000);
	assert_int_equal(plan->slot[slot].calls, calls);
}

static int setup(void **state)
{
	(void)state;
	memset(plan, 0, sizeof(*plan));
	if (signals_open(backend, &sig))
		return -1;
	child.pid = 0;
	return signals_backend(sig) == backend ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	if (child.pid > 0)
		confined_end(&child);
	signals_close(sig);
	return 0;
}

/* ---- one thread ---- */

static void check_handler(bool restart, int error, bool restarted)
{
	plan->main_parks = true;
	plan->restart = restart;
	start(1);
	assert_int_equal(kill(child.pid, SIGUSR1), 0);
	assert_int_equal(collect_one(1000), 0);
	answer(0, 0, -error);
	if (restarted) {
		assert_int_equal(receive(1000), 0);
		assert_int_equal(plan->slot[0].handled, 1);
		answer(0, 7, 0);
		wait_calls(0, 1);
		assert_int_equal(plan->slot[0].result, 7);
	} else {
		wait_calls(0, 1);
		assert_int_equal(plan->slot[0].handled, 1);
		assert_int_equal(plan->slot[0].result, -EINTR);
	}
	confined_end(&child);
	child.pid = 0;
}

static void test_handler(void **state)
{
	(void)state;
	for (int restart = 0; restart < 2; restart++) {
		memset(plan, 0, sizeof(*plan));
		check_handler(restart, ERESTARTNOHAND, false);
		memset(plan, 0, sizeof(*plan));
		check_handler(restart, ERESTARTSYS, restart);
		memset(plan, 0, sizeof(*plan));
		check_handler(restart, EINTR, false);
	}
}

static void test_latency(void **state)
{
	enum { RUNS = 60 };
	uint64_t sum = 0, worst = 0;

	(void)state;
	plan->main_parks = true;
	plan->loop = true;
	start(1);
	for (int i = 0; i < RUNS; i++) {
		uint64_t sent = now_ns(), took;

		assert_int_equal(kill(child.pid, SIGUSR1), 0);
		assert_int_equal(collect_one(1000), 0);
		took = now_ns() - sent;
		sum += took;
		worst = took > worst ? took : worst;
		answer(0, 0, -ERESTARTNOHAND);
		assert_int_equal(receive(1000), 0);
		watch(0);
		usleep(500 + i * 100);
	}
	printf("signal to report: mean %.0f us, worst %.0f us\n", sum / 1e3 / RUNS, worst / 1e3);
	assert_true(sum / RUNS < 5000000);
	assert_int_equal(plan->slot[0].handled, RUNS);
}

static void test_before_watch(void **state)
{
	uint64_t sent;

	(void)state;
	plan->main_parks = true;
	plan->nthreads = 1;
	assert_int_equal(confined_start(&child, body, NULL), 0);
	assert_int_equal(receive(5000), 0);
	assert_int_equal(kill(child.pid, SIGUSR1), 0);
	sent = now_ns();
	watch(0);
	assert_int_equal(collect_one(1000), 0);
	assert_true(now_ns() - sent < 50000000);
}

static void test_blocked(void **state)
{
	(void)state;
	plan->main_parks = true;
	plan->all_block = true;
	start(1);
	assert_int_equal(kill(child.pid, SIGUSR1), 0);
	assert_int_equal(tgkill(child.pid, child.pid, SIGUSR1), 0);
	assert_quiet(QUIET_MS);
	answer(0, 5, 0);
	wait_calls(0, 1);
	assert_int_equal(plan->slot[0].result, 5);
	assert_int_equal(plan->slot[0].handled, 0);
}

static void test_ignored(void **state)
{
	(void)state;
	plan->main_parks = true;
	plan->ignore = true;
	start(1);
	assert_int_equal(kill(child.pid, SIGUSR1), 0);
	assert_int_equal(kill(child.pid, SIGCHLD), 0);
	assert_int_equal(kill(child.pid, SIGWINCH), 0);
	assert_int_equal(kill(child.pid, SIGCONT), 0);
	assert_quiet(QUIET_MS);
	answer(0, 5, 0);
	wait_calls(0, 1);
	assert_int_equal(plan->slot[0].result, 5);
}

static void test_unwatch(void **state)
{
	(void)state;
	plan->main_parks = true;
	start(1);
	signals_unwatch(sig, child.pid, 0);
	signals_unwatch(sig, child.pid, 0); /* twice is harmless */
	assert_int_equal(kill(child.pid, SIGUSR1), 0);
	assert_quiet(QUIET_MS);
	/* Watching again finds it: what made no report is not lost. */
	watch(0);
	assert_int_equal(collect_one(1000), 0);
}

/* A loop that does not answer at once hears of it again, at its own pace and not in a spin. */
static void test_reported_again(void **state)
{
	uint64_t end;
	int n = 0;

	(void)state;
	plan->main_parks = true;
	start(1);
	assert_int_equal(kill(child.pid, SIGUSR1), 0);
	end = now_ns() + 100000000;
	while (now_ns() < end)
		n += collect_one(20) == 0;
	assert_true(n >= 3 && n <= 110);
	/* The second watch replaces the first, with its cookie. */
	assert_int_equal(signals_watch(sig, child.pid, child.pid, 42), 0);
	assert_int_equal(collect_one(1000), 42);
	/* The end of the first one's call, told late, is not the second's. */
	signals_unwatch(sig, child.pid, 0);
	assert_int_equal(collect_one(1000), 42);
	signals_unwatch(sig, child.pid, 42);
	assert_quiet(QUIET_MS);
}

static void test_stop_and_continue(void **state)
{
	int status;

	(void)state;
	plan->main_parks = true;
	start(1);
	assert_int_equal(kill(child.pid, SIGSTOP), 0);
	assert_int_equal(collect_one(1000), 0);
	answer(0, 0, -ERESTARTNOHAND);
	assert_int_equal(waitpid(child.pid, &status, WUNTRACED), child.pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(kill(child.pid, SIGCONT), 0);
	assert_int_equal(receive(1000), 0);
	answer(0, 9, 0);
	wait_calls(0, 1);
	assert_int_equal(plan->slot[0].result, 9);
}

static void test_killed(void **state)
{
	int status;

	(void)state;
	plan->main_parks = true;
	start(1);
	assert_int_equal(kill(child.pid, SIGKILL), 0);
	assert_int_equal(collect_one(2000), 0);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_int_equal(notif_send(&child, call_id[0], 0, 0), -ENOENT);
	/* Dead and reaped: still reported, until the loop lets go. */
	assert_int_equal(collect_one(2000), 0);
	close(child.listener);
	child.pid = 0;
}

static void test_ptrace(void **state)
{
	int status;

	(void)state;
	if (backend == SIGNALS_POLL) {
		printf("SKIP: no mask in /proc shows PTRACE_INTERRUPT (see signals.h)\n");
		skip();
	}
	plan->main_parks = true;
	start(1);
	usleep(300000); /* the sweep has become slow */
	assert_int_equal(ptrace(PTRACE_SEIZE, child.pid, 0, 0), 0);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, child.pid, 0, 0), 0);
	assert_int_equal(collect_one(2000), 0);
	answer(0, 0, -ERESTARTNOHAND);
	assert_int_equal(waitpid(child.pid, &status, __WALL), child.pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_DETACH, child.pid, 0, 0), 0);
	assert_int_equal(receive(1000), 0);
	answer(0, 3, 0);
	wait_calls(0, 1);
	assert_int_equal(plan->slot[0].result, 3);
}

/* ---- several threads ---- */

/* Exactly one is reported, and it is the one that runs the handler. */
static void check_one_of(int nthreads, int expected)
{
	int slot, other;

	start(nthreads);
	assert_quiet(QUIET_MS);
	assert_int_equal(kill(child.pid, SIGUSR1), 0);
	slot = collect_one(1000);
	assert_true(slot >= 0);
	if (expected >= 0)
		assert_int_equal(slot, expected);
	answer(slot, 0, -ERESTARTNOHAND);
	wait_calls(slot, 1);
	assert_int_equal(plan->slot[slot].result, -EINTR);
	assert_int_equal(plan->slot[slot].handled, 1);
	assert_quiet(QUIET_MS);
	for (other = 0; other < nthreads; other++) {
		if (other != slot)
			assert_int_equal(plan->slot[other].calls + plan->slot[other].handled, 0);
	}
	assert_int_equal(plan->main_handled, 0);
}

static void test_group_all_parked(void **state)
{
	(void)state;
	plan->main_parks = true;
	check_one_of(4, 0);
}

static void test_group_main_blocks(void **state)
{
	(void)state;
	plan->main_parks = true;
	plan->main_blocks = true;
	check_one_of(4, -1);
	assert_int_equal(plan->slot[0].calls, 0);
}

static void test_group_main_elsewhere(void **state)
{
	(void)state;
	start(3);
	assert_int_equal(kill(child.pid, SIGUSR1), 0);
	assert_quiet(QUIET_MS);
	assert_int_equal(plan->main_handled, 1);
}

static void test_one_thread_addressed(void **state)
{
	(void)state;
	plan->main_parks = true;
	start(4);
	assert_int_equal(tgkill(child.pid, call_tid[2], SIGUSR1), 0);
	assert_int_equal(collect_one(1000), 2);
	answer(2, 0, -EINTR);
	wait_calls(2, 1);
	assert_int_equal(plan->slot[2].handled, 1);
	assert_quiet(QUIET_MS);
}

/* The kernel tells one thread, which stops and makes the others stop: all must be let go. */
static void test_group_stop(void **state)
{
	bool stopped[4] = {false};
	int status;

	(void)state;
	plan->main_parks = true;
	start(4);
	usleep(300000);
	assert_int_equal(kill(child.pid, SIGSTOP), 0);
	for (int i = 0; i < 4; i++) {
		int slot = collect_one(2000);

		assert_true(slot >= 0 && !stopped[slot]);
		stopped[slot] = true;
		answer(slot, 0, -ERESTARTNOHAND);
	}
	assert_int_equal(waitpid(child.pid, &status, WUNTRACED), child.pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(kill(child.pid, SIGCONT), 0);
	for (int i = 0; i < 4; i++) {
		int slot = receive(1000);

		assert_true(slot >= 0);
		answer(slot, 20 + slot, 0);
		wait_calls(slot, 1);
		assert_int_equal(plan->slot[slot].result, 20 + slot);
	}
}

/* More reports than room: the rest comes with the next call, and each thread once. */
static void test_more_than_max(void **state)
{
	uint64_t cookies[3];
	bool seen[10] = {false};
	int total = 0;

	(void)state;
	plan->main_parks = true;
	start(10);
	for (int i = 0; i < 10; i++)
		assert_int_equal(tgkill(child.pid, call_tid[i], SIGUSR1), 0);
	while (total < 10) {
		int n = collect(cookies, 3, 1000);

		assert_true(n > 0 && n <= 3);
		for (int i = 0; i < n; i++, total++) {
			assert_false(seen[cookies[i]]);
			seen[cookies[i]] = true;
			answer(cookies[i], 0, -EINTR);
		}
	}
	assert_quiet(QUIET_MS);
}

/* Answers whoever is reported until @count handlers ran; whoever returns parks again. */
/* What the daemon answers: by polling the thread is a guess, and a restart code could leak. */
static int storm_code(int nthreads)
{
	return backend == SIGNALS_POLL && nthreads > 1 ? -EINTR : -ERESTARTNOHAND;
}

static void serve(int nthreads, int count, _Atomic bool *sent_all)
{
	struct pollfd pfd[2] = {{.fd = signals_fd(sig), .events = POLLIN},
				{.fd = child.listener, .events = POLLIN}};
	uint64_t cookies[8], end = now_ns() + UINT64_C(20000000000);
	int handled = 0;

	while (now_ns() < end && !(*sent_all && handled == count)) {
		int slot, n = poll(pfd, 2, 10);

		if (n > 0 && pfd[1].revents & POLLIN) {
			slot = receive(0);
			if (slot >= 0)
				watch(slot);
		}
		if (n > 0 && pfd[0].revents & POLLIN) {
			n = signals_collect(sig, cookies, 8);
			for (int i = 0; i < n; i++)
				answer(cookies[i], 0, storm_code(nthreads));
		}
		handled = 0;
		for (int i = 0; i < nthreads; i++)
			handled += plan->slot[i].handled;
	}
	assert_true(*sent_all);
	assert_int_equal(handled, count);
}

struct sender {
	int count, nthreads;
	bool group;
	_Atomic bool done;
};

/* One at a time, since equal signals merge while they pend: each must then be handled once. */
static void *send_signals(void *arg)
{
	struct sender *s = arg;
	unsigned int seed = 1;

	for (int i = 0; i < s->count; i++) {
		if (s->group)
			kill(child.pid, SIGUSR1);
		else
			tgkill(child.pid, call_tid[rand_r(&seed) % s->nthreads], SIGUSR1);
		for (int w = 0; w < 20000; w++) {
			int handled = 0;

			for (int t = 0; t < s->nthreads; t++)
				handled += plan->slot[t].handled;
			if (handled > i)
				break;
			usleep(100);
		}
		if (i % 3)
			usleep(rand_r(&seed) % 300);
	}
	s->done = true;
	return NULL;
}

/* Threads that park again and again while they are signalled: none lost, no code leaks. */
static void check_storm(bool group)
{
	struct sender s = {
		.count = backend == SIGNALS_BPF ? 2000 : 300, .nthreads = 4, .group = group};
	pthread_t thread;

	plan->main_parks = true;
	plan->loop = true;
	start(4);
	assert_int_equal(pthread_create(&thread, NULL, send_signals, &s), 0);
	serve(s.nthreads, s.count, &s.done);
	pthread_join(thread, NULL);
	for (int i = 0; i < s.nthreads; i++) {
		if (plan->slot[i].calls)
			assert_int_equal(plan->slot[i].result, -EINTR);
	}
}

static void test_storm(void **state)
{
	(void)state;
	check_storm(false);
}

static void test_group_storm(void **state)
{
	(void)state;
	check_storm(true);
}

/* ---- cost ---- */

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

static void test_idle_cost(void **state)
{
	uint64_t cpu, wall;
	double share;

	(void)state;
	start(MAX_THREADS);
	assert_quiet(2500);
	cpu = cpu_ns();
	wall = now_ns();
	assert_quiet(2500);
	share = 100.0 * (cpu_ns() - cpu) / (now_ns() - wall);
	printf("%d parked threads: %.3f %% CPU\n", MAX_THREADS, share);
	assert_true(share < (backend == SIGNALS_BPF ? 0.5 : 8.0));
}

static void test_watch_cost(void **state)
{
	enum { RUNS = 20000 };
	uint64_t cpu;

	(void)state;
	plan->main_parks = true;
	start(1);
	cpu = cpu_ns();
	for (int i = 0; i < RUNS; i++) {
		watch(0);
		signals_unwatch(sig, child.pid, 0);
	}
	cpu = cpu_ns() - cpu;
	printf("watch and unwatch: %.2f us\n", cpu / 1e3 / RUNS);
	assert_true(cpu / RUNS < (backend == SIGNALS_BPF ? 20000 : 200000));
}

static int have_backend(void)
{
	int err = signals_open(backend, &sig);

	if (!err) {
		signals_close(sig);
		return 1;
	}
	printf("SKIP: the BPF backend does not load here: %s\n", strerror(-err));
	return 0;
}

static int have_listener(void)
{
	struct confined c = {0};
	int err = confined_start(&c, body, NULL);

	if (!err) {
		confined_end(&c);
		return 1;
	}
	printf("SKIP: no seccomp listener with WAIT_KILLABLE_RECV here: %s\n", strerror(-err));
	return 0;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_handler, setup, teardown),
		cmocka_unit_test_setup_teardown(test_latency, setup, teardown),
		cmocka_unit_test_setup_teardown(test_before_watch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_blocked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ignored, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unwatch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reported_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stop_and_continue, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ptrace, setup, teardown),
		cmocka_unit_test_setup_teardown(test_group_all_parked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_group_main_blocks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_group_main_elsewhere, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_thread_addressed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_group_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_more_than_max, setup, teardown),
		cmocka_unit_test_setup_teardown(test_storm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_group_storm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idle_cost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watch_cost, setup, teardown),
	};

	if (argc != 2 || (strcmp(argv[1], "bpf") && strcmp(argv[1], "poll"))) {
		fprintf(stderr, "usage: %s bpf|poll\n", argv[0]);
		return 2;
	}
	backend = strcmp(argv[1], "bpf") ? SIGNALS_POLL : SIGNALS_BPF;
	plan = shared_alloc(sizeof(*plan));
	if (!plan)
		return 2;
	if (!have_backend() || !have_listener())
		return SKIP_EXIT;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
