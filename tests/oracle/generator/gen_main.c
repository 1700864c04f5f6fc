/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's generator: arguments and set-up.
 *
 *	generator --seed S [--calls N] [--procs P] [--plain 1] [--only LIST | --skip LIST]
 *
 * makes N random steps with P workers in the IPC namespace that it is started in, which must be a
 * fresh one, and writes the transcript. With --plain 1 most of them are single
 * operations on semaphores. LIST is of steps: 3,10-20,40. Must be root.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include "gen.h"

static int usage(void)
{
	fprintf(stderr, "usage: generator --seed S [--calls N] [--procs P] "
			"[--plain 1] [--only LIST | --skip LIST]\n");
	return 2;
}

static bool mark(const char *list, bool *marks, int steps, bool value)
{
	while (*list) {
		char *after;
		long from = strtol(list, &after, 10), to = from;

		if (after == list)
			return false;
		if (*after == '-') {
			list = after + 1;
			to = strtol(list, &after, 10);
			if (after == list)
				return false;
		}
		for (; from <= to && from < steps; from++) {
			if (from >= 0)
				marks[from] = value;
		}
		if (*after && *after != ',')
			return false;
		list = *after ? after + 1 : after;
	}
	return true;
}

/* Roles: root and others, each uid with a process of one and of two threads when there are six. */
static void cast(int workers)
{
	static const int leaders[GEN_WORKERS] = {0, 1, 2, 3, 0, 2, 6, 6};
	static const int uids[GEN_WORKERS] = {0, 0, 65534, 1000, 0, 65534, 1000, 1000};
	int i;

	gen_shared->workers = workers;
	for (i = 0; i < workers; i++) {
		struct gen_worker *w = &gen_shared->worker[i];

		w->index = i;
		w->leader = leaders[i];
		w->uid = uids[i];
		if (pipe2(w->bell, O_CLOEXEC)) {
			perror("pipe");
			exit(99);
		}
	}
	for (i = 0; i < workers; i++) {
		if (gen_shared->worker[i].leader == i)
			gen_start(i);
	}
}

int main(int argc, char **argv)
{
	const char *only = NULL, *skip = NULL;
	uint64_t seed = 0;
	int calls = 500, workers = 6, i;
	bool *skipped, plain = false;

	for (i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 0);
		else if (strcmp(argv[i], "--calls") == 0)
			calls = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--procs") == 0)
			workers = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--plain") == 0)
			plain = atoi(argv[i + 1]) != 0;
		else if (strcmp(argv[i], "--only") == 0)
			only = argv[i + 1];
		else if (strcmp(argv[i], "--skip") == 0)
			skip = argv[i + 1];
		else
			return usage();
	}
	if (i != argc || calls < 1 || workers < 3 || workers > GEN_WORKERS || (only && skip))
		return usage();
	skipped = calloc((size_t)calls, sizeof(*skipped));
	if (!skipped)
		return 99;
	if ((only &&
	     (!mark("0-2147483647", skipped, calls, true) || !mark(only, skipped, calls, false))) ||
	    (skip && !mark(skip, skipped, calls, true)))
		return usage();
	gen_shared = mmap(NULL, sizeof(*gen_shared), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (gen_shared == MAP_FAILED || pipe2(gen_shared->done, O_CLOEXEC | O_NONBLOCK)) {
		perror("generator");
		return 99;
	}
	gen_shared->conductor = getpid();
	cast(workers);
	return gen_conduct(seed, calls, workers, skipped, plain);
}
