/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which changes wake an edge-triggered poller that asks for both directions: each send and each
 * receive, reported with the state of that moment; nothing after a failed call.
 */
#include <sys/epoll.h>

#include "mq_common.h"

static int ep;

static void events(const char *label)
{
	struct epoll_event ev = {0};
	int n = epoll_wait(ep, &ev, 1, 0);

	sc_say("%s: %d%s%s", label, n, n > 0 && ev.events & EPOLLIN ? " IN" : "",
	       n > 0 && ev.events & EPOLLOUT ? " OUT" : "");
}

void scenario(void)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
	mqd_t q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);

	ep = (int)MUST(epoll_create1(0));
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, q, &ev));
	events("added");
	events("no change");
	mq_put("send", q, "a", 0);
	events("half");
	events("no change");
	mq_put("send", q, "b", 0);
	events("full");
	mq_put("send", q, "c", 0);
	events("failed send");
	mq_take("receive", q);
	events("half");
	events("no change");
	mq_take("receive", q);
	events("empty");
	mq_take("receive", q);
	events("failed receive");
	mq_put("send", q, "d", 0);
	mq_take("receive", q);
	events("sent and received in between");
	events("no change");
}
