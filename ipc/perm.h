/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may do what to a System V object: the kernel's ipcperms() and ipcctl_obtain_check(). */
#ifndef IPC_PERM_H
#define IPC_PERM_H

#include "ipc/namespace.h"

/**
 * ipc_perms() - may @cred do what @flag asks (S_IRUGO for read, S_IWUGO for alter; of all three
 * digits the highest asked counts, as callers of *get may give any mode)?
 * Source: ipcperms(), ipc/util.c. Return: 0 or -EACCES.
 */
int ipc_perms(const struct ipc_ns *ns, const struct ipc_cred *cred,
	      const struct kern_ipc_perm *perm, uint32_t flag);

/** ipc_may_control() - IPC_SET, IPC_RMID: owner, creator or CAP_SYS_ADMIN. Return: 0 or -EPERM. */
int ipc_may_control(const struct ipc_cred *cred, const struct kern_ipc_perm *perm);

/** ipc_in_group() - is @gid the fs gid or a supplementary group (in_group_p())? */
bool ipc_in_group(const struct ipc_ns *ns, const struct ipc_cred *cred, uint32_t gid);

/**
 * ipc_privileged_wrt() - does capability @cap (DAC_OVERRIDE, FOWNER) of @cred count for an inode of
 * @uid and @gid? Source: capable_wrt_inode_uidgid(), kernel/capability.c.
 */
bool ipc_privileged_wrt(const struct ipc_ns *ns, const struct ipc_cred *cred, enum ipc_cap cap,
			uint32_t uid, uint32_t gid);

#endif
