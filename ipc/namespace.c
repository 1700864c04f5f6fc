/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making and closing a namespace: one arena per family and part. */
#include "ipc/namespace.h"

#include <errno.h>
#include <string.h>

#include "ipc/config.h"
#include "ipc/mqueue_impl.h"
#include "ipc/msg.h"
#include "ipc/sem_private.h"

#define GIB (1ull << 30)

int ipc_ns_create(struct ipc_ns *ns, int dirfd, const struct ipc_env *env)
{
	/* Address space only: what a body can grow to is bounded by limits and by the tmpfs. */
	const struct {
		struct arena *arena;
		const char *name;
		size_t root;
		size_t now; /* of it; the rest is a table that is committed as it fills */
		size_t reserve;
		bool wanted;
	} files[] = {
		{&ns->ns, "ns", sizeof(struct ipc_ns_root), sizeof(struct ipc_ns_root), 64 << 20,
		 true},
		{&ns->calls, "calls", sizeof(struct slots_root), offsetof(struct slots_root, chunk),
		 4 * GIB, true},
		{&ns->msg_rec, "msg.records", sizeof(struct ipc_ids),
		 offsetof(struct ipc_ids, slot), GIB, IPCNS_WITH_MSG},
		{&ns->msg_body, "msg.bodies", 64, 64, 64 * GIB, IPCNS_WITH_MSG},
		{&ns->sem_rec, "sem.records", sizeof(struct sem_root),
		 offsetof(struct sem_root, ids.slot), 8 * GIB, IPCNS_WITH_SEM},
		{&ns->sem_body, "sem.bodies", 64, 64, 16 * GIB, IPCNS_WITH_SEM},
		{&ns->mq_rec, "mqueue.records", sizeof(struct mq_root), sizeof(struct mq_root),
		 4 * GIB, IPCNS_WITH_MQUEUE},
		{&ns->mq_body, "mqueue.bodies", 64, 64, 64 * GIB, IPCNS_WITH_MQUEUE},
	};
	int r = 0;

	memset(ns, 0, sizeof(*ns));
	ns->env = *env;
	for (size_t i = 0; r == 0 && i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i].wanted)
			r = arena_create_sparse(files[i].arena, dirfd, files[i].name, files[i].root,
						files[i].now,
						files[i].reserve >> env->reserve_shift);
	for (size_t i = 0; r == 0 && env->few_descriptors && i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i].wanted)
			arena_close_file(files[i].arena, dirfd, files[i].name);
	if (r == 0) {
		ns->root = arena_root(&ns->ns);
		ipc_limits_default(&ns->root->limits);
		ipc_quota_default(&ns->root->quota);
	}
	if (r == 0 && IPCNS_WITH_MSG)
		r = msg_init(ns);
	if (r == 0 && IPCNS_WITH_SEM)
		r = sem_init_ns(ns);
	if (r == 0 && IPCNS_WITH_MQUEUE)
		r = mqueue_init(ns);
	if (r < 0)
		ipc_ns_close(ns);
	return r;
}

void ipc_ns_close(struct ipc_ns *ns)
{
	struct arena *all[] = {&ns->ns,      &ns->calls,    &ns->msg_rec, &ns->msg_body,
			       &ns->sem_rec, &ns->sem_body, &ns->mq_rec,  &ns->mq_body};

	if (IPCNS_WITH_SHIM)
		sem_shares_close(ns);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		arena_close(all[i]);
	ns->root = NULL;
}

struct timespec ipc_now(const struct ipc_ns *ns)
{
	struct timespec t;

	if (ns->env.now)
		return ns->env.now(ns->env.ctx);
	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return t;
}
