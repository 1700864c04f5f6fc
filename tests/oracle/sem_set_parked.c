/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Permissions are asked once, at the call: a sleeper whom IPC_SET excludes sleeps on and is served.
 */
#include "sem_util.h"

static void nobody(void *arg)
{
	long id = *(long *)arg;

	sc_become_nobody();
	CALL(op(id, 0, -1, 0));
	CALL(op(id, 0, -1, 0));
}

void scenario(void)
{
	long id = MUST(raw_semget(IPC_PRIVATE, 1, 0666));
	pid_t pid = sc_fork("nobody", nobody, &id);

	sc_wait_parked(pid);
	CALL(sem_set_mode(id, 0600));
	sc_still_parked(pid);
	say_sem("excluded", id, 0);
	CALL(op(id, 0, 1, 0));
	sc_wait(pid);
	say_sem("served", id, 0);
}
