/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tasks of a namespace that nobody guards any more, front processes and guardians having been
 * killed. They are under a seccomp filter, and members of the backing kernel IPC namespace; or, if
 * they have left that by unshare(2), see one of our views mounted. Who has got rid of both is not
 * found; nothing but the filter, of which the kernel keeps no list, tells of him.
 */
#ifndef DAEMON_MEMBERS_H
#define DAEMON_MEMBERS_H

#include <stdint.h>

/**
 * members_kill() - SIGKILL the tasks of the namespace until none is found (bounded: a fork bomb gets
 * a hundred rounds).
 * @ipc_ns: inode of the backing IPC namespace; @st_dev: of the views, as stat(2) has it.
 * Return: how many were killed.
 */
unsigned members_kill(uint64_t ipc_ns, uint64_t st_dev);

#endif
