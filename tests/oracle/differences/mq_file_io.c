/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * File calls on a queue's descriptor that FUSE, or the VFS on its behalf, answers itself: a private
 * mapping, splice and sendfile, writes of nothing, a file handle; and a read that ends before its
 * buffer is looked at natively.
 */
#include <sys/sendfile.h>

#include "mq_common.h"

static int handle_type(int fd)
{
	struct {
		struct file_handle head;
		unsigned char id[MAX_HANDLE_SZ];
	} handle = {.head.handle_bytes = MAX_HANDLE_SZ};
	int mount;

	return name_to_handle_at(fd, "", &handle.head, &mount, AT_EMPTY_PATH);
}

void scenario(void)
{
	mqd_t q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);
	char text[128];
	loff_t offset = 0;
	int ends[2];

	MUST(pipe(ends));
	CALL_Q("mmap private",
	       mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, q, 0) == MAP_FAILED ? -1 : 0);
	CALL(write(q, "x", 0));
	CALL_Q("splice from an empty pipe",
	       splice(ends[0], NULL, q, &offset, 10, SPLICE_F_NONBLOCK));
	CALL(sendfile(ends[1], q, &offset, 10));
	CALL(splice(q, &offset, ends[1], NULL, 10, 0));
	CALL_Q("name_to_handle_at", handle_type(q));
	MUST(lseek(q, 0, SEEK_SET));
	CALL(read(q, text, sizeof(text)));
	CALL(read(q, sc_bad_page(), 10));
}
