/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What SIGEV_THREAD is below the C library: a netlink socket to which the kernel hands back the 32
 * bytes that came with the registration, the last one replaced by what happened: 1 a message, 2 the
 * registration was removed. The descriptor and the bytes are checked before the queue is.
 */
#include <linux/netlink.h>
#include <sys/socket.h>

#include "mq_common.h"

#define COOKIE 32

static int sock;

static void hear(const char *label)
{
	char bytes[64];
	ssize_t n = recv(sock, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n == -1) {
		sc_result(label, -1);
		return;
	}
	sc_say("%s: %zd bytes, '%.10s', last %d", label, n, bytes, bytes[COOKIE - 1]);
}

void scenario(void)
{
	static const char cookie[COOKIE] = "some cookie that is recognised";
	struct sigevent sev = {.sigev_notify = SIGEV_THREAD};
	mqd_t q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);
	int pair[2];

	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (sock == -1)
		sc_skip("no netlink sockets: %s", sc_errname(errno));
	sev.sigev_signo = sock;
	sev.sigev_value.sival_ptr = (void *)(uintptr_t)cookie;
	CALL(raw_mq_notify(q, &sev));
	mq_status("registered", q);
	hear("nothing yet");
	mq_put("send", q, "x", 0);
	hear("message");
	mq_take("drain", q);
	mq_put("send", q, "x", 0);
	hear("once only");
	mq_take("drain", q);

	CALL(raw_mq_notify(q, &sev));
	CALL(raw_mq_notify(q, &sev));
	CALL(raw_mq_notify(q, NULL));
	hear("removed");
	hear("no more");
	CALL(raw_mq_notify(q, &sev));
	CALL(close((int)MUST(dup(q))));
	hear("removed by close");

	CALL(raw_mq_notify(-1, &sev));
	hear("nothing from a failure");
	sev.sigev_value.sival_ptr = sc_bad_page();
	CALL(raw_mq_notify(q, &sev));
	CALL(raw_mq_notify(-1, &sev));
	sev.sigev_signo = -1;
	CALL(raw_mq_notify(-1, &sev));
	sev.sigev_value.sival_ptr = sc_page_end(COOKIE - 1);
	CALL(raw_mq_notify(q, &sev));
	sev.sigev_value.sival_ptr = sc_page_end(COOKIE);
	CALL(raw_mq_notify(q, &sev));
	sev.sigev_signo = (int)MUST(open("/dev/null", O_RDWR));
	CALL(raw_mq_notify(q, &sev));
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	sev.sigev_signo = pair[0];
	CALL(raw_mq_notify(q, &sev));
	sev.sigev_signo = q;
	CALL(raw_mq_notify(q, &sev));
	mq_status("none registered", q);

	/* A socket that is gone by then: the registration is used up all the same. */
	sev.sigev_signo = sock;
	sev.sigev_value.sival_ptr = (void *)(uintptr_t)cookie;
	CALL(raw_mq_notify(q, &sev));
	close(sock);
	mq_put("send", q, "x", 0);
	mq_status("used up", q);
}
