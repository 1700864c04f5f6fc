/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run without privileges: in a user namespace where only the user's own ids are mapped, to
 * themselves, so that the command is who it was. For the front process, while it has one thread.
 */
#ifndef TOOLS_ROOTLESS_H
#define TOOLS_ROOTLESS_H

#include <stdbool.h>

/**
 * rootless_wanted() - is this an ordinary user, who has to do without CAP_SYS_ADMIN? Not root in a
 * container that was denied it: it asked for something else than it would get.
 */
bool rootless_wanted(void);

/**
 * rootless_enter() - into a new user namespace and a mount namespace of it, with all capabilities
 * there until the next execve(2). Return: 0, or -1 after saying why not.
 */
int rootless_enter(void);

/**
 * rootless_join() - the same, but into the user namespace of the process @pidfd of the same user, so
 * that its IPC namespace can be entered. Return: 0, or -1 after saying why not.
 */
int rootless_join(int pidfd);

#endif
