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

#endif
