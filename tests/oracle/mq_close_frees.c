/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * With an allowance for just one queue: what a queue cost is there again when its last close(2) has
 * returned, also for who creates by a file call in the directory. As mq_reopen_loop, where the next
 * one is always made by mq_open.
 */
#include <sys/resource.h>

#include "mq_common.h"

#define ROUNDS 150
#define DEFAULT_COST (10 * (96 + 8192))

static void paying(void *arg)
{
	int failed[3] = {0};
	struct rlimit limit;

	mq_become(*(uid_t *)arg, *(uid_t *)arg);
	MUST(getrlimit(RLIMIT_MSGQUEUE, &limit));
	limit.rlim_cur = DEFAULT_COST;
	MUST(setrlimit(RLIMIT_MSGQUEUE, &limit));
	for (int i = 0; i < ROUNDS; i++) {
		mqd_t q = mq_open("/q", O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
		int fd = -1;

		if (q == -1) {
			failed[0]++;
			continue;
		}
		MUST(mq_unlink("/q"));
		MUST(mq_close(q));
		if (i % 2)
			fd = open(MQ_DIR "/file", O_RDWR | O_CREAT | O_EXCL, 0600);
		if (i % 2 ? fd < 0 : mknod(MQ_DIR "/file", S_IFREG | 0600, 0) < 0) {
			sc_say("round %d: %s", i, sc_errname(errno));
			failed[i % 2 ? 1 : 2]++;
			continue;
		}
		if (fd >= 0)
			MUST(close(fd));
		MUST(unlink(MQ_DIR "/file"));
	}
	sc_say("of %d rounds failed: mq_open %d, open %d, mknod %d", ROUNDS, failed[0], failed[1],
	       failed[2]);
}

void scenario(void)
{
	uid_t payer = mq_own_user(600000, 50000);

	sc_wait(sc_fork("paying", paying, &payer));
}
