/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shmget, shmat, shmdt, shmctl: the kernel's own, in the namespace's backing kernel IPC namespace.
 *
 * The table of segments of such a namespace *is* the backing kernel namespace's: ids, creators,
 * nattch, charging, fork, exec and shm_rmid_forced are exact because they are the kernel's, and no
 * copy of it can go wrong or be lost. What the trap adds is the gate: a caller that has left the
 * backing namespace (setns(2), unshare(2)) must not reach another namespace's segments by it. The
 * arguments that decide are all registers (i386's ipc(2) included: the sub-call is one), so CONTINUE
 * has no race.
 *
 * Containers that never were in the backing namespace are calls_shm_foreign.c's.
 */
#include <errno.h>
#include <sys/shm.h>

#include "daemon/backing.h"
#include "daemon/calls.h"

/* A segment that is there already is not counted: ipcget_public(). */
static bool makes_new(int32_t key, int32_t flg)
{
	if (key == IPC_PRIVATE)
		return true;
	return (flg & IPC_CREAT) && backing_find(key) == -ENOENT;
}

/* Two callers at once may both pass; the lock makes that rare, and the next one is refused. */
int shm_check_quota(const struct call_ctx *c)
{
	const struct ipc_quota *q = ipc_quota(&c->srv->ns);
	uint64_t segments, bytes, size = c->call.args[1];

	if (q->shm == IPC_NO_QUOTA && q->bytes == IPC_NO_QUOTA)
		return 0;
	if (!makes_new((int32_t)c->call.args[0], (int32_t)c->call.args[2]))
		return 0;
	if (backing_totals(&segments, &bytes) < 0)
		return 0;
	return segments >= q->shm || !ipc_quota_bytes(&c->srv->ns, size) ? -ENOSPC : 0;
}

/*
 * Who left finds nothing that it had. A container that was given a kernel namespace which is not this
 * one's is served in another way; where that is not possible, it is on a kernel without segments.
 */
static enum call_next not_member(struct call_ctx *c)
{
	if (!c->srv->listener[c->slot->listener]->other_segments)
		return c->call.nr == CALL_SHMDT ? CALL_CONTINUE : call_result(c, -EINVAL);
	if (!c->srv->foreign)
		return call_result(c, -ENOSYS);
	return calls_shm_foreign(c);
}

enum call_next calls_shm(struct call_ctx *c)
{
	if (c->ident.ipc_ns != c->srv->backing_ipc_ns)
		return not_member(c);
	/* Of members only containers' profiles and i386's ipc(2) bring it. */
	if (c->call.nr == CALL_SHMDT)
		return CALL_CONTINUE;
	if (c->call.nr == CALL_SHMGET) {
		int r = shm_check_quota(c);

		if (r < 0)
			return call_result(c, r);
	}
	if (c->call.nr != CALL_SHMAT)
		server_usage_change(c->srv);
	return CALL_CONTINUE;
}
