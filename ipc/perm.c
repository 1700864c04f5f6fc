/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Permission rules shared by the System V families. No state. */
#include "ipc/perm.h"

#include <errno.h>

bool ipc_in_group(const struct ipc_ns *ns, const struct ipc_cred *cred, uint32_t gid)
{
	if (cred->fsgid == gid)
		return true;
	for (uint32_t i = 0; i < cred->ngroups && i < IPC_MAX_GROUPS; i++)
		if (cred->groups[i] == gid)
			return true;
	return cred->more_groups && ns->env.in_group && ns->env.in_group(ns->env.ctx, cred, gid);
}

bool ipc_privileged_wrt(const struct ipc_ns *ns, const struct ipc_cred *cred, enum ipc_cap cap,
			uint32_t uid, uint32_t gid)
{
	return (cred->caps & cap) && (!ns->env.maps || ns->env.maps(ns->env.ctx, cred, uid, gid));
}

int ipc_perms(const struct ipc_ns *ns, const struct ipc_cred *cred,
	      const struct kern_ipc_perm *perm, uint32_t flag)
{
	uint32_t requested = ((flag >> 6) | (flag >> 3) | flag) & 07;
	uint32_t granted = perm->mode;

	if (cred->euid == perm->cuid || cred->euid == perm->uid)
		granted >>= 6;
	else if (ipc_in_group(ns, cred, perm->cgid) || ipc_in_group(ns, cred, perm->gid))
		granted >>= 3;
	if ((requested & ~granted & 07) && !(cred->caps & IPC_CAP_OWNER))
		return -EACCES;
	return 0;
}

int ipc_may_control(const struct ipc_cred *cred, const struct kern_ipc_perm *perm)
{
	if (cred->euid == perm->cuid || cred->euid == perm->uid || (cred->caps & IPC_CAP_SYS_ADMIN))
		return 0;
	return -EPERM;
}
