/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sets whose values programs may change without a call (ipc/sem_body.h): the daemon's side.
 *
 * Such a set is *frozen* or *thawed*. Frozen, its values are in the arena and all is as for any other
 * set. Thawed, they are in the shared body. Whoever looks a set up freezes it first
 * (sem_share_freeze(), in sem_obtain() and its like), which imports the values, and all other code
 * runs as if there were nothing else. sem_shares_thaw(), at the end of each call, gives sets back to
 * their clients that need nobody to look on: no sleepers, whom a change would have to be handed to,
 * and no undo entries.
 *
 * sem_share.c freezes, thaws and ends, sem_offer.c makes and gives.
 *
 * All is in the heap: a daemon that begins anew has no bodies, and its clients find theirs dead or
 * frozen. Whatever is read of a body is hostile.
 */
#ifndef IPC_SEM_SHARE_H
#define IPC_SEM_SHARE_H

#include "ipc/namespace.h"
#include "ipc/sem_body.h"

struct sem_record;

/** Sets of a namespace that have bodies at most: each costs a descriptor and a page. */
#define SEM_SHARES_MAX SEM_LIVES

/** sem_share_freeze_set() - for sem_share_freeze(). */
void sem_share_freeze_set(struct ipc_ns *ns, struct sem_record *rec);

/** sem_shares_thaw_all() - for sem_shares_thaw(). */
void sem_shares_thaw_all(struct ipc_ns *ns);

/** sem_shares_thaw() - the call is at its end: give back what may be given back. */
static inline void sem_shares_thaw(struct ipc_ns *ns)
{
	if (ns->sem_shares)
		sem_shares_thaw_all(ns);
}

/** sem_shares_freeze_all() - what every operation depends on has changed (kernel.sem). */
void sem_shares_freeze_all(struct ipc_ns *ns);

/**
 * sem_share_abandon() - the set has no body any more: its rights have changed, or it goes. Clients
 * find theirs frozen, ask, and get what the call says.
 */
void sem_share_abandon(struct ipc_ns *ns, struct sem_record *rec);

/** sem_shares_leave() - abandon all bodies that process @tgid was given: its rights may change. */
void sem_shares_leave(struct ipc_ns *ns, uint32_t tgid);

/**
 * sem_share_offer() - process @cred->tgid may have the body of set @id; it is made if need be.
 * @out: its fd is a copy, the caller's; so is its lives_fd.
 * Return: 0; -EINVAL, -EACCES (it must be able to read and to alter); -EBUSY: the set is not one
 * whose operations are simple now; -ENOSPC, -ENOMEM, -EMFILE: no room.
 */
int sem_share_offer(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id,
		    struct sem_offer *out);

/**
 * sem_share_lost() - for a handler of SIGBUS: was it one of these bodies that the thread looked at @addr?
 * Then there is something there now, and the set will have no body any more.
 */
bool sem_share_lost(const void *addr);

/** sem_shares_close() - with the namespace. */
void sem_shares_close(struct ipc_ns *ns);

#endif
