/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lengths and buffers: a message may be as long as mq_msgsize or empty, a receive buffer must be
 * at least mq_msgsize whatever waits (EMSGSIZE). A message is lost when the receiver's buffer
 * faults (ipc/mqueue.c do_mq_timedreceive() takes it off first); a faulting sender changes nothing.
 */
#include "mq_common.h"

#define SIZE 64

static mqd_t q;

static void count(const char *label)
{
	struct mq_attr a;

	MUST(mq_getattr(q, &a));
	sc_say("%s: %ld in the queue", label, a.mq_curmsgs);
}

void scenario(void)
{
	char out[MQ_BUFSZ];
	char in[MQ_BUFSZ];
	unsigned int prio;

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (char)('a' + i % 23);
	q = mq_make("/q", O_RDWR | O_NONBLOCK, 8, SIZE);
	CALL(mq_send(q, out, SIZE + 1, 0));
	CALL(mq_send(q, out, SIZE_MAX, 0));
	CALL(raw_mq_send(q, NULL, SIZE + 1, 0, NULL));
	CALL(mq_send(q, out, SIZE, 0));
	CALL(mq_send(q, out, SIZE - 1, 0));
	CALL(mq_send(q, out, 0, 0));
	CALL(raw_mq_send(q, NULL, 0, 0, NULL));
	count("four sent");
	CALL(mq_receive(q, in, SIZE - 1, NULL));
	CALL(mq_receive(q, in, 0, NULL));
	CALL(raw_mq_receive(q, NULL, 0, NULL, NULL));
	count("refused receives");
	memset(in, 0, sizeof(in));
	CALL(mq_receive(q, in, SIZE, NULL));
	sc_say("equal %d, byte behind it %d", memcmp(in, out, SIZE) == 0, in[SIZE]);
	memset(in, 0, sizeof(in));
	CALL(mq_receive(q, in, sizeof(in), &prio));
	sc_say("equal %d, byte behind it %d", memcmp(in, out, SIZE - 1) == 0, in[SIZE - 1]);
	CALL(mq_receive(q, in, (size_t)LONG_MAX, NULL));
	CALL(mq_receive(q, in, SIZE_MAX, NULL));
	CALL(mq_receive(q, in, SIZE_MAX, NULL));
	CALL(mq_receive(q, in, SIZE - 1, NULL));

	CALL(mq_send(q, sc_bad_page(), 1, 0));
	CALL(mq_send(q, sc_bad_page(), SIZE + 1, 0));
	CALL(mq_send(q, sc_page_end(8), 8, 3));
	CALL(mq_send(q, sc_page_end(8), 9, 3));
	count("one came through");
	CALL(mq_receive(q, sc_bad_page(), SIZE, NULL));
	count("faulted receive");
	CALL(mq_send(q, out, 16, 3));
	CALL(mq_receive(q, in, SIZE, sc_bad_page()));
	count("faulted priority");
	CALL(mq_send(q, out, 16, 3));
	CALL(mq_receive(q, sc_page_end(15), SIZE, NULL));
	count("fault in the last byte");
	CALL(mq_send(q, out, 16, 3));
	CALL(mq_receive(q, sc_page_end(16), SIZE, NULL));
	CALL(mq_send(q, out, 0, 3));
	CALL(mq_receive(q, sc_bad_page(), SIZE, NULL));
	CALL(mq_send(q, out, 4, 3));
	CALL(mq_receive(q, sc_ro_page(), SIZE, NULL));
	count("end");
	CALL(mq_receive(q, sc_bad_page(), SIZE, NULL));
	mq_close(q);
	MUST(mq_unlink("/q"));

	q = mq_make("/big", O_RDWR | O_NONBLOCK, 2, MQ_BUFSZ);
	CALL(mq_send(q, out, MQ_BUFSZ, 0));
	CALL(mq_send(q, out, 4095, 0));
	for (int i = 0; i < 2; i++) {
		ssize_t n;

		memset(in, 0, sizeof(in));
		CALL(n = mq_receive(q, in, sizeof(in), NULL));
		sc_say("equal %d", n > 0 && memcmp(in, out, (size_t)n) == 0);
	}
	MUST(mq_unlink("/big"));
}
