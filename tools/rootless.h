/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run without privileges, in a user namespace (daemon/user_ns.h). For the front process, while it
 * has one thread.
 */
#ifndef TOOLS_ROOTLESS_H
#define TOOLS_ROOTLESS_H

/** rootless_enter() - user_ns_enter(). Return: 0, or -1 after saying why not. */
int rootless_enter(void);

/**
 * rootless_join() - the same, but into the user namespace of the process @pidfd of the same user, so
 * that its IPC namespace can be entered. Return: 0, or -1 after saying why not.
 */
int rootless_join(int pidfd);

/** rootless_join_peer() - rootless_join() of who made @sock. */
int rootless_join_peer(int sock);

#endif
