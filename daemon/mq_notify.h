/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Telling a process that a message arrived: mq_notify(3)'s signal and thread kinds. */
#ifndef DAEMON_MQ_NOTIFY_H
#define DAEMON_MQ_NOTIFY_H

#include <signal.h>

#include "ipc/mqueue.h"

struct server;
struct server_listener;

/** mq_notify_deliver() - ipc_env.mq_notify: __do_notify() of ipc/mqueue.c. Closes reg->sock. */
void mq_notify_deliver(void *ctx, const struct mq_registration *reg, const struct ipc_cred *by);
/** mq_notify_removed() - ipc_env.mq_unregister: remove_notification(). Closes reg->sock. */
void mq_notify_removed(void *ctx, const struct mq_registration *reg);

/**
 * struct mq_signal - one that is to be sent. @pidfd: to whom; -1: there is none. @inner: its number in
 * its pid namespace, if that is one below the daemon's; else 0.
 */
struct mq_signal {
	int pidfd;
	pid_t inner;
	siginfo_t info;
};

/**
 * mq_notify_send() - send what server.notifying took up while a message was sent, and first see to it
 * that the signal ends no call that natively finds the message: receiver_take_waiting(). A signal into
 * another pid namespace makes it give up the lock. To be called by the thread of @l, the sender's
 * listener, before the sender is answered: natively the signal is there when mq_send(3) returns.
 */
void mq_notify_send(struct server_listener *l, struct mq_signal *n);

/**
 * mq_notify_bind() - make @sock (the registrant's netlink socket) addressable, so that its own
 * descriptor can send to it. Return: 0 or negative errno; -EPERM: the daemon part may not, as a user
 * without privileges.
 */
int mq_notify_bind(int sock);

#endif
