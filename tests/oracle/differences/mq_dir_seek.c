/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lseek() from the end of the mqueue directory, and to data or a hole in it: EINVAL natively
 * (dcache_dir_lseek()), done by the directory's size in FUSE.
 */
#include "mq_common.h"

void scenario(void)
{
	int dir;

	mq_make("/q", O_RDWR, 2, 8);
	dir = (int)MUST(open(MQ_DIR, O_RDONLY | O_DIRECTORY));
	CALL(lseek(dir, 0, SEEK_END));
	CALL(lseek(dir, -1, SEEK_END));
	CALL(lseek(dir, 0, SEEK_DATA));
	CALL(lseek(dir, 0, SEEK_HOLE));
}
