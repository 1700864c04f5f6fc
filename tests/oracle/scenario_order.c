/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's scenario library: watching other threads, signals, time, memory that faults.
 *
 * A thread "rests" in a call when two looks at it, SC_SETTLE_MS apart, show it asleep in the same
 * system call with the same arguments and the same count of voluntary context switches. The settle
 * time matters confined: there even a call that completes at once is a short sleep, in which the
 * thread waits for the reply to its notification. The state is S natively and D or S confined
 * (SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV waits killable).
 */
#include <ctype.h>

#include "scenario.h"
#include "scenario_priv.h"

#define LOOK_MS 3
#define ANY_CALL (-1L)
#define IPC_CALL (-2L)

static volatile sig_atomic_t caught[_NSIG];

struct look {
	char state;	     /* of /proc/TID/status; 0 if the thread is gone */
	long nr;	     /* system call it is in, or -1 */
	char args[128];	     /* its arguments, as text */
	unsigned long slept; /* voluntary context switches */
};

static bool read_proc(pid_t tid, const char *file, char *text, size_t size)
{
	char path[64];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, size - 1);
	close(fd);
	if (len < 0)
		return false;
	text[len] = 0;
	return true;
}

static struct look look_at(pid_t tid)
{
	struct look look = {.nr = -1};
	char text[4096];
	const char *field;
	char *after;

	/* The call first: if the thread leaves it in between, the state or the count tells. */
	if (read_proc(tid, "syscall", text, sizeof(text)) && isdigit((unsigned char)text[0])) {
		look.nr = strtol(text, &after, 10);
		snprintf(look.args, sizeof(look.args), "%.120s", after);
	}
	if (!read_proc(tid, "status", text, sizeof(text)))
		return look;
	field = strstr(text, "\nState:\t");
	if (field)
		look.state = field[8];
	field = strstr(text, "\nvoluntary_ctxt_switches:\t");
	if (field)
		look.slept = strtoul(field + 26, NULL, 10);
	return look;
}

static bool is_ipc(long nr)
{
	switch (nr) {
	case SYS_msgrcv:
	case SYS_msgsnd:
	case SYS_msgget:
	case SYS_msgctl:
	case SYS_semget:
#ifdef __i386__
	case SYS_ipc:
	case SYS_semtimedop_time64:
	case SYS_mq_timedsend_time64:
	case SYS_mq_timedreceive_time64:
#else
	case SYS_semop:
	case SYS_semtimedop:
#endif
	case SYS_semctl:
	case SYS_shmget:
	case SYS_shmat:
	case SYS_shmdt:
	case SYS_shmctl:
	case SYS_mq_open:
	case SYS_mq_unlink:
	case SYS_mq_timedsend:
	case SYS_mq_timedreceive:
	case SYS_mq_notify:
	case SYS_mq_getsetattr:
		return true;
	default:
		return false;
	}
}

static bool rests(const struct look *look, long nr)
{
	if (look->state != 'S' && look->state != 'D')
		return false;
	if (nr == ANY_CALL)
		return true;
	return nr == IPC_CALL ? is_ipc(look->nr) : look->nr == nr;
}

static bool same_rest(const struct look *a, const struct look *b)
{
	return a->nr == b->nr && a->slept == b->slept && strcmp(a->args, b->args) == 0;
}

/* Whether the thread comes to rest in call nr within bound_ms; *last is the last look at it. */
static bool settles(pid_t tid, long nr, long bound_ms, struct look *last)
{
	struct look first = look_at(tid);
	long start = sc_mstime();
	long since = start;

	for (;;) {
		long now;

		sc_msleep(LOOK_MS);
		*last = look_at(tid);
		now = sc_mstime();
		if (last->state == 0 || last->state == 'Z' || last->state == 'X')
			return false;
		if (!rests(last, nr) || !rests(&first, nr) || !same_rest(&first, last)) {
			first = *last;
			since = now;
		} else if (now - since >= SC_SETTLE_MS) {
			return true;
		}
		if (now - start > bound_ms)
			return false;
	}
}

static const char *role_of(pid_t pid)
{
	struct sc_actor *actor = sc_actor_find(pid);

	return actor ? actor->role : "other";
}

static void wait_settled(pid_t tid, long nr)
{
	struct look last;

	if (!settles(tid, nr, SC_BOUND_MS, &last))
		sc_fail("%s does not park: state %c, system call %ld", role_of(tid),
			last.state ? last.state : '-', last.nr);
}

void sc_wait_parked(pid_t pid_or_tid)
{
	wait_settled(pid_or_tid, IPC_CALL);
}

void sc_wait_in(pid_t pid_or_tid, long nr)
{
	wait_settled(pid_or_tid, nr);
}

bool sc_still_parked(pid_t pid_or_tid)
{
	struct look last;
	bool parked = settles(pid_or_tid, IPC_CALL, SC_SETTLE_MS * 20, &last);

	sc_say("%s: %s", role_of(pid_or_tid), parked ? "parked" : "not parked");
	return parked;
}

void sc_kill(pid_t pid, int sig)
{
	sc_say("signal %s to %s", sc_signame(sig), role_of(pid));
	sc_must("kill", kill(pid, sig));
}

void sc_tkill(pid_t tid, int sig)
{
	sc_say("signal %s to %s", sc_signame(sig), role_of(tid));
	sc_must("tgkill", tgkill(getpid(), tid, sig));
}

/* A stop takes effect when the stopped task runs: confined it must first leave its notification. */
static void wait_stopped(pid_t pid, bool stopped)
{
	long start = sc_mstime();

	while ((look_at(pid).state == 'T') != stopped) {
		if (sc_mstime() - start > SC_BOUND_MS)
			sc_fail("%s: does not %s", role_of(pid), stopped ? "stop" : "continue");
		sc_msleep(LOOK_MS);
	}
}

void sc_stop(pid_t pid)
{
	sc_kill(pid, SIGSTOP);
	wait_stopped(pid, true);
}

void sc_cont(pid_t pid)
{
	sc_kill(pid, SIGCONT);
	wait_stopped(pid, false);
}

static void count_signal(int sig)
{
	caught[sig]++;
}

void sc_catch(int sig, int sa_flags)
{
	struct sigaction action = {.sa_handler = count_signal, .sa_flags = sa_flags};

	sigemptyset(&action.sa_mask);
	sc_must("sigaction", sigaction(sig, &action, NULL));
}

int sc_caught(int sig)
{
	return caught[sig];
}

long sc_mstime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sc_msleep(long ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

void sc_say_elapsed(const char *label, long start, long min_ms, long max_ms)
{
	long elapsed = sc_mstime() - start;

	sc_say("%s: >=%ldms,<%ldms: %s", label, min_ms, max_ms,
	       elapsed >= min_ms && elapsed < max_ms ? "yes" : "no");
}

const char *sc_when(time_t t)
{
	time_t now = time(NULL);

	if (t == 0)
		return "0";
	if (t < now - 2)
		return "past";
	return t > now + 2 ? "future" : "now";
}

void *sc_bad_page(void)
{
	/* Below every mapping a program gets, yet above mmap_min_addr: never mapped by chance. */
	return (void *)0x10000;
}

static char *two_pages(size_t bytes, int second)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || bytes > page || mprotect(pages + page, page, second))
		sc_fail("cannot make a page that ends");
	return pages + page - bytes;
}

void *sc_ro_page(void)
{
	return two_pages(0, PROT_READ);
}

void *sc_page_end(size_t bytes)
{
	return two_pages(bytes, PROT_NONE);
}

void *sc_page_end_ro(size_t bytes)
{
	return two_pages(bytes, PROT_READ);
}
