/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* More segments attached at once than the daemon part keeps for those outside. */
#include <sys/resource.h>

#include "../shm_common.h"

#define MANY 2100

void scenario(void)
{
	static char *p[MANY];
	struct rlimit limit;
	int i;

	/* The daemon part raises its limit to that. */
	MUST(getrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_max < 8 * MANY)
		sc_skip("no more than %lu descriptors", (unsigned long)limit.rlim_max);
	for (i = 0; i < MANY; i++) {
		p[i] = shmat(shm_make(1, 0600), NULL, 0);
		if (p[i] == (void *)-1)
			break;
	}
	sc_say("%d attached%s%s", i, i < MANY ? ", then " : "", i < MANY ? sc_errname(errno) : "");
	/* One that goes makes room for another. */
	MUST(shmdt(p[0]));
	CALL(shmdt(shm_map(shm_make(1, 0600))));
}
