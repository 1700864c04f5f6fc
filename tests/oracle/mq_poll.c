/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * poll(2) and select(2) on queues: readable when a message is there, writable when there is room,
 * whatever the descriptor's access mode; a poller wakes when another process changes that. A
 * message handed to a waiting receiver never makes the queue readable.
 */
#include <poll.h>
#include <sys/select.h>

#include "mq_common.h"

static mqd_t q;

static void state(const char *label, int fd)
{
	struct pollfd p = {.fd = fd,
			   .events = POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM};
	int n = poll(&p, 1, 0);

	sc_say("%s: %d%s%s%s%s%s", label, n, p.revents & POLLIN ? " IN" : "",
	       p.revents & POLLOUT ? " OUT" : "", p.revents & POLLRDNORM ? " RDNORM" : "",
	       p.revents & POLLWRNORM ? " WRNORM" : "",
	       p.revents & ~(POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM) ? " more" : "");
}

static void polls(void *arg)
{
	struct pollfd p = {.fd = q, .events = (short)*(int *)arg};
	int n = poll(&p, 1, 6000);

	sc_say("poll = %d, revents %s", n,
	       p.revents == POLLIN    ? "IN"
	       : p.revents == POLLOUT ? "OUT"
				      : "others");
}

static void selects(void *arg)
{
	struct timeval limit = {6, 0};
	fd_set in;

	(void)arg;
	FD_ZERO(&in);
	FD_SET(q, &in);
	CALL(select(q + 1, &in, NULL, NULL, &limit));
	sc_say("set: %d", FD_ISSET(q, &in) != 0);
}

static void receiver(void *arg)
{
	(void)arg;
	mq_take("receive", mq_reopen("/q", O_RDONLY));
}

void scenario(void)
{
	int in = POLLIN;
	int out = POLLOUT;
	long start;
	mqd_t ro;
	mqd_t wo;
	pid_t pid;
	pid_t second;
	pid_t third;

	q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);
	ro = mq_reopen("/q", O_RDONLY);
	wo = mq_reopen("/q", O_WRONLY);
	state("empty", q);
	state("empty, O_RDONLY", ro);
	state("empty, O_WRONLY", wo);
	mq_put("send", q, "a", 0);
	state("half", q);
	mq_put("send", q, "b", 0);
	state("full", q);
	state("full, O_WRONLY", wo);
	mq_take("receive", q);
	mq_take("receive", q);
	state("empty", q);

	start = sc_mstime();
	{
		struct pollfd p = {.fd = q, .events = POLLIN};

		CALL(poll(&p, 1, 100));
	}
	sc_say_elapsed("timed out", start, 98, 2000);

	pid = sc_fork("poller", polls, &in);
	second = sc_fork("poller2", polls, &in);
	third = sc_fork("selector", selects, NULL);
	sc_wait_in(pid, SYS_poll);
	sc_wait_in(second, SYS_poll);
	sc_wait_in(third, -1);
	mq_put("send", q, "c", 0);
	sc_wait(pid);
	sc_wait(second);
	sc_wait(third);

	mq_put("fill", q, "d", 0);
	pid = sc_fork("poller", polls, &out);
	sc_wait_in(pid, SYS_poll);
	mq_take("receive", q);
	sc_wait(pid);
	mq_take("receive", q);

	pid = sc_fork("receiver", receiver, NULL);
	sc_wait_parked(pid);
	second = sc_fork("poller", polls, &in);
	sc_wait_in(second, SYS_poll);
	mq_put("to the receiver", q, "e", 0);
	sc_wait(pid);
	state("afterwards", q);
	sc_wait_in(second, SYS_poll);
	mq_put("to nobody", q, "f", 0);
	sc_wait(second);
	CALL(mq_unlink("/q"));
	state("unlinked", q);
}
