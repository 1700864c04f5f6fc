/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * semtimedop()'s timeout argument: NULL, negative, out of range, huge, and which error comes first.
 */
#include "sem_util.h"

static void tries(long id, const char *label, long sec, long nsec)
{
	struct timespec timeout = {.tv_sec = sec, .tv_nsec = nsec};
	struct sembuf up = {.sem_num = 0, .sem_op = 1};
	struct sembuf down = {.sem_num = 0, .sem_op = -1};
	struct sembuf never = {.sem_num = 1, .sem_op = -1, .sem_flg = IPC_NOWAIT};
	struct sembuf wrong = {.sem_num = 9, .sem_op = 1};

	sc_say("%s", label);
	CALL(raw_semtimedop(id, &up, 1, &timeout));
	CALL(raw_semtimedop(id, &down, 1, &timeout));
	CALL(raw_semtimedop(id, &never, 1, &timeout));
	CALL(raw_semtimedop(id, &wrong, 1, &timeout));
	CALL(raw_semtimedop(99, &up, 1, &timeout));
	CALL(raw_semtimedop(id, NULL, 1, &timeout));
	CALL(raw_semtimedop(id, &up, 0, &timeout));
	CALL(raw_semtimedop(id, &up, 501, &timeout));
	say_values(label, id, 2);
	setval(id, 0, 1);
}

void scenario(void)
{
	long id = new_set(2);
	struct sembuf up = {.sem_num = 0, .sem_op = 1};

	tries(id, "1.5 s", 1, 500000000);
	tries(id, "negative seconds", -1, 0);
	tries(id, "negative nanoseconds", 0, -1);
	tries(id, "nanoseconds 999999999", 0, 999999999);
	tries(id, "nanoseconds 1000000000", 0, 1000000000);
	tries(id, "for ever", LONG_MAX, 999999999);
	CALL(raw_semtimedop(id, &up, 1, NULL));
}
