/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages through a POSIX queue and a SysV queue while an interval timer interrupts both sides all
 * the time, first with SA_RESTART, then without and with retries: every message once, in order,
 * and with SA_RESTART the POSIX calls never show EINTR.
 */
#include <sys/msg.h>

#include "mq_common.h"

#define COUNT 600
#define PERIOD_US 300

struct numbered {
	long type;
	uint32_t number;
};

static mqd_t queue;
static int msg_id;
static int flags;

static void storm(bool on)
{
	struct itimerval timer = {.it_interval.tv_usec = on ? PERIOD_US : 0,
				  .it_value.tv_usec = on ? PERIOD_US : 0};

	sc_catch(SIGALRM, flags);
	MUST(setitimer(ITIMER_REAL, &timer, NULL));
}

static void receiver(void *arg)
{
	unsigned int wrong = 0;
	unsigned int interrupted = 0;

	(void)arg;
	storm(true);
	for (uint32_t i = 0; i < COUNT; i++) {
		uint32_t number = UINT32_MAX;
		struct numbered msg = {.number = UINT32_MAX};
		ssize_t n;

		while ((n = mq_receive(queue, (char *)&number, sizeof(number), NULL)) == -1 &&
		       errno == EINTR)
			interrupted++;
		if (n != sizeof(number) || number != i)
			wrong++;
		while ((n = msgrcv(msg_id, &msg, sizeof(msg.number), 0, 0)) == -1 && errno == EINTR)
			;
		if (n != sizeof(msg.number) || msg.number != i)
			wrong++;
	}
	storm(false);
	sc_say("%u wrong", wrong);
	if (flags & SA_RESTART)
		sc_say("interrupted in spite of SA_RESTART: %u", interrupted);
}

static void sender(void *arg)
{
	unsigned int failed = 0;
	unsigned int interrupted = 0;

	(void)arg;
	storm(true);
	for (uint32_t i = 0; i < COUNT; i++) {
		struct numbered msg = {.type = 1, .number = i};
		int ret;

		while ((ret = mq_send(queue, (char *)&i, sizeof(i), 0)) == -1 && errno == EINTR)
			interrupted++;
		failed += ret != 0;
		while ((ret = msgsnd(msg_id, &msg, sizeof(msg.number), 0)) == -1 && errno == EINTR)
			;
		failed += ret != 0;
	}
	storm(false);
	sc_say("%u failed", failed);
	if (flags & SA_RESTART)
		sc_say("interrupted in spite of SA_RESTART: %u", interrupted);
}

static void both(const char *label)
{
	struct msqid_ds ds;
	pid_t in = sc_fork("receiver", receiver, NULL);
	pid_t out = sc_fork("sender", sender, NULL);

	sc_say("%s", label);
	sc_wait(out);
	sc_wait(in);
	MUST(msgctl(msg_id, IPC_STAT, &ds));
	sc_say("left: %lu", (unsigned long)ds.msg_qnum);
	mq_show("queue", queue);
}

void scenario(void)
{
	queue = mq_make("/queue", O_RDWR, 2, sizeof(uint32_t));
	msg_id = (int)MUST(msgget(IPC_PRIVATE, 0600));
	flags = SA_RESTART;
	both("SA_RESTART");
	flags = 0;
	both("no SA_RESTART");
}
