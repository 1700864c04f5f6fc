/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* waitpid(2) without blocking, because nothing would end it in time; the first looks follow close. */
#include "seccomp/inject_wait.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Looks without a pause, and with one of so long; then they are LOOK_US apart. */
#define QUICK_LOOKS 200
#define SHORT_LOOKS 200
#define SHORT_US 50
#define LOOK_US 10000
/* A task may use so much of a processor, and wait so long for what is not ours. */
#define PROCESSOR_TICKS 100
#define LOOKS_MAX (10 * 1000000 / LOOK_US)

/* The thread's own, since what its siblings do meanwhile is not its fault. */
struct use {
	unsigned long ticks; /* of a hundredth of a second, in user and system mode */
	char state;	     /* 'R': it runs, or would if there was a processor for it */
};

static struct use use_of(pid_t tid)
{
	unsigned long user = 0, sys = 0;
	char path[60], text[512] = "";
	struct use u = {0, 0};

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)tid, (int)tid);
	FILE *f = fopen(path, "re");
	const char *end = f && fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;

	if (end && sscanf(end, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u.state,
			  &user, &sys) == 3)
		u.ticks = user + sys;
	if (f)
		fclose(f);
	return u;
}

/* Kept from running by somebody else: a freezer of either kind, a stop, or a stop that we know of by now. */
static bool is_held(pid_t tid)
{
	static const char *const where[] = {"do_freezer_trap", "__refrigerator", "do_signal_stop",
					    "ptrace_stop", "get_signal"};
	char path[40], text[64] = "";

	(void)snprintf(path, sizeof(path), "/proc/%d/wchan", (int)tid);
	FILE *f = fopen(path, "re");
	const bool read = f && fgets(text, sizeof(text), f);

	if (f)
		fclose(f);
	for (size_t i = 0; read && i < sizeof(where) / sizeof(where[0]); i++)
		if (strcmp(text, where[i]) == 0)
			return true;
	/* A kernel that does not tell. */
	return !read;
}

static void pause_for(unsigned look)
{
	if (look < QUICK_LOOKS)
		sched_yield();
	else
		(void)usleep(look < QUICK_LOOKS + SHORT_LOOKS ? SHORT_US : LOOK_US);
}

int inject_wait(pid_t tid)
{
	unsigned long begin = 0;
	unsigned waited = 0;

	for (unsigned look = 0;; look++) {
		int status;
		pid_t r = waitpid(tid, &status, __WALL | __WNOTHREAD | WNOHANG);

		if (r == tid)
			return WIFSTOPPED(status) ? status : -ESRCH;
		if (r < 0 && errno != EINTR)
			return -ESRCH;
		pause_for(look);
		if (look < QUICK_LOOKS + SHORT_LOOKS)
			continue;
		const struct use now = use_of(tid);

		if (look == QUICK_LOOKS + SHORT_LOOKS)
			begin = now.ticks;
		waited = now.state == 'R' || is_held(tid) ? 0 : waited + 1;
		if (waited > LOOKS_MAX || now.ticks > begin + PROCESSOR_TICKS)
			return -ETIMEDOUT;
	}
}
