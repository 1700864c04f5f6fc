/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a trapped call means: system call numbers and register conventions of an ABI, decoded into
 * one form, and the structures that this ABI's programs pass in memory.
 *
 * Decoding trusts nothing: a number or an architecture that is not in the tables is -ENOSYS.
 */
#ifndef SECCOMP_ABI_H
#define SECCOMP_ABI_H

#include <stdint.h>

#include "ipc/mqueue.h"
#include "ipc/msg.h"
#include "ipc/sem.h"

struct seccomp_data;

enum ipc_abi { ABI_X86_64 };

enum ipc_call_nr {
	CALL_MSGGET, CALL_MSGSND, CALL_MSGRCV, CALL_MSGCTL,
	CALL_SEMGET, CALL_SEMTIMEDOP, CALL_SEMCTL,
	CALL_SHMGET, CALL_SHMAT, CALL_SHMDT, CALL_SHMCTL,
	CALL_MQ_OPEN, CALL_MQ_UNLINK, CALL_MQ_TIMEDSEND, CALL_MQ_TIMEDRECEIVE,
	CALL_MQ_NOTIFY, CALL_MQ_GETSETATTR,
	CALL_UNSHARE, /* only with CLONE_SYSVSEM or CLONE_NEWIPC */
};

/** struct ipc_call - one form for all ABIs. args are the native call's, in its order. */
struct ipc_call {
	enum ipc_call_nr nr;
	enum ipc_abi abi;
	uint64_t args[6];
};

/** abi_decode() - Return: 0, or -ENOSYS for what is not understood. */
int abi_decode(const struct seccomp_data *data, struct ipc_call *call);

/** Bytes of a structure in the caller's memory, to be copied in or out. */
struct abi_bytes {
	uint32_t len;
	uint8_t data[256];
};

/* Encoders: the kernel's struct in @abi's layout. Pids are given as the caller is to see them. */
void abi_put_msqid_ds(enum ipc_abi abi, const struct msg_stat *st, int lspid, int lrpid,
		      struct abi_bytes *out);
void abi_put_msginfo(enum ipc_abi abi, const struct msg_info *info, struct abi_bytes *out);
void abi_put_semid_ds(enum ipc_abi abi, const struct sem_stat *st, struct abi_bytes *out);
void abi_put_seminfo(enum ipc_abi abi, const struct sem_info *info, struct abi_bytes *out);
void abi_put_mq_attr(enum ipc_abi abi, const struct mq_attr_val *attr, struct abi_bytes *out);

/** What IPC_SET takes from a *_ds. */
struct abi_ipc_set {
	uint32_t uid, gid, mode;
	uint64_t qbytes;
};

/* Sizes to copy in, and decoders of what was copied. */
uint32_t abi_sizeof_msqid_ds(enum ipc_abi abi);
uint32_t abi_sizeof_semid_ds(enum ipc_abi abi);
uint32_t abi_sizeof_mq_attr(enum ipc_abi abi);
uint32_t abi_sizeof_timespec(enum ipc_abi abi);
uint32_t abi_sizeof_sigevent(enum ipc_abi abi);
void abi_get_msqid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out);
void abi_get_semid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out);
void abi_get_mq_attr(enum ipc_abi abi, const struct abi_bytes *in, struct mq_attr_val *out);

/** abi_get_timespec() - Return: 0, or -EINVAL as timespec64_valid() has it. */
int abi_get_timespec(enum ipc_abi abi, const struct abi_bytes *in, struct timespec *out);

struct abi_sigevent {
	int32_t notify, signo;
	uint64_t value;
};
void abi_get_sigevent(enum ipc_abi abi, const struct abi_bytes *in, struct abi_sigevent *out);

#endif
