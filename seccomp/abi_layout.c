/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Structures in the caller's memory. On x86-64 glibc's types have the kernel's layout
 * (msqid64_ds, semid64_ds); anything that is reserved there is written as zero, as the kernel does.
 * i386's layouts are in a file of their own; struct msginfo and struct seminfo are all ints and the
 * same everywhere.
 */
#include <errno.h>
#include <mqueue.h>
#include <signal.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

#include "seccomp/abi_impl.h"

_Static_assert(sizeof(struct msqid_ds) == 120, "msqid64_ds");
_Static_assert(sizeof(struct semid_ds) == 104, "semid64_ds");
_Static_assert(sizeof(struct mq_attr) == 64, "mq_attr");
_Static_assert(sizeof(struct sigevent) == 64, "sigevent");

static void put(struct abi_bytes *out, const void *from, size_t len)
{
	out->len = (uint32_t)len;
	memcpy(out->data, from, len);
}

static void put_perm(struct ipc_perm *to, const struct kern_ipc_perm *from)
{
	to->__key = from->key;
	to->uid = from->uid;
	to->gid = from->gid;
	to->cuid = from->cuid;
	to->cgid = from->cgid;
	to->mode = (unsigned short)from->mode;
	to->__seq = (unsigned short)from->seq;
}

void abi_put_msqid_ds(enum ipc_abi abi, const struct msg_stat *st, int lspid, int lrpid,
		      struct abi_bytes *out)
{
	struct msqid_ds ds = {0};

	if (abi != ABI_X86_64) {
		abi_i386_put_msqid_ds(abi, st, lspid, lrpid, out);
		return;
	}
	put_perm(&ds.msg_perm, &st->perm);
	ds.msg_stime = st->stime;
	ds.msg_rtime = st->rtime;
	ds.msg_ctime = st->ctime;
	ds.__msg_cbytes = st->cbytes;
	ds.msg_qnum = st->qnum;
	ds.msg_qbytes = st->qbytes;
	ds.msg_lspid = lspid;
	ds.msg_lrpid = lrpid;
	put(out, &ds, sizeof(ds));
}

void abi_put_msginfo(enum ipc_abi abi, const struct msg_info *info, struct abi_bytes *out)
{
	struct msginfo mi = {
		.msgpool = info->msgpool,
		.msgmap = info->msgmap,
		.msgmax = info->msgmax,
		.msgmnb = info->msgmnb,
		.msgmni = info->msgmni,
		.msgssz = info->msgssz,
		.msgtql = info->msgtql,
		.msgseg = info->msgseg,
	};

	(void)abi;
	put(out, &mi, sizeof(mi));
}

void abi_put_semid_ds(enum ipc_abi abi, const struct sem_stat *st, struct abi_bytes *out)
{
	struct semid_ds ds = {0};

	if (abi != ABI_X86_64) {
		abi_i386_put_semid_ds(abi, st, out);
		return;
	}
	put_perm(&ds.sem_perm, &st->perm);
	ds.sem_otime = st->otime;
	ds.sem_ctime = st->ctime;
	ds.sem_nsems = st->nsems;
	put(out, &ds, sizeof(ds));
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

void abi_put_mq_attr(enum ipc_abi abi, const struct mq_attr_val *attr, struct abi_bytes *out)
{
	struct mq_attr a = {
		.mq_flags = attr->flags,
		.mq_maxmsg = attr->maxmsg,
		.mq_msgsize = attr->msgsize,
		.mq_curmsgs = attr->curmsgs,
	};

	if (abi != ABI_X86_64) {
		abi_i386_put_mq_attr(attr, out);
		return;
	}
	put(out, &a, sizeof(a));
}

uint32_t abi_sizeof_mtype(enum ipc_abi abi)
{
	return abi == ABI_X86_64 ? 8 : 4;
}

uint32_t abi_sizeof_msqid_ds(enum ipc_abi abi)
{
	if (abi != ABI_X86_64)
		return abi_i386_sizeof_msqid_ds(abi);
	return sizeof(struct msqid_ds);
}

uint32_t abi_sizeof_semid_ds(enum ipc_abi abi)
{
	if (abi != ABI_X86_64)
		return abi_i386_sizeof_semid_ds(abi);
	return sizeof(struct semid_ds);
}

uint32_t abi_sizeof_mq_attr(enum ipc_abi abi)
{
	if (abi != ABI_X86_64)
		return abi_i386_sizeof_mq_attr();
	return sizeof(struct mq_attr);
}

uint32_t abi_sizeof_timespec(enum ipc_abi abi)
{
	if (abi != ABI_X86_64)
		return abi_i386_sizeof_timespec(abi);
	return sizeof(struct timespec);
}

uint32_t abi_sizeof_sigevent(enum ipc_abi abi)
{
	if (abi != ABI_X86_64)
		return abi_i386_sizeof_sigevent();
	return sizeof(struct sigevent);
}

void abi_get_msqid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out)
{
	struct msqid_ds ds;

	if (abi != ABI_X86_64) {
		abi_i386_get_msqid_ds(abi, in, out);
		return;
	}
	memcpy(&ds, in->data, sizeof(ds));
	*out = (struct abi_ipc_set){
		.uid = ds.msg_perm.uid,
		.gid = ds.msg_perm.gid,
		.mode = ds.msg_perm.mode,
		.qbytes = ds.msg_qbytes,
	};
}

void abi_get_semid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out)
{
	struct semid_ds ds;

	if (abi != ABI_X86_64) {
		abi_i386_get_semid_ds(abi, in, out);
		return;
	}
	memcpy(&ds, in->data, sizeof(ds));
	*out = (struct abi_ipc_set){
		.uid = ds.sem_perm.uid,
		.gid = ds.sem_perm.gid,
		.mode = ds.sem_perm.mode,
	};
}

void abi_get_mq_attr(enum ipc_abi abi, const struct abi_bytes *in, struct mq_attr_val *out)
{
	struct mq_attr a;

	if (abi != ABI_X86_64) {
		abi_i386_get_mq_attr(in, out);
		return;
	}
	memcpy(&a, in->data, sizeof(a));
	*out = (struct mq_attr_val){
		.flags = a.mq_flags,
		.maxmsg = a.mq_maxmsg,
		.msgsize = a.mq_msgsize,
		.curmsgs = a.mq_curmsgs,
	};
}

int abi_get_timespec(enum ipc_abi abi, const struct abi_bytes *in, struct timespec *out)
{
	if (abi != ABI_X86_64)
		abi_i386_get_timespec(abi, in, out);
	else
		memcpy(out, in->data, sizeof(*out));
	if (out->tv_sec < 0 || out->tv_nsec < 0 || out->tv_nsec >= 1000000000)
		return -EINVAL;
	return 0;
}

void abi_get_sigevent(enum ipc_abi abi, const struct abi_bytes *in, struct abi_sigevent *out)
{
	struct sigevent ev;

	if (abi != ABI_X86_64) {
		abi_i386_get_sigevent(in, out);
		return;
	}
	memcpy(&ev, in->data, sizeof(ev));
	out->notify = ev.sigev_notify;
	out->signo = ev.sigev_signo;
	memcpy(&out->value, &ev.sigev_value, sizeof(out->value));
}
