/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * i386's structures, as an x86-64 kernel reads and writes them: include/linux/compat.h,
 * asm-generic/compat.h, arch/x86/include/asm/compat.h. "Old" ones are those without IPC_64: 16-bit
 * ids, counts and pids, 32-bit times.
 *
 * The kernel reads only what IPC_SET needs of a *_ds, and only the head of a sigevent: so do the
 * sizes here, as a structure may end at the last byte of a mapping.
 */
#include <stddef.h>
#include <string.h>

#include "seccomp/abi_impl.h"

/* What high2lowuid() makes of an id that does not fit: the default of kernel.overflowuid. */
#define OVERFLOW_ID 65534u

struct ipc64_perm32 {
	int32_t key;
	uint32_t uid, gid, cuid, cgid;
	uint16_t mode, pad1, seq, pad2;
	uint32_t unused[2];
};

struct ipc_perm32 {
	int32_t key;
	uint16_t uid, gid, cuid, cgid;
	uint16_t mode, seq;
};

struct msqid64_ds32 {
	struct ipc64_perm32 perm;
	uint32_t stime, stime_high, rtime, rtime_high, ctime, ctime_high;
	uint32_t cbytes, qnum, qbytes;
	int32_t lspid, lrpid;
	uint32_t unused[2];
};

struct msqid_ds32 {
	struct ipc_perm32 perm;
	uint32_t first, last;
	int32_t stime, rtime, ctime;
	uint32_t lcbytes, lqbytes;
	uint16_t cbytes, qnum, qbytes, lspid, lrpid;
};

struct semid64_ds32 {
	struct ipc64_perm32 perm;
	uint32_t otime, otime_high, ctime, ctime_high;
	uint32_t nsems, unused[2];
};

struct semid_ds32 {
	struct ipc_perm32 perm;
	int32_t otime, ctime;
	uint32_t base, pending, pending_last, undo;
	uint16_t nsems;
};

struct shmid64_ds32 {
	struct ipc64_perm32 perm;
	uint32_t segsz;
	uint32_t atime, atime_high, dtime, dtime_high, ctime, ctime_high;
	int32_t cpid, lpid;
	uint32_t nattch, unused[2];
};

struct shmid_ds32 {
	struct ipc_perm32 perm;
	int32_t segsz;
	int32_t atime, dtime, ctime;
	uint16_t cpid, lpid, nattch, unused;
	uint32_t unused2, unused3;
};

struct shminfo64_32 {
	uint32_t shmmax, shmmin, shmmni, shmseg, shmall, unused[4];
};

struct shminfo32 {
	int32_t shmmax, shmmin, shmmni, shmseg, shmall;
};

struct shm_info32 {
	int32_t used_ids;
	uint32_t shm_tot, shm_rss, shm_swp, swap_attempts, swap_successes;
};

struct mq_attr32 {
	int32_t flags, maxmsg, msgsize, curmsgs, reserved[4];
};

struct sigevent32 {
	uint32_t value;
	int32_t signo, notify, thread_id;
};

_Static_assert(sizeof(struct msqid64_ds32) == 88, "compat_msqid64_ds");
_Static_assert(sizeof(struct msqid_ds32) == 56, "compat_msqid_ds");
_Static_assert(sizeof(struct semid64_ds32) == 64, "compat_semid64_ds");
_Static_assert(sizeof(struct semid_ds32) == 44, "compat_semid_ds");

_Static_assert(sizeof(struct shmid64_ds32) == 84, "compat_shmid64_ds");
_Static_assert(sizeof(struct shmid_ds32) == 48, "compat_shmid_ds");

#define END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

static void put(struct abi_bytes *out, const void *from, size_t len)
{
	out->len = (uint32_t)len;
	memcpy(out->data, from, len);
}

static struct ipc64_perm32 perm64(const struct kern_ipc_perm *p)
{
	return (struct ipc64_perm32){
		.key = p->key,
		.uid = p->uid,
		.gid = p->gid,
		.cuid = p->cuid,
		.cgid = p->cgid,
		.mode = (uint16_t)p->mode,
		.seq = (uint16_t)p->seq,
	};
}

static uint16_t low_id(uint32_t id)
{
	return (uint16_t)(id > UINT16_MAX ? OVERFLOW_ID : id);
}

static struct ipc_perm32 perm_old(const struct kern_ipc_perm *p)
{
	return (struct ipc_perm32){
		.key = p->key,
		.uid = low_id(p->uid),
		.gid = low_id(p->gid),
		.cuid = low_id(p->cuid),
		.cgid = low_id(p->cgid),
		.mode = (uint16_t)p->mode,
		.seq = (uint16_t)p->seq,
	};
}

static uint32_t high(int64_t v)
{
	return (uint32_t)((uint64_t)v >> 32);
}

void abi_i386_put_msqid_ds(enum ipc_abi abi, const struct msg_stat *st, int lspid, int lrpid,
			   struct abi_bytes *out)
{
	if (abi == ABI_I386_OLD) {
		struct msqid_ds32 old;

		memset(&old, 0, sizeof(old));
		old.perm = perm_old(&st->perm);
		old.stime = (int32_t)st->stime;
		old.rtime = (int32_t)st->rtime;
		old.ctime = (int32_t)st->ctime;
		old.cbytes = (uint16_t)st->cbytes;
		old.qnum = (uint16_t)st->qnum;
		old.qbytes = (uint16_t)st->qbytes;
		old.lspid = (uint16_t)lspid;
		old.lrpid = (uint16_t)lrpid;
		put(out, &old, sizeof(old));
		return;
	}

	const struct msqid64_ds32 ds = {
		.perm = perm64(&st->perm),
		.stime = (uint32_t)st->stime,
		.stime_high = high(st->stime),
		.rtime = (uint32_t)st->rtime,
		.rtime_high = high(st->rtime),
		.ctime = (uint32_t)st->ctime,
		.ctime_high = high(st->ctime),
		.cbytes = (uint32_t)st->cbytes,
		.qnum = (uint32_t)st->qnum,
		.qbytes = (uint32_t)st->qbytes,
		.lspid = lspid,
		.lrpid = lrpid,
	};

	put(out, &ds, sizeof(ds));
}

void abi_i386_put_semid_ds(enum ipc_abi abi, const struct sem_stat *st, struct abi_bytes *out)
{
	if (abi == ABI_I386_OLD) {
		struct semid_ds32 old;

		memset(&old, 0, sizeof(old));
		old.perm = perm_old(&st->perm);
		old.otime = (int32_t)st->otime;
		old.ctime = (int32_t)st->ctime;
		old.nsems = (uint16_t)st->nsems;
		put(out, &old, sizeof(old));
		return;
	}

	const struct semid64_ds32 ds = {
		.perm = perm64(&st->perm),
		.otime = (uint32_t)st->otime,
		.otime_high = high(st->otime),
		.ctime = (uint32_t)st->ctime,
		.ctime_high = high(st->ctime),
		.nsems = (uint32_t)st->nsems,
	};

	put(out, &ds, sizeof(ds));
}

void abi_i386_put_shmid_ds(enum ipc_abi abi, const struct shm_stat *st, int cpid, int lpid,
			   struct abi_bytes *out)
{
	if (abi == ABI_I386_OLD) {
		struct shmid_ds32 old;

		memset(&old, 0, sizeof(old));
		old.perm = perm_old(&st->perm);
		old.segsz = (int32_t)st->size;
		old.atime = (int32_t)st->atime;
		old.dtime = (int32_t)st->dtime;
		old.ctime = (int32_t)st->ctime;
		old.cpid = (uint16_t)cpid;
		old.lpid = (uint16_t)lpid;
		old.nattch = (uint16_t)st->nattch;
		put(out, &old, sizeof(old));
		return;
	}

	const struct shmid64_ds32 ds = {
		.perm = perm64(&st->perm),
		.segsz = (uint32_t)st->size,
		.atime = (uint32_t)st->atime,
		.atime_high = high(st->atime),
		.dtime = (uint32_t)st->dtime,
		.dtime_high = high(st->dtime),
		.ctime = (uint32_t)st->ctime,
		.ctime_high = high(st->ctime),
		.cpid = cpid,
		.lpid = lpid,
		.nattch = (uint32_t)st->nattch,
	};

	put(out, &ds, sizeof(ds));
}

/* copy_compat_shminfo_to_user(): the largest size is cut to what an int holds, in both forms. */
void abi_i386_put_shminfo(enum ipc_abi abi, const struct shm_limits *info, struct abi_bytes *out)
{
	const uint32_t shmmax = info->shmmax > INT32_MAX ? INT32_MAX : (uint32_t)info->shmmax;

	if (abi == ABI_I386_OLD) {
		const struct shminfo32 old = {
			.shmmax = (int32_t)shmmax,
			.shmmin = (int32_t)info->shmmin,
			.shmmni = (int32_t)info->shmmni,
			.shmseg = (int32_t)info->shmseg,
			.shmall = (int32_t)info->shmall,
		};

		put(out, &old, sizeof(old));
		return;
	}

	const struct shminfo64_32 si = {
		.shmmax = shmmax,
		.shmmin = (uint32_t)info->shmmin,
		.shmmni = (uint32_t)info->shmmni,
		.shmseg = (uint32_t)info->shmseg,
		.shmall = (uint32_t)info->shmall,
	};

	put(out, &si, sizeof(si));
}

void abi_i386_put_shm_info(const struct shm_usage *info, struct abi_bytes *out)
{
	const struct shm_info32 si = {
		.used_ids = info->used_ids,
		.shm_tot = (uint32_t)info->shm_tot,
		.shm_rss = (uint32_t)info->shm_rss,
		.shm_swp = (uint32_t)info->shm_swp,
		.swap_attempts = (uint32_t)info->swap_attempts,
		.swap_successes = (uint32_t)info->swap_successes,
	};

	put(out, &si, sizeof(si));
}

void abi_i386_put_mq_attr(const struct mq_attr_val *attr, struct abi_bytes *out)
{
	const struct mq_attr32 a = {
		.flags = (int32_t)attr->flags,
		.maxmsg = (int32_t)attr->maxmsg,
		.msgsize = (int32_t)attr->msgsize,
		.curmsgs = (int32_t)attr->curmsgs,
	};

	put(out, &a, sizeof(a));
}

uint32_t abi_i386_sizeof_msqid_ds(enum ipc_abi abi)
{
	return abi == ABI_I386_OLD ? END_OF(struct msqid_ds32, qbytes)
				   : END_OF(struct msqid64_ds32, qbytes);
}

uint32_t abi_i386_sizeof_semid_ds(enum ipc_abi abi)
{
	return abi == ABI_I386_OLD ? sizeof(struct ipc_perm32) : sizeof(struct ipc64_perm32);
}

uint32_t abi_i386_sizeof_shmid_ds(enum ipc_abi abi)
{
	return abi == ABI_I386_OLD ? sizeof(struct ipc_perm32) : sizeof(struct ipc64_perm32);
}

uint32_t abi_i386_sizeof_mq_attr(void)
{
	return sizeof(struct mq_attr32);
}

uint32_t abi_i386_sizeof_timespec(enum ipc_abi abi)
{
	return abi == ABI_I386_OLD ? 8 : 16;
}

uint32_t abi_i386_sizeof_sigevent(void)
{
	return sizeof(struct sigevent32);
}

/* get_compat_ipc_perm(): a 16-bit -1 is 65535, no "unchanged". */
static void take_perm(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out)
{
	if (abi == ABI_I386_OLD) {
		struct ipc_perm32 p;

		memcpy(&p, in->data, sizeof(p));
		*out = (struct abi_ipc_set){.uid = p.uid, .gid = p.gid, .mode = p.mode};
	} else {
		struct ipc64_perm32 p;

		memcpy(&p, in->data, sizeof(p));
		*out = (struct abi_ipc_set){.uid = p.uid, .gid = p.gid, .mode = p.mode};
	}
}

void abi_i386_get_msqid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out)
{
	take_perm(abi, in, out);
	if (abi == ABI_I386_OLD) {
		uint16_t qbytes;

		memcpy(&qbytes, in->data + offsetof(struct msqid_ds32, qbytes), sizeof(qbytes));
		out->qbytes = qbytes;
	} else {
		uint32_t qbytes;

		memcpy(&qbytes, in->data + offsetof(struct msqid64_ds32, qbytes), sizeof(qbytes));
		out->qbytes = qbytes;
	}
}

void abi_i386_get_semid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out)
{
	take_perm(abi, in, out);
}

void abi_i386_get_shmid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out)
{
	take_perm(abi, in, out);
}

void abi_i386_get_mq_attr(const struct abi_bytes *in, struct mq_attr_val *out)
{
	struct mq_attr32 a;

	memcpy(&a, in->data, sizeof(a));
	*out = (struct mq_attr_val){
		.flags = a.flags,
		.maxmsg = a.maxmsg,
		.msgsize = a.msgsize,
		.curmsgs = a.curmsgs,
	};
}

void abi_i386_get_timespec(enum ipc_abi abi, const struct abi_bytes *in, struct timespec *out)
{
	if (abi == ABI_I386_OLD) {
		int32_t t[2];

		memcpy(t, in->data, sizeof(t));
		*out = (struct timespec){.tv_sec = t[0], .tv_nsec = t[1]};
	} else {
		int64_t t[2];

		/* get_timespec64(): the upper half of tv_nsec is padding for a 32-bit caller. */
		memcpy(t, in->data, sizeof(t));
		*out = (struct timespec){.tv_sec = t[0], .tv_nsec = t[1] & 0xffffffff};
	}
}

void abi_i386_get_sigevent(const struct abi_bytes *in, struct abi_sigevent *out)
{
	struct sigevent32 ev;

	memcpy(&ev, in->data, sizeof(ev));
	*out = (struct abi_sigevent){.notify = ev.notify, .signo = ev.signo, .value = ev.value};
}
