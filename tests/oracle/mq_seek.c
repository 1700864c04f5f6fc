/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lseek(2) on a queue is that of a file of 80 bytes; the offset matters to read(2) only, messages
 * know nothing of it.
 */
#include "mq_common.h"

void scenario(void)
{
	mqd_t q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);
	char c = 0;

	CALL(lseek(q, 0, SEEK_CUR));
	CALL(lseek(q, 0, SEEK_END));
	CALL(lseek(q, -80, SEEK_END));
	CALL(lseek(q, -81, SEEK_END));
	CALL(lseek(q, 6, SEEK_SET));
	CALL(read(q, &c, 1));
	sc_say("byte '%c'", c);
	CALL(lseek(q, 3, SEEK_CUR));
	CALL(lseek(q, -1, SEEK_SET));
	CALL(lseek(q, 1000, SEEK_SET));
	CALL(read(q, &c, 1));
	mq_put("send", q, "x", 0);
	mq_take("receive", q);
	CALL(lseek(q, 0, SEEK_CUR));
	CALL(lseek(q, 0, 99));
}
