/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the two halves of the mqueue family share: mqueue_dir.c (names and lifetime) and mqueue.c
 * (messages and sleepers). Nobody else includes this.
 *
 * The truth of a directory is: the records in by_ino, and each one's linked and refs. Names, order,
 * sizes, counts and charges follow from them and can be rebuilt.
 */
#ifndef IPC_MQUEUE_IMPL_H
#define IPC_MQUEUE_IMPL_H

#include "ipc/mqueue.h"

#define MQ_BUCKETS 2048u /* short chains with 10,000 queues; 16 KiB in every namespace */
#define MQ_USER_BUCKETS 128u

/** struct mq_user - bytes that one user's queues are charged with; exists while that is not 0. */
struct mq_user {
	uint64_t user_ns;
	uint32_t uid;
	aref next;
	uint64_t bytes;
};

/** The root of the mq_rec arena. */
struct mq_root {
	struct mq_dir dir;
	uint64_t next_ino;
	uint64_t
		next_seq; /* for ipc_msg.seq: one counter, so that it also dates messages and queues */
	uint64_t count;
	uint64_t hash_seed; /* names are chosen by strangers */
	aref first;	    /* newest linked queue */
	aref by_name[MQ_BUCKETS];
	aref by_ino[MQ_BUCKETS];
	aref user[MQ_USER_BUCKETS];
};

static inline struct mq_root *mq_root(const struct ipc_ns *ns)
{
	return arena_root(&ns->mq_rec);
}

/**
 * mqueue_now() - now, as a file of the mqueue file system is stamped: its superblock keeps the
 * default granularity (s_time_gran) of a second, so times are whole seconds.
 */
static inline struct timespec mqueue_now(const struct ipc_ns *ns)
{
	return (struct timespec){.tv_sec = ipc_now(ns).tv_sec};
}

/**
 * mq_charge() - @cred is to pay for @bytes within its @rlimit, and who made its user namespaces.
 * Return: 0; -EMFILE: one of them cannot; -ENOMEM, -ENOSPC arena. Then nobody has paid.
 */
int mq_charge(struct ipc_ns *ns, const struct ipc_cred *cred, uint64_t bytes, uint64_t rlimit,
	      struct mq_charge *out);
void mq_discharge(struct ipc_ns *ns, const struct mq_charge *c);

/** mqueue_reap() - free @mq if it has neither name, nor descriptors, nor sleepers. */
void mqueue_reap(struct ipc_ns *ns, aref mq);

/** mqueue_unregister() - end the registration, if any, without delivery. */
void mqueue_unregister(struct ipc_ns *ns, struct mq_record *q);

#endif
