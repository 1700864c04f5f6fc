/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Time limits that need no waiting: an absolute time that has passed gives ETIMEDOUT only if the
 * call would block; an invalid one gives EINVAL at once, even if it would not; O_NONBLOCK gives
 * EAGAIN whatever the limit says. A limit that ends beyond what the kernel can count is no limit.
 */
#include "mq_common.h"

static const struct {
	const char *label;
	struct timespec ts;
} limits[] = {
	{"zero", {0, 0}},
	{"1970", {1, 999999999}},
	{"nsec 1000000000", {1, 1000000000}},
	{"nsec -1", {1, -1}},
	{"nsec LONG_MAX", {1, LONG_MAX}},
	{"sec -1", {-1, 0}},
	{"sec LONG_MIN", {LONG_MIN, 0}},
	{"future but nsec -1", {2000000000, -1}},
};

void scenario(void)
{
	mqd_t q = mq_make("/q", O_RDWR, 1, 8);
	mqd_t nonblock = mq_reopen("/q", O_RDWR | O_NONBLOCK);
	struct timespec far = {LONG_MAX, 999999999};
	char buf[8];

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const struct timespec *ts = &limits[i].ts;
		struct mq_attr a;

		sc_say("%s", limits[i].label);
		CALL_Q("  receive, empty", raw_mq_receive(q, buf, 8, NULL, ts));
		CALL_Q("  receive, empty, O_NONBLOCK", raw_mq_receive(nonblock, buf, 8, NULL, ts));
		CALL_Q("  send, room", raw_mq_send(q, "room", 4, 0, ts));
		MUST(mq_getattr(q, &a));
		if (a.mq_curmsgs == 0)
			MUST(mq_send(q, "fill", 4, 0));
		CALL_Q("  send, full", raw_mq_send(q, "full", 4, 0, ts));
		CALL_Q("  send, full, O_NONBLOCK", raw_mq_send(nonblock, "full", 4, 0, ts));
		CALL_Q("  receive, one there", raw_mq_receive(q, buf, 8, NULL, ts));
		MUST(mq_getattr(q, &a));
		if (a.mq_curmsgs != 0)
			MUST(mq_receive(q, buf, 8, NULL));
		CALL_Q("  mq_timedreceive, empty", mq_timedreceive(q, buf, 8, NULL, ts));
	}
	CALL(mq_timedsend(q, "far", 3, 0, &far));
	CALL(mq_timedreceive(q, buf, 8, NULL, &far));
	CALL(raw_mq_receive(q, buf, 8, NULL, sc_bad_page()));
	CALL(raw_mq_send(q, "x", 1, 0, sc_bad_page()));
	mq_show("end", q);
}
