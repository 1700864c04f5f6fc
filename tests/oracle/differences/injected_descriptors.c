/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* shmat of a process that can have no more descriptors. */
#include <sys/resource.h>

#include "../shm_common.h"

void scenario(void)
{
	int id = shm_make(4096, 0600);
	struct rlimit none = {0};
	char *p;

	MUST(getrlimit(RLIMIT_NOFILE, &none));
	none.rlim_cur = 0;
	MUST(setrlimit(RLIMIT_NOFILE, &none));
	errno = 0;
	p = shmat(id, NULL, 0);
	sc_result("shmat", p == (void *)-1 ? -1 : 0);
	shm_nattch("afterwards", id);
}
