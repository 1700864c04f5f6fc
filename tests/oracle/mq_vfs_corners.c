/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * File calls that a queue's file has no operation for (mmap, fsync, splice, write): refused by the
 * VFS before anything is looked at, even for no bytes at all.
 */
#include <sys/sendfile.h>

#include "mq_common.h"

void scenario(void)
{
	mqd_t q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);
	int ends[2];
	loff_t offset = 0;

	mq_put("send", q, "kept", 0);
	CALL_Q("mmap shared", mmap(NULL, 4096, PROT_READ, MAP_SHARED, q, 0) == MAP_FAILED ? -1 : 0);
	CALL_Q("mmap private",
	       mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, q, 0) == MAP_FAILED ? -1 : 0);
	CALL(fsync(q));
	CALL(fdatasync(q));
	CALL(write(q, "x", 0));
	MUST(pipe(ends));
	CALL(sendfile(ends[1], q, &offset, 10));
	CALL(splice(q, &offset, ends[1], NULL, 10, 0));
	CALL(splice(ends[0], NULL, q, &offset, 10, SPLICE_F_NONBLOCK));
	CALL(copy_file_range(q, &offset, q, NULL, 10, 0));
	mq_take("receive", q);
}
