/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ending a process tree. The caller is a subreaper: when a process of the tree dies, its children
 * become the caller's, so killing children until there are none reaches everybody, also those that
 * called setsid(2).
 *
 * Of /proc only children and status are read: most else there waits for a task that executes a
 * program, and so maybe for the daemon part.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/run.h"
#include "tools/watchdog.h"

#define MAX_CHILDREN 4096
/* Of a larger tree only so many are looked at. */
#define MAX_TREE 16384
/* How long who was killed may take before the daemon part is asked whether it serves. */
#define DEATH_S 1

#define BIT(sig) (1ull << ((sig) - 1))

static size_t children_of(pid_t pid, pid_t tid, pid_t *pids, size_t max)
{
	char path[64];
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, tid);
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	while (n < max && fscanf(f, "%d", &pids[n]) == 1)
		n++;
	fclose(f);
	return n;
}

size_t tree_children(pid_t *pids, size_t max)
{
	return children_of(getpid(), getpid(), pids, max);
}

/*
 * Asleep and not to be woken by the signals that end a program. Who is exiting has no memory any
 * more; who shall, and does not know yet, has the signal pending. (A wait that SIGKILL would end
 * looks the same; but then it is not pending for long.)
 */
static bool thread_stuck(pid_t pid, pid_t tid)
{
	const uint64_t ending =
		BIT(SIGHUP) | BIT(SIGINT) | BIT(SIGQUIT) | BIT(SIGKILL) | BIT(SIGTERM);
	char path[64], line[256], state = 0;
	unsigned long long set, pending = 0;
	bool has_memory = false;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		(void)sscanf(line, "State: %c", &state);
		has_memory |= strncmp(line, "VmSize:", 7) == 0;
		if (sscanf(line, "SigPnd: %llx", &set) == 1 ||
		    sscanf(line, "ShdPnd: %llx", &set) == 1)
			pending |= set;
	}
	fclose(f);
	return state == 'D' && (!has_memory || (pending & ending));
}

bool tree_stuck(void)
{
	static pid_t tree[MAX_TREE];
	size_t n = tree_children(tree, MAX_TREE);
	bool stuck = false;

	for (size_t i = 0; i < n && !stuck; i++) {
		char path[64];
		struct dirent *d;

		snprintf(path, sizeof(path), "/proc/%d/task", tree[i]);
		DIR *threads = opendir(path);

		while (threads && !stuck && (d = readdir(threads))) {
			pid_t tid = (pid_t)strtol(d->d_name, NULL, 10);

			if (tid <= 0)
				continue;
			stuck = thread_stuck(tree[i], tid);
			n += children_of(tree[i], tid, tree + n, MAX_TREE - n);
		}
		if (threads)
			closedir(threads);
	}
	return stuck;
}

/* Reap @pid, which was killed. Return: as waitpid(2). */
static pid_t reap(pid_t pid, int *status, struct watchdog *dog)
{
	const struct timespec patience = {.tv_sec = DEATH_S};
	sigset_t chld;
	pid_t r;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	while ((r = waitpid(pid, status, WNOHANG)) == 0 || (r < 0 && errno == EINTR)) {
		if (sigtimedwait(&chld, NULL, &patience) > 0)
			continue;
		watchdog_hurry(dog);
		if (watchdog_tick(dog))
			watchdog_bite(dog);
	}
	return r;
}

static int excepted(pid_t pid, const pid_t *except, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (except[i] == pid)
			return 1;
	return 0;
}

void tree_kill(const pid_t *except, size_t n, pid_t command, int *status, struct watchdog *dog)
{
	static pid_t pids[MAX_CHILDREN];

	for (;;) {
		size_t count = tree_children(pids, MAX_CHILDREN), killed = 0;

		for (size_t i = 0; i < count; i++) {
			if (excepted(pids[i], except, n))
				continue;
			(void)kill(pids[i], SIGKILL);
			killed++;
		}
		if (!killed)
			return;
		for (size_t i = 0; i < count; i++) {
			if (excepted(pids[i], except, n))
				continue;
			int st = 0;

			if (reap(pids[i], &st, dog) == command)
				*status = st;
		}
	}
}
