/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several operations in one call: all or none, in order, each seeing what the earlier ones did
 * (semop(2); linux ipc/sem.c, perform_atomic_semop()).
 */
#include "sem_util.h"

#define OPS(id, ...)                                         \
	CALL_Q(#__VA_ARGS__,                                 \
	       raw_semop(id, (struct sembuf[]){__VA_ARGS__}, \
			 sizeof((struct sembuf[]){__VA_ARGS__}) / sizeof(struct sembuf)))

void scenario(void)
{
	long id = new_set(4);

	OPS(id, {0, 2, 0}, {1, 3, 0}, {2, 1, 0});
	say_values("set", id, 4);
	OPS(id, {0, -1, 0}, {1, -1, 0}, {3, -1, IPC_NOWAIT});
	say_values("none done", id, 4);
	OPS(id, {0, -2, 0}, {0, 0, 0}, {0, 5, 0});
	say_values("through zero", id, 4);
	OPS(id, {0, 0, IPC_NOWAIT}, {0, 1, 0});
	OPS(id, {3, 1, 0}, {3, -1, 0}, {3, 0, 0});
	OPS(id, {3, -1, IPC_NOWAIT}, {3, 1, 0});
	OPS(id, {3, 1, 0}, {3, -2, IPC_NOWAIT});
	say_values("unchanged", id, 4);
	OPS(id, {1, -3, 0}, {0, -5, 0}, {1, 0, 0}, {0, 0, 0}, {2, 1, 0}, {2, 1, 0});
	say_values("moved", id, 4);
	OPS(id, {2, -1, 0}, {2, -1, 0}, {2, -1, 0}, {2, -1, IPC_NOWAIT});
	OPS(id, {2, -1, 0}, {4, 1, 0});
	OPS(id, {2, -1, 0}, {3, 32767, 0}, {3, 1, 0});
	OPS(id, {2, -1, 0}, {0, -1, IPC_NOWAIT}, {3, 32767, 0}, {3, 1, 0});
	OPS(id, {2, -1, 0}, {3, 32767, 0}, {3, 1, 0}, {0, -1, IPC_NOWAIT});
	say_values("end", id, 4);
	say_sem("untouched pid", id, 3);
}
