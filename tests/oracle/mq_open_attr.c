/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which attributes mq_open(3) takes: both positive, at most fs.mqueue.msg_max and msgsize_max; a
 * caller with CAP_SYS_RESOURCE has the hard limits 65536 and 16 MiB instead, and then meets its
 * RLIMIT_MSGQUEUE (EMFILE). A refused creation leaves no name behind.
 */
#include "mq_common.h"

static void try_attr(long maxmsg, long msgsize)
{
	struct mq_attr attr = {.mq_maxmsg = maxmsg, .mq_msgsize = msgsize};
	char label[80];
	mqd_t q;

	snprintf(label, sizeof(label), "maxmsg %ld msgsize %ld", maxmsg, msgsize);
	errno = 0;
	q = (mqd_t)sc_result_ok(label, mq_open("/q", O_RDWR | O_CREAT, 0600, &attr));
	if (q != -1) {
		mq_show("   ", q);
		mq_close(q);
		MUST(mq_unlink("/q"));
	} else if (access(MQ_DIR "/q", F_OK) == 0) {
		sc_say("    but there is a file");
	}
}

static void try_all(void *arg)
{
	static const long values[][2] = {
		{1, 1},
		{0, 0},
		{0, 8},
		{8, 0},
		{-1, 8},
		{8, -1},
		{10, 8},
		{11, 8},
		{1, 8192},
		{1, 8193},
		{65536, 1},
		{65537, 1},
		{1, 16777216},
		{1, 16777217},
		{LONG_MAX, 1},
		{1, LONG_MAX},
		{LONG_MAX, LONG_MAX},
		{LONG_MIN, LONG_MIN},
		{(long)(1LL << 32), 1},
		{1, (long)(1LL << 32)},
		{INT_MAX, 1},
	};

	if (arg)
		mq_drop_sys_resource();
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		try_attr(values[i][0], values[i][1]);
}

void scenario(void)
{
	bool drop = true;

	try_all(NULL);
	sc_wait(sc_fork("without", try_all, &drop));
}
