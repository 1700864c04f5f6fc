/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who somebody is, as somebody else sees it: process, user and group ids through the pid and user
 * namespaces of callers and of readers of the views, what groups and mappings they have, and who
 * pays for their queues. The server's answers to ipc/ and fuse/ about that, which know no tasks.
 */
#ifndef DAEMON_IDENTITIES_H
#define DAEMON_IDENTITIES_H

#include "daemon/server.h"

/** identities_env(), identities_hooks() - fill in the callbacks that are about identities; their
 * ctx is the server. */
void identities_env(struct ipc_env *env);
void identities_hooks(struct ipcns_fuse_hooks *hooks);

#endif
