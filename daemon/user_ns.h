/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Doing without privileges: in a user namespace where only the user's own ids are mapped, to
 * themselves, so that everybody in it is who he was. For a process that has one thread: the front of
 * a run (tools/rootless.h) and a user's service.
 */
#ifndef DAEMON_USER_NS_H
#define DAEMON_USER_NS_H

#include <stdbool.h>

/** capability_in_effect() - is @cap (CAP_x) among the effective ones? */
bool capability_in_effect(int cap);

/**
 * user_ns_wanted() - is this an ordinary user, who has to do without CAP_SYS_ADMIN? Not root in a
 * container that was denied it: it asked for something else than it would get.
 */
bool user_ns_wanted(void);

/**
 * user_ns_enter() - into a new user namespace and a mount namespace of it, with all capabilities
 * there until the next execve(2).
 * Return: 0; -ENOSPC: there are as many as user.max_user_namespaces allows; -EPERM, -EACCES: they
 * are forbidden; another negative errno.
 */
int user_ns_enter(void);

/** user_ns_remedy() - what to do about @err of user_ns_enter(), ": …" or "". */
const char *user_ns_remedy(int err);

#endif
