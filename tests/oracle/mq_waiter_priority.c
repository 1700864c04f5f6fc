/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mq_receive(3): of several waiting receivers the one with the highest scheduling priority that
 * has waited longest is served. Among ordinary tasks a smaller nice value counts as higher
 * (ipc/mqueue.c wq_add() compares task->prio).
 */
#include <sys/resource.h>

#include "mq_common.h"

static mqd_t q;

static void receiver(void *arg)
{
	MUST(setpriority(PRIO_PROCESS, 0, *(int *)arg));
	mq_take("receive", q);
}

static void sender(void *arg)
{
	int nice = *(int *)arg;
	char text[8];

	MUST(setpriority(PRIO_PROCESS, 0, nice));
	snprintf(text, sizeof(text), "nice%d", nice);
	mq_put("send", q, text, 3);
}

void scenario(void)
{
	static const char *const roles[] = {"nice10", "nice0", "nice10b", "nice5", "nice0b"};
	int nices[] = {10, 0, 10, 5, 0};
	pid_t pids[5];

	q = mq_make("/q", O_RDWR, 1, 8);
	for (int i = 0; i < 5; i++) {
		pids[i] = sc_fork(roles[i], receiver, &nices[i]);
		sc_wait_parked(pids[i]);
	}
	for (int i = 0; i < 5; i++) {
		char text[8];

		snprintf(text, sizeof(text), "%d", i);
		mq_put("send", q, text, 0);
	}
	for (int i = 0; i < 5; i++)
		sc_wait(pids[i]);

	mq_put("fill", q, "full", 3);
	for (int i = 0; i < 3; i++) {
		pids[i] = sc_fork(roles[i], sender, &nices[i]);
		sc_wait_parked(pids[i]);
	}
	for (int i = 0; i < 4; i++)
		mq_take("receive", q);
	for (int i = 0; i < 3; i++)
		sc_wait(pids[i]);
}
