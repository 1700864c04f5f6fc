/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mq_getattr(3), mq_setattr(3) and the one call below them: only O_NONBLOCK may be set and only it
 * changes; new is read first, checked before the descriptor, and takes effect even when old cannot
 * be written (ipc/mqueue.c).
 */
#include "mq_common.h"

void scenario(void)
{
	mqd_t q = mq_make("/q", O_RDWR, 5, 24);
	struct mq_attr a = {
		.mq_flags = O_NONBLOCK, .mq_maxmsg = 9, .mq_msgsize = -4, .mq_curmsgs = 3};
	struct mq_attr old;
	struct mq_attr bad = {.mq_flags = O_NONBLOCK | O_APPEND};
	struct mq_attr none = {0};

	mq_show("fresh", q);
	mq_put("send", q, "a", 0);
	mq_put("send", q, "b", 0);
	mq_show("two sent", q);
	memset(&old, 0x55, sizeof(old));
	CALL(raw_mq_getsetattr(q, &a, &old));
	sc_say("old: flags %#lo maxmsg %ld msgsize %ld curmsgs %ld", old.mq_flags, old.mq_maxmsg,
	       old.mq_msgsize, old.mq_curmsgs);
	mq_show("the other fields are ignored", q);

	CALL(raw_mq_getsetattr(q, &bad, &old));
	bad.mq_flags = 1;
	CALL(raw_mq_getsetattr(q, &bad, NULL));
	bad.mq_flags = -1;
	CALL(raw_mq_getsetattr(q, &bad, NULL));
	bad.mq_flags = (long)(1LL << 40);
	CALL(raw_mq_getsetattr(q, &bad, NULL));
	CALL(raw_mq_getsetattr(-1, &bad, NULL));
	CALL(raw_mq_getsetattr(-1, &a, NULL));
	CALL(raw_mq_getsetattr(-1, NULL, NULL));
	CALL(raw_mq_getsetattr(-1, sc_bad_page(), NULL));
	CALL(raw_mq_getsetattr(-1, NULL, sc_bad_page()));
	CALL(raw_mq_getsetattr(q, NULL, NULL));
	CALL(raw_mq_getsetattr(q, sc_bad_page(), &old));
	CALL(raw_mq_getsetattr(q, NULL, sc_bad_page()));
	mq_show("unchanged", q);
	CALL(raw_mq_getsetattr(q, &none, sc_bad_page()));
	mq_show("changed though old faulted", q);
	CALL(raw_mq_getsetattr(q, &a, &a));
	sc_say("one structure for both: flags %#lo curmsgs %ld", a.mq_flags, a.mq_curmsgs);
	mq_show("and set", q);
	CALL(raw_mq_getsetattr(q, NULL, sc_page_end(sizeof(struct mq_attr) - 1)));
	CALL(raw_mq_getsetattr(q, NULL, sc_page_end(sizeof(struct mq_attr))));
}
