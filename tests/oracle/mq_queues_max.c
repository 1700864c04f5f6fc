/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fs.mqueue.queues_max: the 257th queue of a namespace is refused with ENOSPC to a caller without
 * CAP_SYS_RESOURCE, by mq_open() and open(2) alike; opening existing ones goes on; an unlinked
 * queue counts until its last descriptor is closed.
 */
#include "mq_common.h"

static long make(const char *name)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 1};

	return raw_mq_open(name, O_RDWR | O_CREAT, 0600, &attr);
}

static void fill(void *arg)
{
	char name[16];
	long fd;
	long held;
	int made = 0;

	(void)arg;
	mq_drop_sys_resource();
	for (; made < 300; made++) {
		snprintf(name, sizeof(name), "q%d", made);
		errno = 0;
		fd = make(name);
		if (fd == -1)
			break;
		close((int)fd);
	}
	sc_say("made %d, then %s", made, sc_errname(errno));
	CALL(open(MQ_DIR "/more", O_RDWR | O_CREAT, 0600));
	CALL_OK(raw_mq_open("q7", O_RDWR | O_CREAT, 0600, NULL));
	CALL_OK(held = raw_mq_open("q8", O_RDWR, 0600, NULL));
	CALL(raw_mq_unlink("q8"));
	CALL_OK(make("more"));
	close((int)held);
	CALL_OK(make("more"));
	CALL_OK(make("evenmore"));
	for (int i = 0; i < made; i++) {
		snprintf(name, sizeof(name), "q%d", i);
		raw_mq_unlink(name);
	}
	CALL(raw_mq_unlink("more"));
	CALL(raw_mq_unlink("evenmore"));
}

void scenario(void)
{
	struct stat st;

	sc_wait(sc_fork("filler", fill, NULL));
	MUST(stat(MQ_DIR, &st));
	sc_say("directory: size %ld", (long)st.st_size);
}
