/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A call that never waits, under a storm of signals whose handler has no SA_RESTART. Natively such a
 * call cannot be interrupted; a trapped one can until the daemon has received it, and fails with
 * EINTR without having done anything. With SA_RESTART it is made anew and nothing shows.
 */
#include "mq_common.h"
#include "sem_util.h"

#define STORM_MS 1500

static void storm(void *arg)
{
	(void)arg;
	for (;;)
		if (kill(getppid(), SIGUSR1) < 0)
			return;
}

static void calls_under_storm(const char *label, long id, int sa_flags)
{
	bool interrupted = false, other = false;
	long start;
	pid_t pid;

	sc_catch(SIGUSR1, sa_flags);
	pid = sc_fork("storm", storm, NULL);
	start = sc_mstime();
	while (!interrupted && !other && sc_mstime() - start < STORM_MS) {
		long value = getval(id, 0);

		interrupted = value == -1 && errno == EINTR;
		other = !interrupted && value != 5;
	}
	MUST(kill(pid, SIGKILL));
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	sc_say("%s: EINTR %s, other results %s", label, interrupted ? "yes" : "no",
	       other ? "yes" : "no");
}

void scenario(void)
{
	long id = new_set(1);

	MUST(setval(id, 0, 5));
	calls_under_storm("SA_RESTART", id, SA_RESTART);
	calls_under_storm("no SA_RESTART", id, 0);
}
