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
#include <limits.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/receiver.h"
#include "daemon/server.h"
#include "daemon/signaller.h"
#include "seccomp/task_pidfd.h"

#ifndef PIDFD_SIGNAL_THREAD_GROUP
#define PIDFD_SIGNAL_THREAD_GROUP (1u << 1)
#endif

/* Last byte of the cookie (include/linux/mqueue.h, NOTIFY_WOKENUP and NOTIFY_REMOVED). */
enum { COOKIE_WOKEN_UP = 1, COOKIE_REMOVED = 2 };

/*
 * Without CAP_NET_ADMIN over its network namespace nobody may send to a netlink socket of most
 * protocols (netlink_allowed()). What is longer than any socket's buffer is refused after that is
 * checked, and before anything is looked at.
 */
static int may_send(int sock, const struct sockaddr_nl *addr)
{
	const size_t too_long = INT_MAX & ~4095;

	if (syscall(SYS_sendto, sock, "", too_long, MSG_DONTWAIT | MSG_NOSIGNAL, addr,
		    sizeof(*addr)) < 0 &&
	    errno == EPERM)
		return -EPERM;
	return 0;
}

int mq_notify_bind(int sock)
{
	struct sockaddr_nl addr;
	socklen_t len = sizeof(addr);

	if (getsockname(sock, (struct sockaddr *)&addr, &len) < 0)
		return -errno;
	if (!addr.nl_pid) {
		const struct sockaddr_nl any = {.nl_family = AF_NETLINK};

		if (bind(sock, (const struct sockaddr *)&any, sizeof(any)) < 0 ||
		    getsockname(sock, (struct sockaddr *)&addr, &len) < 0)
			return -errno;
	}
	return may_send(sock, &addr);
}

static void send_cookie(const struct mq_registration *reg, uint8_t what)
{
	struct sockaddr_nl addr;
	socklen_t len = sizeof(addr);
	uint8_t cookie[32];

	memcpy(cookie, reg->cookie, sizeof(cookie));
	cookie[31] = what;
	/*
	 * To that one socket, as netlink_sendskb(): without an address it is not bound and 0 would be
	 * the kernel, and the groups that it is a member of are not addressed.
	 */
	if (getsockname(reg->sock, (struct sockaddr *)&addr, &len) == 0 && addr.nl_pid) {
		addr.nl_groups = 0;
		(void)sendto(reg->sock, cookie, sizeof(cookie), MSG_DONTWAIT | MSG_NOSIGNAL,
			     (struct sockaddr *)&addr, len);
	}
	close(reg->sock);
}

/* __do_notify() compares self_exec_id: a new program never asked for the signal. */
static bool same_program(const struct task_ident *now, const struct mq_registration *reg)
{
	return now->start_time == reg->start_time && now->exec_id == reg->exec_id;
}

/* Without BPF an exec goes unseen; what it made of the process must still be the registrant's. */
static bool may_signal(const struct server *srv, const struct task_ident *to,
		       const struct mq_registration *reg)
{
	return task_probe_backend(srv->probe) != TASK_BACKEND_PROC || to->cred.uid == reg->uid;
}

/*
 * __do_notify() tells the sender's uid in the user namespace that the registration was made in. Then
 * send_signal_locked() takes that for an id of the sender's user namespace and translates it to the
 * registered process's, if that is another one. When we send the kernel does this last step, too, but
 * from our own namespace.
 */
static uint32_t sender_uid(struct server *srv, const struct mq_registration *reg,
			   const struct task_ident *to, const struct ipc_cred *by)
{
	uint32_t told = idmap_show(srv->idmap, IDMAP_UID, (pid_t)reg->tgid, reg->user_ns, by->uid);
	uint32_t uid;

	if (!idmap_take(srv->idmap, IDMAP_UID, (pid_t)by->tid, by->user_ns, told, &uid))
		uid = UINT32_MAX;
	if (to->user_ns != srv->own_user_ns)
		return uid;
	return idmap_show(srv->idmap, IDMAP_UID, (pid_t)reg->tgid, to->user_ns, uid);
}

static void send_signal(struct server *srv, const struct mq_registration *reg,
			const struct ipc_cred *by)
{
	siginfo_t si = {0};
	struct task_ident to;
	/* Opened first: who is then found to be the registrant is who gets the signal. */
	int pidfd = task_pidfd_open((pid_t)reg->tgid);

	/* __do_notify() sends nothing for signal 0. */
	if (!reg->signo || pidfd < 0 || task_identify(srv->probe, (pid_t)reg->tgid, -1, &to) < 0 ||
	    !same_program(&to, reg) || !may_signal(srv, &to, reg))
		goto out;
	si.si_signo = reg->signo;
	si.si_code = SI_MESGQ;
	si.si_pid = server_pid_in(srv, by->tgid, to.pid_ns);
	si.si_uid = sender_uid(srv, reg, &to, by);
	memcpy(&si.si_value, &reg->value, sizeof(si.si_value));

	*srv->notifying = (struct mq_signal){
		.pidfd = pidfd,
		.inner = to.pid_ns == srv->own_pid_ns || !to.tgid_numbers.count
				 ? 0
				 : (pid_t)to.tgid_numbers.nr[to.tgid_numbers.count - 1],
		.info = si,
	};
	return;
out:
	if (pidfd >= 0)
		close(pidfd);
}

static void send_from_here(const struct mq_signal *n)
{
	(void)syscall(SYS_pidfd_send_signal, n->pidfd, n->info.si_signo, &n->info,
		      PIDFD_SIGNAL_THREAD_GROUP);
}

static void take_waiting(void *arg)
{
	struct server_listener *l = arg;

	turn_lock(&l->srv->lock);
	receiver_take_waiting(l);
	turn_unlock(&l->srv->lock);
}

/* If need be from here, without the sender's number. */
static void send_inside(struct server_listener *l, const struct mq_signal *n)
{
	struct server *srv = l->srv;
	const struct signaller_meanwhile m = {.fd = l->fd, .call = take_waiting, .arg = l};

	turn_unlock(&srv->lock);

	int pid_ns = task_ns_open(n->pidfd, TASK_NS_PID);

	if (pid_ns < 0 || !signaller_send(srv->signaller, pid_ns, n->inner, &n->info, &m))
		send_from_here(n);
	if (pid_ns >= 0)
		close(pid_ns);
	turn_lock(&srv->lock);
}

void mq_notify_send(struct server_listener *l, struct mq_signal *n)
{
	if (n->pidfd < 0)
		return;
	receiver_take_waiting(l);
	if (n->inner && l->srv->signaller)
		send_inside(l, n);
	else
		send_from_here(n);
	/* What came in between is not too late: who is woken looks again whether it was received. */
	receiver_take_waiting(l);
	close(n->pidfd);
	n->pidfd = -1;
}

void mq_notify_deliver(void *ctx, const struct mq_registration *reg, const struct ipc_cred *by)
{
	if (reg->notify == SIGEV_SIGNAL)
		send_signal(ctx, reg, by);
	else if (reg->notify == SIGEV_THREAD)
		send_cookie(reg, COOKIE_WOKEN_UP);
}

void mq_notify_removed(void *ctx, const struct mq_registration *reg)
{
	(void)ctx;
	if (reg->notify == SIGEV_THREAD)
		send_cookie(reg, COOKIE_REMOVED);
}
