/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people call them, and whether this build has them. */
#include "daemon/families.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "ipc/config.h"

static const struct {
	const char *name, *people;
	bool there;
} families[FAMILIES] = {
	[FAMILY_MSG] = {"msg", "System V message queues (IPCNS_WITH_MSG)", IPCNS_WITH_MSG},
	[FAMILY_SEM] = {"sem", "System V semaphores (IPCNS_WITH_SEM)", IPCNS_WITH_SEM},
	[FAMILY_SHM] = {"shm", "System V shared memory (IPCNS_WITH_SHM)", IPCNS_WITH_SHM},
	[FAMILY_MQUEUE] = {"mqueue", "POSIX message queues (IPCNS_WITH_MQUEUE)", IPCNS_WITH_MQUEUE},
};

const char *families_name(enum family f)
{
	return families[f].name;
}

const char *families_left_out(enum family f)
{
	return families[f].there ? NULL : families[f].people;
}

int families_find(const char *name)
{
	for (int i = 0; i < FAMILIES; i++)
		if (strcmp(families[i].name, name) == 0)
			return i;
	return -ENOENT;
}
