/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Telling a process that a message arrived: mq_notify(3)'s signal and thread kinds. */
#ifndef DAEMON_MQ_NOTIFY_H
#define DAEMON_MQ_NOTIFY_H

#include "ipc/mqueue.h"

/** mq_notify_deliver() - ipc_env.mq_notify: __do_notify() of ipc/mqueue.c. Closes reg->sock. */
void mq_notify_deliver(void *ctx, const struct mq_registration *reg, const struct ipc_cred *by);
/** mq_notify_removed() - ipc_env.mq_unregister: remove_notification(). Closes reg->sock. */
void mq_notify_removed(void *ctx, const struct mq_registration *reg);

/**
 * mq_notify_bind() - make @sock (the registrant's netlink socket) addressable, so that its own
 * descriptor can send to it. Return: 0 or negative errno.
 */
int mq_notify_bind(int sock);

#endif
