/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RLIMIT_MSGQUEUE (mq_overview(7), getrlimit(2)): the bytes of all queues created by a real user,
 * whoever has them open, against the limit of the process that creates: per message its size and 96
 * bytes of overhead. EMFILE at the first byte too many, and a queue is paid for until it is gone,
 * name and descriptors.
 */
#include <sys/resource.h>

#include "mq_common.h"

#define COST(maxmsg, msgsize) ((maxmsg) * (96 + (msgsize)))

static uid_t payer;

static void limit_to(rlim_t bytes)
{
	struct rlimit limit = {bytes, RLIM_INFINITY};

	MUST(getrlimit(RLIMIT_MSGQUEUE, &limit));
	limit.rlim_cur = bytes;
	MUST(setrlimit(RLIMIT_MSGQUEUE, &limit));
}

static mqd_t try_make(const char *label, const char *name, long maxmsg, long msgsize)
{
	struct mq_attr attr = {.mq_maxmsg = maxmsg, .mq_msgsize = msgsize};

	errno = 0;
	return (mqd_t)sc_result_ok(label, mq_open(name, O_RDWR | O_CREAT, 0666, &attr));
}

static void mate(void *arg)
{
	(void)arg;
	/* The same user with a limit of its own: the sum counts. */
	limit_to(COST(4, 100) + COST(1, 1));
	try_make("mate: too much", "/mate", 2, 1);
	try_make("mate: fits", "/mate", 1, 1);
	CALL(mq_unlink("/mate"));
}

static void paying(void *arg)
{
	mqd_t q;
	mqd_t again;
	mqd_t r;

	(void)arg;
	mq_become(payer, payer);
	limit_to(COST(4, 100) - 1);
	try_make("one byte too much", "/q", 4, 100);
	CALL(access(MQ_DIR "/q", F_OK));
	limit_to(COST(4, 100));
	q = try_make("just fits", "/q", 4, 100);
	try_make("no byte left", "/r", 1, 1);
	CALL_OK(again = mq_open("/q", O_RDWR));
	mq_put("messages cost nothing", q, "x", 0);
	sc_wait(sc_fork("mate", mate, NULL));
	CALL(mq_unlink("/q"));
	try_make("unlinked but open", "/r", 4, 100);
	CALL(mq_close(q));
	try_make("one descriptor left", "/r", 4, 100);
	CALL(mq_close(again));
	r = try_make("gone", "/r", 4, 100);
	/* Whose limit is lowered keeps what there is. */
	limit_to(0);
	mq_put("send over the limit", r, "y", 0);
	CALL_OK(mq_open("/r", O_RDWR));
	mq_close(r);
	try_make("nothing allowed", "/s", 1, 1);
	CALL(open(MQ_DIR "/s", O_RDWR | O_CREAT, 0600));
	CALL(access(MQ_DIR "/s", F_OK));
}

static void by_real_user(void *arg)
{
	(void)arg;
	/* Two effective users, one purse. */
	MUST(setresuid(payer + 1, payer + 2, payer + 3));
	limit_to(COST(4, 100));
	try_make("first", "/t", 4, 100);
	MUST(seteuid(payer + 3));
	try_make("second, the same real user", "/u", 1, 1);
	MUST(setresuid(payer + 3, -1, -1));
	try_make("third, another real user", "/u", 4, 100);
}

void scenario(void)
{
	payer = mq_own_user(200000, 100000);
	sc_wait(sc_fork("paying", paying, NULL));
	sc_wait(sc_fork("real", by_real_user, NULL));
}
