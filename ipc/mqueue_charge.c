/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who pays for queues: RLIMIT_MSGQUEUE, counted as inc_rlimit_ucounts() does (kernel/ucount.c).
 *
 * A user is one of a user namespace: the same uid has other purses in other ones. What it makes is
 * also paid for by who made its user namespace, out of the limit that the maker had at that time, and
 * so on to the initial one. All of them pay or none does; a queue remembers who they were, as
 * namespaces may be gone when it goes.
 */
#include "ipc/mqueue_impl.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static aref *user_link(struct ipc_ns *ns, uint64_t user_ns, uint32_t uid)
{
	aref *link = &mq_root(ns)->user[uid % MQ_USER_BUCKETS];

	while (*link) {
		struct mq_user *u = arena_ptr(&ns->mq_rec, *link);

		if (u->uid == uid && u->user_ns == user_ns)
			break;
		link = &u->next;
	}
	return link;
}

static int pay(struct ipc_ns *ns, const struct ipc_purse *purse, uint64_t bytes)
{
	aref *link = user_link(ns, purse->user_ns, purse->uid);
	struct mq_user *u = arena_ptr(&ns->mq_rec, *link);
	uint64_t sum;

	/* inc_rlimit_ucounts() counts in a long and reports its overflow as LONG_MAX. */
	if (__builtin_add_overflow(u ? u->bytes : 0, bytes, &sum) || sum >= LONG_MAX ||
	    sum > purse->max)
		return -EMFILE;
	if (!u) {
		aref ref;
		int r = arena_alloc(&ns->mq_rec, sizeof(*u), &ref);

		if (r < 0)
			return r;
		u = arena_ptr(&ns->mq_rec, ref);
		*u = (struct mq_user){.user_ns = purse->user_ns, .uid = purse->uid};
		*link = ref;
	}
	u->bytes = sum;
	return 0;
}

static void pay_back(struct ipc_ns *ns, const struct ipc_purse *purse, uint64_t bytes)
{
	aref *link = user_link(ns, purse->user_ns, purse->uid);
	aref ref = *link;
	struct mq_user *u = arena_ptr(&ns->mq_rec, ref);

	if (!u)
		return;
	u->bytes -= bytes;
	if (u->bytes == 0) {
		*link = u->next;
		arena_free(&ns->mq_rec, ref, sizeof(*u));
	}
}

static int keep(struct ipc_ns *ns, const struct ipc_purse *above, uint32_t n, struct mq_charge *out)
{
	if (n == 0)
		return 0;
	int r = arena_alloc(&ns->mq_rec, n * sizeof(*above), &out->above);

	if (r < 0)
		return r;
	memcpy(arena_ptr(&ns->mq_rec, out->above), above, n * sizeof(*above));
	out->levels = n;
	return 0;
}

int mq_charge(struct ipc_ns *ns, const struct ipc_cred *cred, uint64_t bytes, uint64_t rlimit,
	      struct mq_charge *out)
{
	struct ipc_purse purse[1 + IPC_USER_LEVELS] = {
		{.user_ns = cred->user_ns, .uid = cred->uid, .max = rlimit}};
	uint32_t n = 1, paid = 0;
	int r = 0;

	if (ns->env.purses)
		n += ns->env.purses(ns->env.ctx, cred, purse + 1, IPC_USER_LEVELS);
	while (r == 0 && paid < n) {
		r = pay(ns, &purse[paid], bytes);
		paid += r == 0;
	}
	*out = (struct mq_charge){.user_ns = cred->user_ns, .uid = cred->uid, .bytes = bytes};
	if (r == 0)
		r = keep(ns, purse + 1, n - 1, out);
	while (r < 0 && paid > 0)
		pay_back(ns, &purse[--paid], bytes);
	return r;
}

void mq_discharge(struct ipc_ns *ns, const struct mq_charge *c)
{
	const struct ipc_purse own = {.user_ns = c->user_ns, .uid = c->uid};
	const struct ipc_purse *above = arena_ptr(&ns->mq_rec, c->above);

	pay_back(ns, &own, c->bytes);
	for (uint32_t i = 0; i < c->levels; i++)
		pay_back(ns, &above[i], c->bytes);
	if (c->levels)
		arena_free(&ns->mq_rec, c->above, c->levels * sizeof(*above));
}
