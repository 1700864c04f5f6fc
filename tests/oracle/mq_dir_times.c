/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mqueue directory's times advance when a queue is created or unlinked, by either interface,
 * and stay when one is opened, used or refused. One step a second: that is their granularity.
 */
#include "mq_common.h"

static struct stat before;

static void mark(void)
{
	MUST(stat(MQ_DIR, &before));
	sc_msleep(1100);
}

static void changed(const char *label)
{
	struct stat st;

	MUST(stat(MQ_DIR, &st));
	sc_say("%s: mtime %s, ctime %s, size %+ld", label,
	       st.st_mtim.tv_sec > before.st_mtim.tv_sec ? "later" : "same",
	       st.st_ctim.tv_sec > before.st_ctim.tv_sec ? "later" : "same",
	       (long)st.st_size - (long)before.st_size);
}

void scenario(void)
{
	mqd_t q;

	mq_own_purse();
	q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);
	mark();
	mq_put("send", q, "x", 0);
	mq_close(mq_reopen("/q", O_RDONLY));
	CALL(mq_open("/missing", O_RDWR));
	CALL(mq_unlink("/missing"));
	CALL(mkdir(MQ_DIR "/d", 0700));
	CALL(chmod(MQ_DIR "/q", 0600));
	changed("no new name");
	mq_close(mq_make("/r", O_RDWR, 1, 1));
	changed("mq_open creates");
	mark();
	MUST(unlink(MQ_DIR "/r"));
	changed("unlink");
	mark();
	MUST(close((int)MUST(open(MQ_DIR "/f", O_CREAT | O_RDWR, 0600))));
	changed("open creates");
	mark();
	MUST(mq_unlink("/f"));
	changed("mq_unlink");
}
