/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What msg.c and msg_ctl.c share. For nobody else. */
#ifndef IPC_MSG_PRIVATE_H
#define IPC_MSG_PRIVATE_H

#include "ipc/msg.h"

static inline struct ipc_ids *msg_ids(const struct ipc_ns *ns)
{
	return arena_root(&ns->msg_rec);
}

static inline struct msg_record *msg_record_get(const struct ipc_ns *ns, aref ref)
{
	return arena_ptr(&ns->msg_rec, ref);
}

/* Record of an id, sequence checked; *@q is NULL on error. */
static inline int msg_obtain(struct ipc_ns *ns, int32_t id, aref *ref, struct msg_record **q)
{
	int r = ids_lookup(msg_ids(ns), &ns->msg_rec, id, ref);

	*q = r == 0 ? msg_record_get(ns, *ref) : NULL;
	return r;
}

/** msg_admit_senders() - room came to be: let the parked senders in whose messages fit now. */
void msg_admit_senders(struct ipc_ns *ns, struct msg_record *q);

#endif
