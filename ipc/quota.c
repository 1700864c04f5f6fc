/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adding up what there is. Only a namespace that has a quota pays for it. */
#include "ipc/quota.h"

#include <errno.h>

#include "ipc/namespace.h"

void ipc_quota_default(struct ipc_quota *q)
{
	*q = (struct ipc_quota){
		.msg = IPC_NO_QUOTA,
		.sem = IPC_NO_QUOTA,
		.shm = IPC_NO_QUOTA,
		.mqueue = IPC_NO_QUOTA,
		.bytes = IPC_NO_QUOTA,
		.state = IPC_NO_QUOTA,
		.parked = IPC_NO_QUOTA,
	};
}

void ipc_quota_end(struct ipc_ns *ns)
{
	struct ipc_quota *q = ipc_quota(ns);

	q->msg = q->sem = q->shm = q->mqueue = 0;
	q->ended = true;
}

bool ipc_quota_bytes(const struct ipc_ns *ns, uint64_t more)
{
	const uint64_t quota = ipc_quota(ns)->bytes;

	if (quota == IPC_NO_QUOTA)
		return true;
	uint64_t used = ipc_bytes_used(ns);

	if (ns->env.segments)
		used += ns->env.segments(ns->env.ctx);
	return used <= quota && more <= quota - used;
}

bool ipc_quota_state(const struct ipc_ns *ns, uint64_t more)
{
	const uint64_t quota = ipc_quota(ns)->state;

	if (quota != IPC_NO_QUOTA) {
		const uint64_t used = ipc_bytes_used(ns);

		if (used > quota || more > quota - used)
			return false;
	}
	return ipc_quota_bytes(ns, more);
}

uint64_t ipc_bytes_used(const struct ipc_ns *ns)
{
	const struct arena *bodies[] = {&ns->msg_body, &ns->sem_body, &ns->mq_body};
	uint64_t used = 0;

	/* Parts that are left out of the build have no arena. */
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		used += bodies[i]->head ? arena_used(bodies[i]) : 0;
	return used;
}

int ipc_quota_parked(const struct ipc_ns *ns)
{
	const struct slots_root *root = arena_root(&ns->calls);

	if (ipc_quota(ns)->ended)
		return -EIDRM;
	return root->parked < ipc_quota(ns)->parked ? 0 : -ENOMEM;
}
