/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Process numbers as nested pid namespaces show them.
 *
 * Records store pids of the daemon's own namespace. A reader in another one must see the number
 * there, also when the process is long dead: the kernel keeps a struct pid alive for that, and here
 * a table does, filled at each call of a process that lives in a nested pid namespace. It knows the
 * last process of a number only, as a recycled number's former owner cannot be asked for any more.
 */
#ifndef IPC_PIDS_H
#define IPC_PIDS_H

#include "ipc/namespace.h"

/** Levels of nesting below the daemon's own namespace: MAX_PID_NS_LEVEL, as deep as they can be. */
#define IPC_PID_LEVELS 32

/** struct ipc_pid_numbers - one process's numbers: in namespace ns[i] (inode) it is nr[i]. */
struct ipc_pid_numbers {
	uint32_t count; /* 0: it lives in the daemon's own namespace */
	uint32_t ns[IPC_PID_LEVELS], nr[IPC_PID_LEVELS];
};

/** pids_note() - remember the numbers of @pid; none forgets what was known. Best effort: no memory
 * means 0 for readers in nested namespaces. */
void pids_note(struct ipc_ns *ns, uint32_t pid, const struct ipc_pid_numbers *numbers);

/** pids_show() - @pid as namespace @pid_ns (not the daemon's own) shows it; 0: not visible there. */
uint32_t pids_show(const struct ipc_ns *ns, uint32_t pid, uint64_t pid_ns);

#endif
