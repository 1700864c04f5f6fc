/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ending a process tree. The caller is a subreaper: when a process of the tree dies, its children
 * become the caller's, so killing children until there are none reaches everybody, also those that
 * called setsid(2).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/run.h"

#define MAX_CHILDREN 4096

size_t tree_children(pid_t *pids, size_t max)
{
	char path[64];
	size_t n = 0;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	while (n < max && fscanf(f, "%d", &pid) == 1)
		pids[n++] = pid;
	fclose(f);
	return n;
}

static int excepted(pid_t pid, const pid_t *except, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (except[i] == pid)
			return 1;
	return 0;
}

void tree_kill(const pid_t *except, size_t n, pid_t command, int *status)
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
			pid_t pid;

			while ((pid = waitpid(pids[i], &st, 0)) < 0 && errno == EINTR)
				;
			if (pid == command)
				*status = st;
		}
	}
}
