/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the manager's files ask of each other. Nobody else includes this. */
#ifndef DAEMON_MANAGER_IMPL_H
#define DAEMON_MANAGER_IMPL_H

#include "daemon/manager.h"

/* manager.c */

/** manager_lock() - ns_lock() with the manager's patience. Return: 0 or -ETIMEDOUT. */
int manager_lock(struct ns_thread *ns);
/** manager_arm_usage_timer() - have changes of use told, and idle namespaces ended, in a moment. */
void manager_arm_usage_timer(struct manager *m);

/* manager_life.c */

/** manager_tell_started() and so on - call the hooks. */
void manager_tell_started(struct manager *m, struct ns_thread *ns);
void manager_tell_failed(struct manager *m, struct ns_thread *ns);
void manager_tell_removed(struct manager *m, struct ns_thread *ns);
void manager_tell_usage(struct manager *m, struct ns_thread *ns);
void manager_tell_limits(struct manager *m, struct ns_thread *ns);
/** manager_end_idle_ones() - of those that may be idle. */
void manager_end_idle_ones(struct manager *m);

#endif
