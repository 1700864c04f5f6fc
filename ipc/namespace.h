/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One virtual IPC namespace: its arenas, its limits, and what it needs of the outside.
 *
 * struct ipc_ns is the only thing in the heap and holds no state of its own: mappings, and the
 * environment by which ipc/ reaches the world without knowing it. All functions that take one run
 * on the thread of the namespace's event loop.
 */
#ifndef IPC_NAMESPACE_H
#define IPC_NAMESPACE_H

#include <time.h>

#include "ipc/ids.h"
#include "ipc/limits.h"
#include "ipc/quota.h"
#include "ipc/sleepers.h"

struct mq_record;
struct sem_shares;
struct ipc_slot;

/**
 * struct ipc_env - what ipc/ asks of its owner. All callbacks are called on the loop's thread and
 * must not call back into ipc/ for the same namespace, but for reading.
 * @alive: is the parked call's task still waiting (NOTIF_ID_VALID)?
 * @parked / @unparked: a slot went to sleep / left its queue (timers, signal watch).
 * @mq_notify: a queue's registration fires: deliver it (the registration is gone already).
 *     @by: credentials of the sender (siginfo's si_pid, si_uid).
 * @mq_unregister: a registration ends without delivery (a SIGEV_THREAD socket wants NOTIFY_REMOVED).
 * @mq_poll: readiness of the queue changed; waiters in poll(2) must be woken.
 * @in_group: is @gid among the supplementary groups of @cred, of which not all are in it? NULL: no.
 * @maps: are @uid and @gid mapped in @cred's user namespace? NULL: yes.
 * @purses: who pays for @cred's queues besides itself: into @above[@size], from the inside out; how
 *     many. NULL: nobody.
 * @segments: bytes of shared memory, for quotas; NULL: none.
 * @segment_sysctl: read or write (@write) the text of kernel.@name of those who have the segments: bytes or
 *     negative errno; NULL: there are none.
 * @limits_changed: a sysctl that is a limit was written, perhaps with what it was; NULL: nobody wants to know.
 * @reserve_shift: address space that the arenas reserve, halved so many times: 160 GiB is much where
 *     thousands of namespaces share a process.
 * @uid, @gid: who makes the namespace, and so owns its directory of queues.
 * @few_descriptors: do not keep the arenas' files open; the directory must be as long as the namespace.
 * @now: the current CLOCK_REALTIME; NULL: clock_gettime(2). Tests set it.
 */
struct mq_registration;
struct ipc_env {
	void *ctx;
	bool (*alive)(void *ctx, const struct ipc_slot *s);
	void (*parked)(void *ctx, struct ipc_slot *s);
	void (*unparked)(void *ctx, struct ipc_slot *s);
	void (*mq_notify)(void *ctx, const struct mq_registration *reg, const struct ipc_cred *by);
	void (*mq_unregister)(void *ctx, const struct mq_registration *reg);
	void (*mq_poll)(void *ctx, aref mq);
	bool (*in_group)(void *ctx, const struct ipc_cred *cred, uint32_t gid);
	bool (*maps)(void *ctx, const struct ipc_cred *cred, uint32_t uid, uint32_t gid);
	uint32_t (*purses)(void *ctx, const struct ipc_cred *cred, struct ipc_purse *above,
			   uint32_t size);
	struct timespec (*now)(void *ctx);
	uint64_t (*segments)(void *ctx);
	ssize_t (*segment_sysctl)(void *ctx, const char *name, bool write, char *buf, size_t len);
	void (*limits_changed)(void *ctx);
	unsigned reserve_shift;
	uint32_t uid, gid;
	bool few_descriptors;
};

#define IPC_PID_BUCKETS 512u

/** Root of the namespace's own arena. */
struct ipc_ns_root {
	struct ipc_limits limits;
	struct ipc_quota quota;
	struct {
		uint32_t count;
		aref bucket[IPC_PID_BUCKETS];
	} pids; /* ipc/pids.h */
};

struct ipc_ns {
	struct ipc_env env;
	struct ipc_ns_root *root;
	struct arena ns;    /* limits, numbers of processes */
	struct arena calls; /* slots and what they own */
	struct arena msg_rec, msg_body;
	struct arena sem_rec, sem_body;
	struct arena mq_rec, mq_body;
	struct sem_shares *sem_shares; /* ipc/sem_share.h; NULL: none yet */
};

/**
 * ipc_ns_create() - make the arena files of an empty namespace in directory @dirfd (on a tmpfs).
 * @env: copied. Return: 0 or negative errno; on error nothing is left in @ns (files may be).
 */
int ipc_ns_create(struct ipc_ns *ns, int dirfd, const struct ipc_env *env);
void ipc_ns_close(struct ipc_ns *ns);

/** ipc_now() - CLOCK_REALTIME as objects' times use it. */
struct timespec ipc_now(const struct ipc_ns *ns);

static inline struct ipc_limits *ipc_limits(const struct ipc_ns *ns)
{
	return &ns->root->limits;
}

static inline struct ipc_quota *ipc_quota(const struct ipc_ns *ns)
{
	return &ns->root->quota;
}

#endif
