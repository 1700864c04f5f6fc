/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mqueue directory: names, inode numbers, owners, charges, and when a queue ends.
 *
 * Creating fills a record completely and links it into every index before linked is stored;
 * unlinking clears linked first. Whoever reads the indices therefore skips what is not linked, and
 * a record with neither name nor reference is a reservation that a restart may sweep.
 */
#include "ipc/mqueue_impl.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "ipc/perm.h"

/* sizeof(struct msg_msg) and sizeof(struct posix_msg_tree_node) of a 64-bit kernel: both are part
 * of what RLIMIT_MSGQUEUE counts (mq_overview(7)). */
#define MSG_MSG_SIZE 48u
#define TREE_NODE_SIZE 48u

/* ipc_ns_create() gives the family this much for its root. */
_Static_assert(sizeof(struct mq_root) <= 256u << 10, "root of mqueue.records");

struct mq_dir *mqueue_dir(const struct ipc_ns *ns)
{
	return &mq_root(ns)->dir;
}

struct mq_record *mq_get(const struct ipc_ns *ns, aref mq)
{
	return arena_ptr(&ns->mq_rec, mq);
}

uint64_t mqueue_count(const struct ipc_ns *ns)
{
	return mq_root(ns)->count;
}

int mqueue_init(struct ipc_ns *ns)
{
	struct mq_root *root = mq_root(ns);
	struct timespec now = mqueue_now(ns);

	root->next_ino = MQ_FIRST_INO;
	root->next_seq = 1;
	/* A weak seed is only slow under a deliberate attack on the hash; no reason to fail. */
	if (getrandom(&root->hash_seed, sizeof(root->hash_seed), GRND_NONBLOCK) < 0)
		root->hash_seed = (uint64_t)(uintptr_t)root;
	root->dir = (struct mq_dir){
		.mode = S_IFDIR | S_ISVTX | 0777,
		.uid = ns->env.uid, /* mqueue_get_inode(): of who mounts it */
		.gid = ns->env.gid,
		.size = 2 * MQ_DIRENT_SIZE,
		.atime = now,
		.mtime = now,
		.ctime = now,
	};
	return 0;
}

/* Hashes. */

static aref *name_bucket(const struct ipc_ns *ns, const char *name, size_t len)
{
	struct mq_root *root = mq_root(ns);
	uint64_t h = root->hash_seed ^ len;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 0x9e3779b97f4a7c15ull ^ (h >> 29);
	h ^= h >> 32;
	return &root->by_name[h % MQ_BUCKETS];
}

static aref *ino_bucket(const struct ipc_ns *ns, uint64_t ino)
{
	return &mq_root(ns)->by_ino[ino % MQ_BUCKETS];
}

aref mqueue_find(const struct ipc_ns *ns, const char *name, size_t len)
{
	for (aref ref = *name_bucket(ns, name, len); ref;) {
		const struct mq_record *q = mq_get(ns, ref);

		if (q->linked && q->name_len == len && memcmp(q->name, name, len) == 0)
			return ref;
		ref = q->next_by_name;
	}
	return 0;
}

aref mqueue_by_ino(const struct ipc_ns *ns, uint64_t ino)
{
	for (aref ref = *ino_bucket(ns, ino); ref;) {
		const struct mq_record *q = mq_get(ns, ref);

		if (q->ino == ino)
			return ref;
		ref = q->next_by_ino;
	}
	return 0;
}

static void unhash_name(struct ipc_ns *ns, aref mq)
{
	struct mq_record *q = mq_get(ns, mq);
	aref *link = name_bucket(ns, q->name, q->name_len);

	while (*link && *link != mq)
		link = &mq_get(ns, *link)->next_by_name;
	if (*link)
		*link = q->next_by_name;
}

static void unhash_ino(struct ipc_ns *ns, aref mq)
{
	struct mq_record *q = mq_get(ns, mq);
	aref *link = ino_bucket(ns, q->ino);

	while (*link && *link != mq)
		link = &mq_get(ns, *link)->next_by_ino;
	if (*link)
		*link = q->next_by_ino;
}

/* Directory order. */

aref mqueue_first(const struct ipc_ns *ns)
{
	return mq_root(ns)->first;
}

aref mqueue_next(const struct ipc_ns *ns, aref mq)
{
	return mq_get(ns, mq)->dir_next;
}

aref mqueue_below(const struct ipc_ns *ns, uint64_t ino)
{
	aref ref = mqueue_by_ino(ns, ino);

	/* The usual case: the entry where the last reading ended is still there. */
	if (ref && mq_get(ns, ref)->linked)
		return mqueue_next(ns, ref);
	for (ref = mqueue_first(ns); ref && mq_get(ns, ref)->ino >= ino;)
		ref = mqueue_next(ns, ref);
	return ref;
}

static void dir_changed(struct ipc_ns *ns, int64_t size)
{
	struct mq_dir *dir = mqueue_dir(ns);

	dir->size += (uint64_t)size;
	dir->atime = dir->mtime = dir->ctime = mqueue_now(ns);
}

static void dir_link(struct ipc_ns *ns, aref mq)
{
	struct mq_root *root = mq_root(ns);
	struct mq_record *q = mq_get(ns, mq);

	q->dir_prev = 0;
	q->dir_next = root->first;
	if (root->first)
		mq_get(ns, root->first)->dir_prev = mq;
	root->first = mq;
}

static void dir_unlink(struct ipc_ns *ns, aref mq)
{
	struct mq_record *q = mq_get(ns, mq);

	if (q->dir_prev)
		mq_get(ns, q->dir_prev)->dir_next = q->dir_next;
	else
		mq_root(ns)->first = q->dir_next;
	if (q->dir_next)
		mq_get(ns, q->dir_next)->dir_prev = q->dir_prev;
	q->dir_prev = q->dir_next = 0;
}

/* Permission. */

static int permission(const struct ipc_ns *ns, uint32_t mode, uint32_t uid, uint32_t gid,
		      const struct ipc_cred *cred, unsigned mask)
{
	if (cred->fsuid == uid)
		mode >>= 6;
	else if (ipc_in_group(ns, cred, gid))
		mode >>= 3;
	if ((mask & ~mode & 7) == 0 || ipc_privileged_wrt(ns, cred, IPC_CAP_DAC_OVERRIDE, uid, gid))
		return 0;
	return -EACCES;
}

int mqueue_permission(const struct ipc_ns *ns, const struct mq_record *q,
		      const struct ipc_cred *cred, unsigned mask)
{
	return permission(ns, q->mode, q->uid, q->gid, cred, mask);
}

int mqueue_dir_permission(const struct ipc_ns *ns, const struct ipc_cred *cred, unsigned mask)
{
	const struct mq_dir *dir = mqueue_dir(ns);

	return permission(ns, dir->mode, dir->uid, dir->gid, cred, mask);
}

int mqueue_may_unlink(const struct ipc_ns *ns, const struct ipc_cred *cred,
		      const struct mq_record *q)
{
	const struct mq_dir *dir = mqueue_dir(ns);
	int r = mqueue_dir_permission(ns, cred, 3);

	if (r < 0)
		return r;
	if (!(dir->mode & S_ISVTX) || cred->fsuid == q->uid || cred->fsuid == dir->uid ||
	    ipc_privileged_wrt(ns, cred, IPC_CAP_FOWNER, q->uid, q->gid))
		return 0;
	return -EPERM;
}

/* Life. */

static int check_attr(const struct ipc_limits *l, const struct ipc_cred *cred, int64_t maxmsg,
		      int64_t msgsize, uint64_t *bytes)
{
	bool hard = cred->caps & IPC_CAP_SYS_RESOURCE;

	if (maxmsg <= 0 || msgsize <= 0)
		return -EINVAL;
	if (maxmsg > (hard ? IPC_MQ_HARD_MSGMAX : (int64_t)l->mq_msg_max) ||
	    msgsize > (hard ? IPC_MQ_HARD_MSGSIZEMAX : (int64_t)l->mq_msgsize_max))
		return -EINVAL;

	uint64_t nodes = (uint64_t)maxmsg < IPC_MQ_PRIO_MAX ? (uint64_t)maxmsg : IPC_MQ_PRIO_MAX;
	uint64_t tree = (uint64_t)maxmsg * MSG_MSG_SIZE + nodes * TREE_NODE_SIZE;

	if (__builtin_mul_overflow((uint64_t)maxmsg, (uint64_t)msgsize, bytes) ||
	    __builtin_add_overflow(*bytes, tree, bytes))
		return -EOVERFLOW;
	return 0;
}

int mqueue_create(struct ipc_ns *ns, const struct ipc_cred *cred, const char *name, size_t len,
		  uint32_t mode, const struct mq_attr_val *attr, uint64_t rlimit, aref *out)
{
	const struct ipc_limits *l = ipc_limits(ns);
	struct mq_root *root = mq_root(ns);
	int64_t maxmsg = l->mq_msg_max < l->mq_msg_default ? l->mq_msg_max : l->mq_msg_default;
	int64_t msgsize = l->mq_msgsize_max < l->mq_msgsize_default ? l->mq_msgsize_max
								    : l->mq_msgsize_default;
	struct mq_charge paid;
	uint64_t bytes;
	aref ref;

	if (len > MQ_NAME_MAX)
		return -ENAMETOOLONG;
	if (root->count >= ipc_quota(ns)->mqueue)
		return -ENOSPC;
	if (root->count >= l->mq_queues_max && !(cred->caps & IPC_CAP_SYS_RESOURCE))
		return -ENOSPC;
	if (attr) {
		maxmsg = attr->maxmsg;
		msgsize = attr->msgsize;
	}
	int r = check_attr(l, cred, maxmsg, msgsize, &bytes);

	if (r < 0)
		return r;
	r = mq_charge(ns, cred, bytes, rlimit, &paid);
	if (r < 0)
		return r;
	r = arena_alloc(&ns->mq_rec, sizeof(struct mq_record), &ref);
	if (r < 0) {
		mq_discharge(ns, &paid);
		return r;
	}

	struct mq_record *q = mq_get(ns, ref);
	struct timespec now = mqueue_now(ns);

	*q = (struct mq_record){
		.ino = root->next_ino++,
		.mode = S_IFREG | (mode & 07777),
		.uid = cred->fsuid,
		.gid = cred->fsgid,
		.maxmsg = maxmsg,
		.msgsize = msgsize,
		.file_size = MQ_FILENT_SIZE,
		.atime = now,
		.mtime = now,
		.ctime = now,
		.first_seq = root->next_seq,
		.reg = {.sock = -1},
		.charge = paid,
		.name_len = (uint32_t)len,
	};
	memcpy(q->name, name, len);

	aref *by_ino = ino_bucket(ns, q->ino), *by_name = name_bucket(ns, name, len);

	q->next_by_ino = *by_ino;
	*by_ino = ref;
	q->next_by_name = *by_name;
	*by_name = ref;
	dir_link(ns, ref);
	root->count++;
	q->linked = 1; /* the commit */
	dir_changed(ns, MQ_DIRENT_SIZE);
	*out = ref;
	return 0;
}

void mqueue_unlink(struct ipc_ns *ns, aref mq)
{
	struct mq_record *q = mq_get(ns, mq);

	if (!q->linked)
		return;
	q->linked = 0; /* the commit */
	unhash_name(ns, mq);
	dir_unlink(ns, mq);
	dir_changed(ns, -MQ_DIRENT_SIZE);
	mqueue_reap(ns, mq);
}

void mqueue_ref(struct ipc_ns *ns, aref mq)
{
	mq_get(ns, mq)->refs++;
}

void mqueue_unref(struct ipc_ns *ns, aref mq)
{
	struct mq_record *q = mq_get(ns, mq);

	if (q->refs)
		q->refs--;
	mqueue_reap(ns, mq);
}

void mqueue_reap(struct ipc_ns *ns, aref mq)
{
	struct mq_record *q = mq_get(ns, mq);

	if (q->linked || q->refs || q->senders.count || q->receivers.count)
		return;
	mqueue_unregister(ns, q);
	unhash_ino(ns, mq);
	for (aref m = q->head; m;) {
		aref next = ipc_msg_get(&ns->mq_body, m)->next;

		ipc_msg_free(&ns->mq_body, m);
		m = next;
	}
	mq_discharge(ns, &q->charge);
	mq_root(ns)->count--;
	arena_free(&ns->mq_rec, mq, sizeof(*q));
}

void mqueue_setattr(struct ipc_ns *ns, aref mq, const struct mq_setattr *a)
{
	struct mq_record *q = mq_get(ns, mq);
	struct mq_dir *dir = mqueue_dir(ns);
	uint32_t *mode = q ? &q->mode : &dir->mode;

	if (a->set & MQ_SET_MODE)
		*mode = (*mode & S_IFMT) | (a->mode & 07777);
	if (a->set & MQ_SET_UID)
		*(q ? &q->uid : &dir->uid) = a->uid;
	if (a->set & MQ_SET_GID)
		*(q ? &q->gid : &dir->gid) = a->gid;
	if ((a->set & MQ_SET_SIZE) && q)
		q->file_size = a->size;
	if (a->set & MQ_SET_ATIME)
		*(q ? &q->atime : &dir->atime) = (struct timespec){.tv_sec = a->atime.tv_sec};
	if (a->set & MQ_SET_MTIME)
		*(q ? &q->mtime : &dir->mtime) = (struct timespec){.tv_sec = a->mtime.tv_sec};
	if (a->set & MQ_SET_CTIME)
		*(q ? &q->ctime : &dir->ctime) = mqueue_now(ns);
}
