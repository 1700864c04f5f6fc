/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the operator allows a namespace beyond the kernel's limits. No capability in the namespace
 * is a way past a quota. What is there already when one is lowered stays.
 *
 * The kernel has none of these; a call that meets one gets the errno of the like limit: too many
 * objects are ENOSPC as with msgmni, semmni, shmmni and queues_max; bytes are ENOMEM where the
 * kernel would have had to allocate them, and ENOSPC for a segment, as with shmall.
 */
#ifndef IPC_QUOTA_H
#define IPC_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

struct ipc_ns;

#define IPC_NO_QUOTA UINT64_MAX

/**
 * struct ipc_quota - IPC_NO_QUOTA where there is none.
 * @msg, @sem, @shm, @mqueue: objects of each family.
 * @bytes: messages, semaphores and segments together, as their memory is allocated.
 * @state: the same without segments, which the kernel charges to who makes them.
 * @parked: calls that wait at the same time.
 */
struct ipc_quota {
	uint64_t msg, sem, shm, mqueue;
	uint64_t bytes, state, parked;
	bool ended; /* ipc_quota_end() */
};

/** ipc_quota_default() - none. */
void ipc_quota_default(struct ipc_quota *q);

/** ipc_bytes_used() - by messages and semaphores, as their memory is allocated; segments not. */
uint64_t ipc_bytes_used(const struct ipc_ns *ns);
/** ipc_quota_bytes() - is there room for @more bytes? Asks env.segments if there is a quota. */
bool ipc_quota_bytes(const struct ipc_ns *ns, uint64_t more);

/** ipc_quota_state() - the same for what is no segment, which has a quota of its own besides. */
bool ipc_quota_state(const struct ipc_ns *ns, uint64_t more);

/**
 * ipc_quota_end() - nothing can be made any more, and nothing waits: for a namespace that is destroyed,
 * by who removes its objects. Bytes are as before, because a queue that was unlinked works while it is
 * open, and by ids there is nothing left to send to. Quotas are not set after this.
 */
void ipc_quota_end(struct ipc_ns *ns);

/** ipc_quota_parked() - may one more call wait? Return: 0; -ENOMEM; -EIDRM after ipc_quota_end(). */
int ipc_quota_parked(const struct ipc_ns *ns);

/** ipc_lower() - the one of a limit and a quota that counts. */
static inline uint32_t ipc_lower(uint32_t limit, uint64_t quota)
{
	return quota < limit ? (uint32_t)quota : limit;
}

#endif
