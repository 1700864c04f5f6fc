/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tasks that are members of a kernel IPC namespace. */
#ifndef DAEMON_MEMBERS_H
#define DAEMON_MEMBERS_H

#include <stdint.h>

/**
 * members_kill() - SIGKILL every process whose /proc/PID/ns/ipc is @ipc_ns, but the caller, until
 * none is left (bounded: a fork bomb gets a hundred rounds).
 * Return: how many were killed.
 */
unsigned members_kill(uint64_t ipc_ns);

#endif
