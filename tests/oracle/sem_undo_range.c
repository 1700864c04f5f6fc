/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Undo at the limits: an undo that would make the value negative makes it 0, one that would pass
 * SEMVMX makes it SEMVMX, and a sum of adjustments past SEMAEM is ERANGE at the call.
 */
#include "sem_util.h"

static long id;

static void gives(void *arg)
{
	(void)arg;
	CALL(op(id, 0, 3, SEM_UNDO));
	CALL(op(id, 0, -2, 0));
	say_values("1 of 3 left", id, 2);
}

static void takes(void *arg)
{
	(void)arg;
	CALL(op(id, 0, -5, SEM_UNDO));
	CALL(op(id, 0, 32765, 0));
	say_values("near the top", id, 2);
}

static void sums(void *arg)
{
	(void)arg;
	CALL(op(id, 1, 32767, SEM_UNDO));
	CALL(op(id, 1, -32767, 0));
	CALL(op(id, 1, 1, SEM_UNDO));
	CALL(op(id, 1, 1, SEM_UNDO));
	CALL(op(id, 1, 1, SEM_UNDO | IPC_NOWAIT));
	CALL(op(id, 1, 1, 0));
	CALL(op(id, 1, -1, SEM_UNDO));
	say_values("sums", id, 2);
}

static void sums_down(void *arg)
{
	(void)arg;
	CALL(setval(id, 1, 32767));
	CALL(op(id, 1, -32767, SEM_UNDO));
	CALL(op(id, 1, 5, 0));
	CALL(op(id, 1, -1, SEM_UNDO));
	CALL(op(id, 1, 0, SEM_UNDO | IPC_NOWAIT));
	say_values("sums", id, 2);
}

void scenario(void)
{
	id = new_set(2);
	sc_wait(sc_fork("gives", gives, NULL));
	say_values("not negative", id, 2);
	CALL(setval(id, 0, 5));
	sc_wait(sc_fork("takes", takes, NULL));
	say_values("at the top", id, 2);
	sc_wait(sc_fork("sums", sums, NULL));
	say_values("after sums", id, 2);
	sc_wait(sc_fork("down", sums_down, NULL));
	say_values("end", id, 2);
}
