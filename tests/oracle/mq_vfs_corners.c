/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * File calls that a queue's file has no operation for (a shared mapping, fsync, splice to it):
 * refused by the VFS before anything is looked at. Those where FUSE differs are in
 * differences/mq_file_io.c.
 */
#include "mq_common.h"

void scenario(void)
{
	mqd_t q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);
	int ends[2];
	loff_t offset = 0;

	mq_put("send", q, "kept", 0);
	CALL_Q("mmap shared", mmap(NULL, 4096, PROT_READ, MAP_SHARED, q, 0) == MAP_FAILED ? -1 : 0);
	CALL(fsync(q));
	CALL(fdatasync(q));
	MUST(pipe(ends));
	MUST(write(ends[1], "x", 1));
	CALL(splice(ends[0], NULL, q, &offset, 10, SPLICE_F_NONBLOCK));
	CALL(copy_file_range(q, &offset, q, NULL, 10, 0));
	mq_take("receive", q);
}
