/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's scenario library: actors and their transcript, checkpoints.
 *
 * An actor is a forked child or a thread, known by its index in the shared state. Its buffer is
 * appended to by that actor alone and read by whoever prints it, so one release store of its length
 * is all the locking there is. "main" is actor 0, and the only one whose lines are never held.
 *
 * Who starts and ends all this is scenario_main.c; how other threads are observed (parked, stopped)
 * is scenario_order.c.
 */
#include <grp.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/prctl.h>

#include "scenario.h"
#include "scenario_priv.h"

struct sc_shared_state *sc_state;
char sc_program[PATH_MAX];
static _Thread_local unsigned int me;
static pthread_t threads[SC_ACTORS];

void sc_become_actor(unsigned int index)
{
	me = index;
}

void sc_write_all(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(STATUS_FAILED);
		text += n;
		len -= (size_t)n;
	}
}

void sc_print_held(struct sc_actor *actor)
{
	unsigned int len = atomic_load_explicit(&actor->len, memory_order_acquire);

	sc_write_all(actor->text + actor->printed, len - actor->printed);
	actor->printed = len;
}

static void emit(const char *text, size_t len)
{
	struct sc_actor *actor = &sc_state->actors[me];
	unsigned int used = atomic_load_explicit(&actor->len, memory_order_relaxed);

	if (actor->live) {
		sc_write_all(text, len);
		return;
	}
	if (used + len > sizeof(actor->text)) {
		actor->live = true;
		sc_fail("actor %s says too much to hold", actor->role);
	}
	memcpy(actor->text + used, text, len);
	atomic_store_explicit(&actor->len, used + (unsigned int)len, memory_order_release);
}

static void say_v(const char *prefix, const char *fmt, va_list ap)
{
	char line[1024];
	int len = 0;

	if (me != 0)
		len = snprintf(line, sizeof(line), "%s: ", sc_state->actors[me].role);
	len += snprintf(line + len, sizeof(line) - (size_t)len, "%s", prefix);
	len += vsnprintf(line + len, sizeof(line) - (size_t)len, fmt, ap);
	if (len > (int)sizeof(line) - 2)
		len = (int)sizeof(line) - 2;
	line[len++] = '\n';
	emit(line, (size_t)len);
}

void sc_say(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	say_v("", fmt, ap);
	va_end(ap);
	errno = err;
}

void sc_fail(const char *fmt, ...)
{
	va_list ap;

	sc_state->actors[me].live = true;
	va_start(ap, fmt);
	say_v("FAIL: ", fmt, ap);
	va_end(ap);
	atomic_store(&sc_state->failed, 1);
	/* The monitor takes the rest of the process group along. */
	if (me == 0)
		_exit(STATUS_FAILED);
	kill(sc_state->actors[0].pid, SIGKILL);
	_exit(STATUS_FAILED);
}

void sc_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_v("SKIP: ", fmt, ap);
	va_end(ap);
	_exit(STATUS_SKIPPED);
}

const char *sc_errname(int err)
{
	static _Thread_local char number[32];
	const char *name = strerrorname_np(err);

	if (name)
		return name;
	snprintf(number, sizeof(number), "errno %d", err);
	return number;
}

const char *sc_signame(int sig)
{
	static _Thread_local char name[32];
	const char *abbrev = sigabbrev_np(sig);

	if (abbrev)
		snprintf(name, sizeof(name), "SIG%s", abbrev);
	else
		snprintf(name, sizeof(name), "signal %d", sig);
	return name;
}

long sc_result(const char *label, long value)
{
	if (value == -1)
		sc_say("%s = -1 %s", label, sc_errname(errno));
	else
		sc_say("%s = %ld", label, value);
	return value;
}

void *sc_result_ptr(const char *label, void *value)
{
	if (value == (void *)-1 || !value)
		sc_say("%s = -1 %s", label, sc_errname(errno));
	else
		sc_say("%s = ok", label);
	return value;
}

long sc_result_ok(const char *label, long value)
{
	if (value == -1)
		return sc_result(label, value);
	sc_say("%s = ok", label);
	return value;
}

long sc_must(const char *label, long value)
{
	if (value == -1)
		sc_fail("set-up: %s: %s", label, sc_errname(errno));
	return value;
}

struct sc_actor *sc_actor_find(pid_t pid)
{
	unsigned int count = atomic_load(&sc_state->count);

	/* Backwards: a reused pid means its last owner. */
	for (unsigned int i = count; i-- > 0;)
		if (sc_state->actors[i].pid == pid)
			return &sc_state->actors[i];
	return NULL;
}

const char *sc_role(pid_t pid)
{
	struct sc_actor *actor;

	if (pid == 0)
		return "0";
	if (pid == getpid())
		return "self";
	if (pid == getppid())
		return "parent";
	actor = sc_actor_find(pid);
	return actor ? actor->role : "other";
}

static unsigned int actor_new(const char *role)
{
	unsigned int index = atomic_fetch_add(&sc_state->count, 1);

	if (index >= SC_ACTORS)
		sc_fail("more than %d actors", SC_ACTORS);
	snprintf(sc_state->actors[index].role, sizeof(sc_state->actors[index].role), "%s", role);
	return index;
}

pid_t sc_fork(const char *role, void (*fn)(void *), void *arg)
{
	unsigned int index = actor_new(role);
	bool from_leader = getpid() == gettid();
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		sc_fail("fork: %s", sc_errname(errno));
	if (pid == 0) {
		me = index;
		sc_state->actors[index].pid = getpid();
		/* The death signal follows the forking thread, which need not be the last one. */
		if (from_leader) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() != parent)
				_exit(STATUS_FAILED);
		}
		fn(arg);
		_exit(0);
	}
	sc_state->actors[index].pid = pid;
	return pid;
}

static pid_t wait_bounded(pid_t pid, int *status)
{
	long start = sc_mstime();

	for (;;) {
		pid_t got = waitpid(pid, status, WNOHANG);

		if (got > 0)
			return got;
		if (got < 0 && errno != EINTR)
			sc_fail("waitpid: %s", sc_errname(errno));
		if (sc_mstime() - start > SC_BOUND_MS)
			return 0;
		sc_msleep(1);
	}
}

static void say_ending(pid_t pid, int status)
{
	struct sc_actor *actor = sc_actor_find(pid);

	if (!actor)
		sc_fail("ended: a process that is no actor");
	sc_print_held(actor);
	if (WIFEXITED(status))
		sc_say("%s: exited %d", actor->role, WEXITSTATUS(status));
	else
		sc_say("%s: killed %s", actor->role, sc_signame(WTERMSIG(status)));
}

int sc_wait(pid_t pid)
{
	int status;

	if (wait_bounded(pid, &status) == 0)
		sc_fail("%s does not end", sc_role(pid));
	say_ending(pid, status);
	return status;
}

pid_t sc_wait_next(void)
{
	int status;
	pid_t pid = wait_bounded(-1, &status);

	if (pid == 0)
		sc_fail("no child ends");
	sc_say("next:");
	say_ending(pid, status);
	return pid;
}

void sc_flush(pid_t pid_or_tid)
{
	struct sc_actor *actor = sc_actor_find(pid_or_tid);

	if (!actor)
		sc_fail("flush: no such actor");
	sc_print_held(actor);
}

void sc_live(void)
{
	sc_print_held(&sc_state->actors[me]);
	sc_state->actors[me].live = true;
}

struct thread_start {
	void (*fn)(void *);
	void *arg;
	unsigned int index;
};

static void *thread_main(void *data)
{
	struct thread_start start = *(struct thread_start *)data;

	free(data);
	me = start.index;
	atomic_store(&sc_state->actors[me].pid, gettid());
	start.fn(start.arg);
	return NULL;
}

pid_t sc_thread(const char *role, void (*fn)(void *), void *arg)
{
	struct thread_start *start = malloc(sizeof(*start));
	unsigned int index = actor_new(role);

	if (!start)
		sc_fail("malloc");
	*start = (struct thread_start){.fn = fn, .arg = arg, .index = index};
	if (pthread_create(&threads[index], NULL, thread_main, start) != 0)
		sc_fail("pthread_create");
	while (sc_state->actors[index].pid == 0)
		sched_yield();
	return sc_state->actors[index].pid;
}

void sc_join(pid_t tid)
{
	struct sc_actor *actor = sc_actor_find(tid);
	struct timespec until;

	if (!actor)
		sc_fail("join: no such thread");
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += SC_BOUND_MS / 1000;
	if (pthread_timedjoin_np(threads[actor - sc_state->actors], NULL, &until) != 0)
		sc_fail("%s does not end", actor->role);
	sc_print_held(actor);
	sc_say("%s: joined", actor->role);
}

void sc_exec_self(const char *stage)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", me);
	setenv("SC_ACTOR", number, 1);
	execl(sc_program, sc_program, stage, NULL);
	sc_fail("exec: %s", sc_errname(errno));
}

void sc_become_nobody(void)
{
	/* A scenario may have been started as nobody, who must not ask. */
	if (getuid() == SC_NOBODY && geteuid() == SC_NOBODY && getegid() == SC_NOBODY &&
	    getgroups(0, NULL) == 0)
		return;
	if (setgroups(0, NULL) || setresgid(SC_NOBODY, SC_NOBODY, SC_NOBODY) ||
	    setresuid(SC_NOBODY, SC_NOBODY, SC_NOBODY))
		sc_fail("cannot become nobody: %s", sc_errname(errno));
}

void sc_post(unsigned int n)
{
	if (n >= SC_CHECKPOINTS)
		sc_fail("no checkpoint %u", n);
	atomic_fetch_add(&sc_state->checkpoints[n], 1);
	syscall(SYS_futex, &sc_state->checkpoints[n], FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void sc_await(unsigned int n)
{
	const struct timespec slice = {.tv_nsec = 100 * 1000 * 1000};
	long start = sc_mstime();

	if (n >= SC_CHECKPOINTS)
		sc_fail("no checkpoint %u", n);
	for (;;) {
		uint32_t posts = atomic_load(&sc_state->checkpoints[n]);

		if (posts > 0) {
			if (atomic_compare_exchange_strong(&sc_state->checkpoints[n], &posts,
							   posts - 1))
				return;
			continue;
		}
		syscall(SYS_futex, &sc_state->checkpoints[n], FUTEX_WAIT, 0, &slice, NULL, 0);
		if (sc_mstime() - start > SC_BOUND_MS)
			sc_fail("checkpoint %u is not reached", n);
	}
}

void *sc_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		sc_fail("mmap: %s", sc_errname(errno));
	return memory;
}
