/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Four senders and three receivers on one small queue, all blocking: every message arrives exactly
 * once, and each sender's messages of one priority reach a given receiver in the order sent.
 */
#include "mq_common.h"

#define SENDERS 4
#define RECEIVERS 3
#define EACH 90

struct item {
	uint32_t sender;
	uint32_t number;
};

static mqd_t q;
static uint8_t (*got)[EACH];

static void sender(void *arg)
{
	struct item item = {.sender = (uint32_t)(uintptr_t)arg};

	for (item.number = 0; item.number < EACH; item.number++)
		MUST(mq_send(q, (char *)&item, sizeof(item), 5));
}

static void receiver(void *arg)
{
	int64_t last[SENDERS] = {-1, -1, -1, -1};
	unsigned int disorder = 0;

	(void)arg;
	for (;;) {
		struct item item;
		ssize_t n = MUST(mq_receive(q, (char *)&item, sizeof(item), NULL));

		if (n == 0)
			break;
		if (n != sizeof(item) || item.sender >= SENDERS || item.number >= EACH)
			sc_fail("a message nobody sent");
		if (item.number <= last[item.sender])
			disorder++;
		last[item.sender] = item.number;
		__atomic_fetch_add(&got[item.sender][item.number], 1, __ATOMIC_SEQ_CST);
	}
	sc_say("%u out of order", disorder);
}

void scenario(void)
{
	static const char *const names[] = {"s0", "s1", "s2", "s3", "r0", "r1", "r2"};
	pid_t pids[SENDERS + RECEIVERS];
	unsigned int once = 0;

	got = sc_shared(SENDERS * sizeof(*got));
	q = mq_make("/q", O_RDWR, 3, sizeof(struct item));
	for (uintptr_t i = 0; i < SENDERS; i++)
		pids[i] = sc_fork(names[i], sender, (void *)i);
	for (int i = SENDERS; i < SENDERS + RECEIVERS; i++)
		pids[i] = sc_fork(names[i], receiver, NULL);
	for (int i = 0; i < SENDERS; i++)
		sc_wait(pids[i]);
	/* Behind all others: lower priority. */
	for (int i = 0; i < RECEIVERS; i++)
		MUST(mq_send(q, "", 0, 0));
	for (int i = SENDERS; i < SENDERS + RECEIVERS; i++)
		sc_wait(pids[i]);
	for (int s = 0; s < SENDERS; s++)
		for (int n = 0; n < EACH; n++)
			once += got[s][n] == 1;
	sc_say("%u of %d arrived once", once, SENDERS * EACH);
	mq_show("queue", q);
}
