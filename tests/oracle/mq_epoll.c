/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * epoll(7) on queues, level and edge triggered, one-shot, several queues in one set: a level stays
 * reported until it is drained, an edge comes anew with each message, also to a waiting epoll of
 * another process; a closed queue leaves the set.
 */
#include <sys/epoll.h>

#include "mq_common.h"

/* The call that epoll_wait(3) is: musl has one for both of its kinds. */
#ifdef __GLIBC__
#define EPOLL_CALL SYS_epoll_wait
#else
#define EPOLL_CALL SYS_epoll_pwait
#endif

static int ep;

static void add(mqd_t q, uint32_t events, uint32_t tag)
{
	struct epoll_event ev = {.events = events, .data.u32 = tag};

	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, q, &ev));
}

static void events(const char *label, int timeout)
{
	struct epoll_event evs[8];
	char text[128] = "";
	uint32_t seen[8] = {0};
	int n = epoll_wait(ep, evs, 8, timeout);

	/* Sorted by tag: the order within one call is not a rule. */
	for (int i = 0; i < n; i++)
		seen[evs[i].data.u32] = evs[i].events;
	for (unsigned int tag = 0; tag < 8; tag++)
		if (seen[tag])
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %u:%s%s", tag,
				 seen[tag] & EPOLLIN ? "IN" : "",
				 seen[tag] & EPOLLOUT ? "OUT" : "");
	sc_say("%s: %d%s", label, n, text);
}

static void waits(void *arg)
{
	(void)arg;
	events("woken", 6000);
}

static void again(const char *label, mqd_t q, const char *text)
{
	mq_put(label, q, text, 0);
	events("  edge", 0);
	events("  no edge", 0);
}

void scenario(void)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLONESHOT, .data.u32 = 3};
	mqd_t level = mq_make("/level", O_RDWR | O_NONBLOCK, 3, 8);
	mqd_t edge = mq_make("/edge", O_RDWR | O_NONBLOCK, 3, 8);
	mqd_t oneshot = mq_make("/oneshot", O_RDWR | O_NONBLOCK, 3, 8);
	mqd_t room = mq_make("/room", O_RDWR | O_NONBLOCK, 1, 8);
	pid_t pid;

	ep = (int)MUST(epoll_create1(EPOLL_CLOEXEC));
	add(level, EPOLLIN, 1);
	add(edge, EPOLLIN | EPOLLET, 2);
	add(oneshot, EPOLLIN | EPOLLONESHOT, 3);
	add(room, EPOLLOUT, 4);
	events("room only", 0);
	mq_put("fill", room, "f", 0);
	events("nothing", 0);

	mq_put("level", level, "a", 0);
	events("level", 0);
	events("level again", 0);
	mq_take("drain", level);
	events("drained", 0);

	again("edge", edge, "b");
	again("edge, undrained", edge, "c");
	mq_take("drain", edge);
	mq_take("drain", edge);
	events("drained", 0);
	again("edge, drained", edge, "d");
	mq_take("drain", edge);

	mq_put("one-shot", oneshot, "e", 0);
	events("one-shot", 0);
	mq_put("one-shot", oneshot, "f", 0);
	events("disarmed", 0);
	MUST(epoll_ctl(ep, EPOLL_CTL_MOD, oneshot, &ev));
	events("armed again", 0);
	mq_take("drain", oneshot);
	mq_take("drain", oneshot);

	pid = sc_fork("waits", waits, NULL);
	sc_wait_in(pid, EPOLL_CALL);
	mq_put("edge", edge, "g", 0);
	sc_wait(pid);
	mq_take("drain", edge);
	pid = sc_fork("waits", waits, NULL);
	sc_wait_in(pid, EPOLL_CALL);
	mq_take("make room", room);
	sc_wait(pid);
	mq_put("fill", room, "f", 0);

	mq_put("level", level, "h", 0);
	events("before close", 0);
	mq_close(level);
	events("after close", 0);
}
