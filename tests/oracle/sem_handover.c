/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hand-over, not wake-and-retry: when a process sleeps in P, another's P with IPC_NOWAIT right after
 * its V never gets the unit.
 */
#include "sem_util.h"

#define ROUNDS 40

static void sleeper(void *arg)
{
	long id = *(long *)arg;
	int got = 0;

	for (int i = 0; i < ROUNDS; i++) {
		if (op(id, 0, -1, 0) == 0)
			got++;
		sc_post(1);
		sc_await(0);
	}
	sc_say("got %d of %d", got, ROUNDS);
}

void scenario(void)
{
	long id = new_set(1);
	int stolen = 0;
	int other = 0;
	pid_t pid = sc_fork("sleeper", sleeper, &id);

	for (int i = 0; i < ROUNDS; i++) {
		sc_wait_parked(pid);
		MUST(op(id, 0, 1, 0));
		if (op(id, 0, -1, IPC_NOWAIT) == 0)
			stolen++;
		else if (errno != EAGAIN)
			other++;
		if (stolen)
			break;
		sc_await(1);
		sc_post(0);
	}
	sc_say("stolen %d, other errors %d", stolen, other);
	say_sem("end", id, 0);
	sc_wait(pid);
}
