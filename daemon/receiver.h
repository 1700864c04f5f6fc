/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread of one listener. */
#ifndef DAEMON_RECEIVER_H
#define DAEMON_RECEIVER_H

#include "daemon/server.h"

/**
 * receiver_start() - receive and handle l->fd's notifications until no task has the filter; then
 * server_listener_gone(). Return: 0 or negative errno.
 */
int receiver_start(struct server_listener *l);

/**
 * receiver_take_waiting() - receive what @l's tasks have asked for meanwhile; it is handled after the
 * call that is being handled. A signal that the daemon is about to send would end such calls with
 * EINTR, though natively they would find what the signal tells of: no signal but a deadly one ends a
 * call that was received (SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV). For @l's own thread, with the lock.
 */
void receiver_take_waiting(struct server_listener *l);

#endif
