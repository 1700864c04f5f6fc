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
#include <time.h>

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

#define PAGE 4096u
/* ULONG_MAX - (1UL << 24), include/uapi/linux/shm.h: so much is no limit. */
#define SHMALL_NONE (UINT64_MAX - (1u << 24))

/* newseg(): will the kernel say ENOSPC? The sum over all segments is asked for only if it may. */
static bool is_full(uint64_t size)
{
	const uint64_t pages = size / PAGE + (size % PAGE != 0);
	struct shm_limits limit;
	struct shm_usage use;
	int max = backing_limits(&limit);

	if (max < 0 || size == 0 || size > limit.shmmax)
		return false;
	if ((uint64_t)max + 1 < limit.shmmni && limit.shmall >= SHMALL_NONE)
		return false;
	if (backing_usage(&use) < 0)
		return false;
	return (uint64_t)use.used_ids >= limit.shmmni || use.shm_tot > limit.shmall ||
	       pages > limit.shmall - use.shm_tot;
}

/*
 * What the kernel answers nobody here sees; but that it has no room for more segments can be an attack,
 * and the log is to say so. Who goes on trying is not looked at each time.
 */
#define FULL_MS 100

static void note_if_full(const struct call_ctx *c)
{
	struct server *srv = c->srv;
	struct timespec t;

	if (!srv->culprits)
		return;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);

	const uint64_t now = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;

	if (srv->full_ms && now - srv->full_ms < FULL_MS)
		return;
	if (!makes_new((int32_t)c->call.args[0], (int32_t)c->call.args[2]) ||
	    !is_full(c->call.args[1]))
		return;
	srv->full_ms = now;
	culprits_note(srv->culprits, CULPRIT_SHM, (pid_t)slot_notif(c->slot)->pid);
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
		note_if_full(c);
	}
	if (c->call.nr != CALL_SHMAT)
		server_usage_change(c->srv);
	return CALL_CONTINUE;
}
