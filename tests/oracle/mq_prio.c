/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Priorities: 0 to 32767, higher first, first in first out among equals; EINVAL from 32768 on,
 * before the descriptor is looked at.
 */
#include "mq_common.h"

void scenario(void)
{
	static const unsigned int prios[] = {5, 0, 32767, 5, 1, 32766, 0, 5, 32767, 2};
	mqd_t q = mq_make("/q", O_RDWR | O_NONBLOCK, 10, 16);
	uint32_t seed = 12345;
	unsigned int model[10];
	unsigned int held = 0;
	unsigned int bad = 0;
	char buf[16];

	CALL(mq_send(q, "x", 1, 32768));
	CALL(mq_send(q, "x", 1, 65536));
	CALL(mq_send(q, "x", 1, UINT_MAX));
	CALL(mq_send(q, "x", 17, 32768));
	CALL(mq_send(-1, "x", 1, 32768));
	for (int i = 0; i < 10; i++) {
		char text[8];

		snprintf(text, sizeof(text), "m%d", i);
		mq_put("send", q, text, prios[i]);
	}
	mq_put("send to the full queue", q, "over", 32767);
	for (int i = 0; i < 4; i++)
		mq_take("receive", q);
	mq_put("in between", q, "late5", 5);
	mq_put("in between", q, "late9", 9);
	for (int i = 0; i < 9; i++)
		mq_take("receive", q);

	/* Against a model: every message carries its priority and a number that only grows. */
	for (unsigned int step = 0; step < 400; step++) {
		seed = seed * 1103515245U + 12345U;
		if ((seed >> 16) % 2 && held < 10) {
			unsigned int prio = (seed >> 20) % 5;
			unsigned int text[2] = {prio, step};

			MUST(mq_send(q, (char *)text, sizeof(text), prio));
			model[held++] = prio << 16 | (0xffff - step);
		} else if (held > 0) {
			unsigned int text[2];
			unsigned int prio;
			unsigned int best = 0;

			for (unsigned int i = 1; i < held; i++)
				if (model[i] > model[best])
					best = i;
			MUST(mq_receive(q, buf, sizeof(buf), &prio));
			memcpy(text, buf, sizeof(text));
			if (prio != text[0] || model[best] != (text[0] << 16 | (0xffff - text[1])))
				bad++;
			model[best] = model[--held];
		}
	}
	sc_say("400 random steps: %u out of order, %u left", bad, held);
	mq_show("queue", q);
}
