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
 */
#include <errno.h>

#include "daemon/calls.h"

enum call_next calls_shm(struct call_ctx *c)
{
	/* Only i386's ipc(2) brings it: it unmaps what was attached before, wherever the caller is. */
	if (c->call.nr == CALL_SHMDT)
		return CALL_CONTINUE;
	if (c->ident.ipc_ns != c->srv->backing_ipc_ns)
		return call_result(c, -EINVAL);
	if (c->call.nr != CALL_SHMAT)
		server_segments_change(c->srv);
	return CALL_CONTINUE;
}
