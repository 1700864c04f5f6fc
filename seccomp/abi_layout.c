/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Structures in the caller's memory: those of 64-bit ABIs, and the way to i386's, which are in a file
 * of their own. Anything that is reserved is written as zero, as the kernel does.
 *
 * x86-64 and arm64 agree in all but semid64_ds: arm64 has asm-generic/sembuf.h's, x86-64 one with a
 * word after each time (arch/x86/include/uapi/asm/sembuf.h), as if it were a 32-bit one. Types are
 * written here and not taken from glibc, whose are of the machine that compiles. struct msginfo and
 * struct seminfo are all ints and the same everywhere.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

#include "seccomp/abi_impl.h"

/* asm-generic/ipcbuf.h, of both */
struct ipc64_perm64 {
	int32_t key;
	uint32_t uid, gid, cuid, cgid, mode;
	uint16_t seq, pad2;
	uint64_t unused[2];
};

/* asm-generic/msgbuf.h and x86's, the same in 64 bits */
struct msqid64_ds64 {
	struct ipc64_perm64 perm;
	int64_t stime, rtime, ctime;
	uint64_t cbytes, qnum, qbytes;
	int32_t lspid, lrpid;
	uint64_t unused[2];
};

struct semid64_ds_x86_64 {
	struct ipc64_perm64 perm;
	int64_t otime;
	uint64_t unused1;
	int64_t ctime;
	uint64_t unused2, nsems, unused[2];
};

struct semid64_ds_generic {
	struct ipc64_perm64 perm;
	int64_t otime, ctime;
	uint64_t nsems, unused[2];
};

/* asm-generic/shmbuf.h, of both */
struct shmid64_ds64 {
	struct ipc64_perm64 perm;
	uint64_t segsz;
	int64_t atime, dtime, ctime;
	int32_t cpid, lpid;
	uint64_t nattch, unused[2];
};

struct shminfo64_64 {
	uint64_t shmmax, shmmin, shmmni, shmseg, shmall, unused[4];
};

struct shm_info64 {
	int32_t used_ids, pad;
	uint64_t shm_tot, shm_rss, shm_swp, swap_attempts, swap_successes;
};

struct mq_attr64 {
	int64_t flags, maxmsg, msgsize, curmsgs, reserved[4];
};

struct timespec64 {
	int64_t sec, nsec;
};

/* Its head, that is all the calls look at; but all of it is copied in. */
struct sigevent64 {
	uint64_t value;
	int32_t signo, notify;
	uint8_t rest[48];
};

_Static_assert(sizeof(struct ipc64_perm64) == 48, "ipc64_perm");
_Static_assert(sizeof(struct msqid64_ds64) == 120, "msqid64_ds");
_Static_assert(sizeof(struct semid64_ds_x86_64) == 104, "semid64_ds of x86-64");
_Static_assert(sizeof(struct semid64_ds_generic) == 88, "semid64_ds of asm-generic");
_Static_assert(sizeof(struct shmid64_ds64) == 112, "shmid64_ds");
_Static_assert(sizeof(struct shminfo64_64) == 72, "shminfo64");
_Static_assert(sizeof(struct shm_info64) == 48, "shm_info");
_Static_assert(sizeof(struct mq_attr64) == 64, "mq_attr");
_Static_assert(sizeof(struct sigevent64) == 64, "sigevent");

static bool is_i386(enum ipc_abi abi)
{
	return abi == ABI_I386 || abi == ABI_I386_OLD;
}

static void put(struct abi_bytes *out, const void *from, size_t len)
{
	out->len = (uint32_t)len;
	memcpy(out->data, from, len);
}

static struct ipc64_perm64 perm64(const struct kern_ipc_perm *p)
{
	return (struct ipc64_perm64){
		.key = p->key,
		.uid = p->uid,
		.gid = p->gid,
		.cuid = p->cuid,
		.cgid = p->cgid,
		.mode = (uint16_t)p->mode, /* umode_t in the kernel */
		.seq = (uint16_t)p->seq,
	};
}

void abi_put_msqid_ds(enum ipc_abi abi, const struct msg_stat *st, int lspid, int lrpid,
		      struct abi_bytes *out)
{
	const struct msqid64_ds64 ds = {
		.perm = perm64(&st->perm),
		.stime = st->stime,
		.rtime = st->rtime,
		.ctime = st->ctime,
		.cbytes = st->cbytes,
		.qnum = st->qnum,
		.qbytes = st->qbytes,
		.lspid = lspid,
		.lrpid = lrpid,
	};

	if (is_i386(abi)) {
		abi_i386_put_msqid_ds(abi, st, lspid, lrpid, out);
		return;
	}
	put(out, &ds, sizeof(ds));
}

void abi_put_msginfo(enum ipc_abi abi, const struct msg_info *info, struct abi_bytes *out)
{
	struct msginfo mi;

	(void)abi;
	/* It ends in two bytes of padding, which an initializer may leave as they are. */
	memset(&mi, 0, sizeof(mi));
	mi.msgpool = info->msgpool;
	mi.msgmap = info->msgmap;
	mi.msgmax = info->msgmax;
	mi.msgmnb = info->msgmnb;
	mi.msgmni = info->msgmni;
	mi.msgssz = info->msgssz;
	mi.msgtql = info->msgtql;
	mi.msgseg = info->msgseg;
	put(out, &mi, sizeof(mi));
}

void abi_put_semid_ds(enum ipc_abi abi, const struct sem_stat *st, struct abi_bytes *out)
{
	if (is_i386(abi)) {
		abi_i386_put_semid_ds(abi, st, out);
	} else if (abi == ABI_X86_64) {
		const struct semid64_ds_x86_64 ds = {
			.perm = perm64(&st->perm),
			.otime = st->otime,
			.ctime = st->ctime,
			.nsems = st->nsems,
		};

		put(out, &ds, sizeof(ds));
	} else {
		const struct semid64_ds_generic ds = {
			.perm = perm64(&st->perm),
			.otime = st->otime,
			.ctime = st->ctime,
			.nsems = st->nsems,
		};

		put(out, &ds, sizeof(ds));
	}
}

void abi_put_seminfo(enum ipc_abi abi, const struct sem_info *info, struct abi_bytes *out)
{
	struct seminfo si = {
		.semmap = info->semmap,
		.semmni = info->semmni,
		.semmns = info->semmns,
		.semmnu = info->semmnu,
		.semmsl = info->semmsl,
		.semopm = info->semopm,
		.semume = info->semume,
		.semusz = info->semusz,
		.semvmx = info->semvmx,
		.semaem = info->semaem,
	};

	(void)abi;
	put(out, &si, sizeof(si));
}

void abi_put_shmid_ds(enum ipc_abi abi, const struct shm_stat *st, int cpid, int lpid,
		      struct abi_bytes *out)
{
	const struct shmid64_ds64 ds = {
		.perm = perm64(&st->perm),
		.segsz = st->size,
		.atime = st->atime,
		.dtime = st->dtime,
		.ctime = st->ctime,
		.cpid = cpid,
		.lpid = lpid,
		.nattch = st->nattch,
	};

	if (is_i386(abi)) {
		abi_i386_put_shmid_ds(abi, st, cpid, lpid, out);
		return;
	}
	put(out, &ds, sizeof(ds));
}

void abi_put_shminfo(enum ipc_abi abi, const struct shm_limits *info, struct abi_bytes *out)
{
	const struct shminfo64_64 si = {
		.shmmax = info->shmmax,
		.shmmin = info->shmmin,
		.shmmni = info->shmmni,
		.shmseg = info->shmseg,
		.shmall = info->shmall,
	};

	if (is_i386(abi)) {
		abi_i386_put_shminfo(abi, info, out);
		return;
	}
	put(out, &si, sizeof(si));
}

void abi_put_shm_info(enum ipc_abi abi, const struct shm_usage *info, struct abi_bytes *out)
{
	const struct shm_info64 si = {
		.used_ids = info->used_ids,
		.shm_tot = info->shm_tot,
		.shm_rss = info->shm_rss,
		.shm_swp = info->shm_swp,
		.swap_attempts = info->swap_attempts,
		.swap_successes = info->swap_successes,
	};

	if (is_i386(abi)) {
		abi_i386_put_shm_info(info, out);
		return;
	}
	put(out, &si, sizeof(si));
}

void abi_put_mq_attr(enum ipc_abi abi, const struct mq_attr_val *attr, struct abi_bytes *out)
{
	const struct mq_attr64 a = {
		.flags = attr->flags,
		.maxmsg = attr->maxmsg,
		.msgsize = attr->msgsize,
		.curmsgs = attr->curmsgs,
	};

	if (is_i386(abi)) {
		abi_i386_put_mq_attr(attr, out);
		return;
	}
	put(out, &a, sizeof(a));
}

uint32_t abi_sizeof_mtype(enum ipc_abi abi)
{
	return is_i386(abi) ? 4 : 8;
}

uint32_t abi_sizeof_msqid_ds(enum ipc_abi abi)
{
	return is_i386(abi) ? abi_i386_sizeof_msqid_ds(abi) : sizeof(struct msqid64_ds64);
}

uint32_t abi_sizeof_semid_ds(enum ipc_abi abi)
{
	if (is_i386(abi))
		return abi_i386_sizeof_semid_ds(abi);
	if (abi == ABI_X86_64)
		return sizeof(struct semid64_ds_x86_64);
	return sizeof(struct semid64_ds_generic);
}

uint32_t abi_sizeof_shmid_ds(enum ipc_abi abi)
{
	return is_i386(abi) ? abi_i386_sizeof_shmid_ds(abi) : sizeof(struct shmid64_ds64);
}

uint32_t abi_sizeof_mq_attr(enum ipc_abi abi)
{
	return is_i386(abi) ? abi_i386_sizeof_mq_attr() : sizeof(struct mq_attr64);
}

uint32_t abi_sizeof_timespec(enum ipc_abi abi)
{
	return is_i386(abi) ? abi_i386_sizeof_timespec(abi) : sizeof(struct timespec64);
}

uint32_t abi_sizeof_sigevent(enum ipc_abi abi)
{
	return is_i386(abi) ? abi_i386_sizeof_sigevent() : sizeof(struct sigevent64);
}

void abi_get_msqid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out)
{
	struct msqid64_ds64 ds;

	if (is_i386(abi)) {
		abi_i386_get_msqid_ds(abi, in, out);
		return;
	}
	memcpy(&ds, in->data, sizeof(ds));
	*out = (struct abi_ipc_set){
		.uid = ds.perm.uid,
		.gid = ds.perm.gid,
		.mode = (uint16_t)ds.perm.mode,
		.qbytes = ds.qbytes,
	};
}

void abi_get_semid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out)
{
	/* Both forms begin with it, and IPC_SET wants no more. */
	struct ipc64_perm64 perm;

	if (is_i386(abi)) {
		abi_i386_get_semid_ds(abi, in, out);
		return;
	}
	memcpy(&perm, in->data, sizeof(perm));
	*out = (struct abi_ipc_set){
		.uid = perm.uid,
		.gid = perm.gid,
		.mode = (uint16_t)perm.mode,
	};
}

void abi_get_shmid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out)
{
	if (is_i386(abi)) {
		abi_i386_get_shmid_ds(abi, in, out);
		return;
	}
	/* The same begin, and IPC_SET wants no more. */
	abi_get_semid_ds(abi, in, out);
}

void abi_get_mq_attr(enum ipc_abi abi, const struct abi_bytes *in, struct mq_attr_val *out)
{
	struct mq_attr64 a;

	if (is_i386(abi)) {
		abi_i386_get_mq_attr(in, out);
		return;
	}
	memcpy(&a, in->data, sizeof(a));
	*out = (struct mq_attr_val){
		.flags = a.flags,
		.maxmsg = a.maxmsg,
		.msgsize = a.msgsize,
		.curmsgs = a.curmsgs,
	};
}

int abi_get_timespec(enum ipc_abi abi, const struct abi_bytes *in, struct timespec *out)
{
	if (is_i386(abi)) {
		abi_i386_get_timespec(abi, in, out);
	} else {
		struct timespec64 t;

		memcpy(&t, in->data, sizeof(t));
		*out = (struct timespec){.tv_sec = t.sec, .tv_nsec = t.nsec};
	}
	if (out->tv_sec < 0 || out->tv_nsec < 0 || out->tv_nsec >= 1000000000)
		return -EINVAL;
	return 0;
}

void abi_get_sigevent(enum ipc_abi abi, const struct abi_bytes *in, struct abi_sigevent *out)
{
	struct sigevent64 ev;

	if (is_i386(abi)) {
		abi_i386_get_sigevent(in, out);
		return;
	}
	memcpy(&ev, in->data, sizeof(ev));
	*out = (struct abi_sigevent){.notify = ev.notify, .signo = ev.signo, .value = ev.value};
	/* Of SIGEV_THREAD it is the address of a cookie; else the program's own. */
	if (abi == ABI_ARM64 && ev.notify == SIGEV_THREAD)
		out->value = abi_arm64_untag(ev.value);
}
