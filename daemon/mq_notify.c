/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SIGEV_SIGNAL is a queued SI_MESGQ signal. SIGEV_THREAD is glibc's and the kernel's private
 * protocol: the caller passes a netlink socket and a 32-byte cookie; its helper thread reads the
 * cookie back from that socket with the last byte saying what happened. Natively the kernel puts
 * the datagram into the socket's queue; here the daemon holds a duplicate of the socket and sends
 * to the socket's own address on it, which stays within the caller's network namespace.
 */
#include "daemon/mq_notify.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/server.h"

/* Last byte of the cookie (include/linux/mqueue.h, NOTIFY_WOKENUP and NOTIFY_REMOVED). */
enum { COOKIE_WOKEN_UP = 1, COOKIE_REMOVED = 2 };

int mq_notify_bind(int sock)
{
	struct sockaddr_nl addr;
	socklen_t len = sizeof(addr);

	if (getsockname(sock, (struct sockaddr *)&addr, &len) < 0)
		return -errno;
	if (addr.nl_pid)
		return 0;
	addr = (struct sockaddr_nl){.nl_family = AF_NETLINK};
	return bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? -errno : 0;
}

static void send_cookie(const struct mq_registration *reg, uint8_t what)
{
	struct sockaddr_nl addr;
	socklen_t len = sizeof(addr);
	uint8_t cookie[32];

	memcpy(cookie, reg->cookie, sizeof(cookie));
	cookie[31] = what;
	if (getsockname(reg->sock, (struct sockaddr *)&addr, &len) == 0)
		(void)sendto(reg->sock, cookie, sizeof(cookie), MSG_DONTWAIT | MSG_NOSIGNAL,
			     (struct sockaddr *)&addr, len);
	close(reg->sock);
}

/* __do_notify() compares self_exec_id: a new program never asked for the signal. */
static bool same_program(struct server *srv, const struct mq_registration *reg)
{
	struct task_ident ident;

	return task_identify(srv->probe, (pid_t)reg->tgid, -1, &ident) == 0 &&
	       ident.start_time == reg->start_time && ident.exec_id == reg->exec_id;
}

void mq_notify_deliver(void *ctx, const struct mq_registration *reg, const struct ipc_cred *by)
{
	siginfo_t si = {0};

	switch (reg->notify) {
	case SIGEV_SIGNAL:
		/* __do_notify() sends nothing for signal 0. */
		if (!reg->signo || !same_program(ctx, reg))
			break;
		si.si_signo = reg->signo;
		si.si_code = SI_MESGQ;
		si.si_pid = (pid_t)by->tgid;
		si.si_uid = by->uid;
		memcpy(&si.si_value, &reg->value, sizeof(si.si_value));
		(void)syscall(SYS_rt_sigqueueinfo, (pid_t)reg->tgid, reg->signo, &si);
		break;
	case SIGEV_THREAD:
		send_cookie(reg, COOKIE_WOKEN_UP);
		break;
	}
}

void mq_notify_removed(void *ctx, const struct mq_registration *reg)
{
	(void)ctx;
	if (reg->notify == SIGEV_THREAD)
		send_cookie(reg, COOKIE_REMOVED);
}
