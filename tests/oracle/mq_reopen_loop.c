/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Close, unlink and create again, with an allowance for just one queue: what a queue cost is given
 * back when the call that ends it returns, never later. Likewise with open descriptors and the exit
 * of the process that held the last one.
 */
#include <sys/resource.h>

#include "mq_common.h"

#define ROUNDS 200

static uid_t payer;

static void exits_open(void *arg)
{
	(void)arg;
	MUST(mq_send(mq_reopen("/q", O_RDWR), "x", 1, 0));
}

static void paying(void *arg)
{
	struct rlimit limit;
	int failed[3] = {0};

	(void)arg;
	mq_become(payer, payer);
	MUST(getrlimit(RLIMIT_MSGQUEUE, &limit));
	limit.rlim_cur = 2 * (96 + 16);
	MUST(setrlimit(RLIMIT_MSGQUEUE, &limit));
	for (int i = 0; i < ROUNDS; i++) {
		struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 16};
		mqd_t q = mq_open("/q", O_RDWR | O_CREAT | O_EXCL, 0600, &attr);

		if (q == -1) {
			failed[0]++;
			continue;
		}
		MUST(mq_send(q, "message", 7, 0));
		/* The last reference is now the descriptor, now the name. */
		if (i % 2) {
			MUST(mq_unlink("/q"));
			MUST(mq_close(q));
		} else {
			MUST(mq_close(q));
			MUST(mq_unlink("/q"));
		}
	}
	for (int i = 0; i < 20; i++) {
		struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 16};
		mqd_t q = mq_open("/q", O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
		pid_t pid;

		if (q == -1) {
			failed[1]++;
			continue;
		}
		MUST(mq_close(q));
		pid = fork();
		if (pid == 0) {
			exits_open(NULL);
			_exit(0);
		}
		MUST(waitpid(pid, NULL, 0));
		MUST(mq_unlink("/q"));
	}
	for (int i = 0; i < 20; i++) {
		struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 16};
		pid_t pid = fork();
		int status;

		/* The name is gone, the child is killed with the only descriptor. */
		if (pid == 0) {
			if (mq_open("/q", O_RDWR | O_CREAT | O_EXCL, 0600, &attr) == -1)
				_exit(1);
			if (mq_unlink("/q") == -1)
				_exit(2);
			raise(SIGKILL);
		}
		MUST(waitpid(pid, &status, 0));
		if (!WIFSIGNALED(status))
			failed[2]++;
	}
	sc_say("failed: %d of %d loops, %d of 20 after exit, %d of 20 after kill", failed[0],
	       ROUNDS, failed[1], failed[2]);
}

void scenario(void)
{
	payer = mq_own_user(200000, 100000);
	sc_wait(sc_fork("paying", paying, NULL));
}
