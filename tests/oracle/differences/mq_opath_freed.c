/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An O_PATH descriptor pins the inode natively, also of a queue that has neither a name nor an open
 * descriptor any more. FUSE tells the server of real opens only, so the queue is freed and what
 * remains is stale.
 */
#include "mq_common.h"

void scenario(void)
{
	mqd_t q = mq_make("/q", O_RDWR, 2, 8);
	int path = (int)MUST(open(MQ_DIR "/q", O_PATH));
	char link[64];
	struct stat st;

	MUST(mq_unlink("/q"));
	CALL_Q("fstat, unlinked", fstat(path, &st));
	close(q);
	/* The last close reaches the server a moment later. */
	for (int i = 0; i < 300 && fstat(path, &st) == 0; i++)
		sc_msleep(1);
	CALL_Q("fstat, freed", fstat(path, &st));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
	CALL_OK(open(link, O_RDWR));
}
