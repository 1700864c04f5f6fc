/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A served sleeper's own V serves the next one, all within the call that began it: values, counts
 * and last processes are final when it returns.
 */
#include "sem_util.h"

struct link {
	long id;
	unsigned short from;
};

static void pass_on(void *arg)
{
	const struct link *link = arg;
	struct sembuf ops[2] = {{link->from, -1, 0}, {(unsigned short)(link->from + 1), 1, 0}};

	CALL(raw_semop(link->id, ops, 2));
}

void scenario(void)
{
	static const char *const roles[4] = {"L0", "L1", "L2", "L3"};
	struct link link = {.id = new_set(5)};
	pid_t pids[4];
	pid_t last;

	/* Backwards, so that order of arrival is not what makes it work. */
	last = park_op("last", link.id, 4, -1, 0);
	for (int i = 3; i >= 0; i--) {
		link.from = (unsigned short)i;
		pids[i] = sc_fork(roles[i], pass_on, &link);
		sc_wait_parked(pids[i]);
	}
	CALL(op(link.id, 0, 1, 0));
	say_values("after one V", link.id, 5);
	for (int i = 0; i < 5; i++)
		say_sem("after one V", link.id, i);
	for (int i = 0; i < 4; i++)
		sc_wait(pids[i]);
	sc_wait(last);
}
