/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Operations, timeouts and semctl() buffers that fault.
 */
#include "sem_util.h"

static struct sembuf *ending(size_t bytes)
{
	struct sembuf up = {.sem_num = 0, .sem_op = 1};
	struct sembuf *ops = sc_page_end(bytes);

	memcpy(ops, &up, bytes < sizeof(up) ? bytes : sizeof(up));
	return ops;
}

void scenario(void)
{
	long id = new_set(3);
	struct sembuf up = {.sem_num = 0, .sem_op = 1};
	const struct timespec *good = &(struct timespec){.tv_sec = 1};

	CALL(raw_semop(id, NULL, 1));
	CALL(raw_semop(id, sc_bad_page(), 1));
	CALL(raw_semop(id, (void *)-4096L, 1));
	CALL(raw_semop(id, ending(5), 1));
	CALL(raw_semop(id, ending(6), 1));
	CALL(raw_semop(id, ending(6), 2));
	CALL(raw_semtimedop(id, &up, 1, sc_bad_page()));
	CALL(raw_semtimedop(id, &up, 1, (void *)8));
	CALL(raw_semtimedop(id, NULL, 1, good));
	CALL(raw_semtimedop(id, NULL, 1, sc_bad_page()));
	CALL(raw_semtimedop(id, &up, 0, sc_bad_page()));
	CALL(raw_semtimedop(id, &up, 501, sc_bad_page()));
	CALL(raw_semtimedop(-1, &up, 1, sc_bad_page()));
	CALL(raw_semtimedop(id, &up, 1, sc_page_end(8)));
	say_values("one V", id, 3);
	CALL(raw_semctl(id, 0, IPC_STAT, NULL));
	CALL(raw_semctl(id, 0, IPC_STAT, sc_ro_page()));
	CALL(raw_semctl(id, 0, IPC_STAT, sc_page_end(sizeof(struct semid_ds) - 1)));
	CALL(raw_semctl(id, 0, IPC_STAT, sc_page_end(sizeof(struct semid_ds))));
	CALL(raw_semctl(id, 0, IPC_SET, NULL));
	CALL(raw_semctl(id, 0, IPC_SET, sc_bad_page()));
	CALL(raw_semctl(id, 0, GETALL, NULL));
	CALL(raw_semctl(id, 0, GETALL, sc_ro_page()));
	CALL(raw_semctl(id, 0, GETALL, sc_page_end(5)));
	CALL(raw_semctl(id, 0, GETALL, sc_page_end(6)));
	CALL(raw_semctl(id, 0, SETALL, NULL));
	CALL(raw_semctl(id, 0, SETALL, sc_page_end(5)));
	say_values("not set", id, 3);
	CALL(raw_semctl(id, 0, SETALL, sc_ro_page()));
	say_values("set", id, 3);
	CALL(raw_semctl(id, 0, IPC_INFO, NULL));
	CALL(raw_semctl(id, 0, SEM_INFO, sc_ro_page()));
	CALL(raw_semctl(0, 0, SEM_STAT, NULL));
	CALL(raw_semctl(0, 0, SEM_STAT_ANY, sc_bad_page()));
}
