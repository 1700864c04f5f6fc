/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a trapped call means: system call numbers and register conventions of an ABI, decoded into
 * one form, and the structures that this ABI's programs pass in memory.
 *
 * Decoding trusts nothing: a number or an architecture that is not in the tables is -ENOSYS.
 */
#ifndef SECCOMP_ABI_H
#define SECCOMP_ABI_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/mqueue.h"
#include "ipc/msg.h"
#include "ipc/sem.h"
#include "ipc/shm.h"

struct seccomp_data;

/** Where a call of i386 has two forms of a structure, the abi tells which one this call means. */
enum ipc_abi {
	ABI_X86_64,
	ABI_I386,     /* *_ds with IPC_64; 64-bit times */
	ABI_I386_OLD, /* *_ds without; 32-bit times */
	ABI_ARM64,
};

enum ipc_call_nr {
	CALL_MSGGET, CALL_MSGSND, CALL_MSGRCV, CALL_MSGCTL,
	CALL_SEMGET, CALL_SEMTIMEDOP, CALL_SEMCTL,
	CALL_SHMGET, CALL_SHMAT, CALL_SHMDT, CALL_SHMCTL,
	CALL_MQ_OPEN, CALL_MQ_UNLINK, CALL_MQ_TIMEDSEND, CALL_MQ_TIMEDRECEIVE,
	CALL_MQ_NOTIFY, CALL_MQ_GETSETATTR,
	CALL_UNSHARE,  /* with CLONE_SYSVSEM or CLONE_NEWIPC; any with libipcshim */
	CALL_EXECVE,   /* execveat(2), too; only container profiles notify of them */
	CALL_IDENTITY, /* any of identity_calls (trapped.h), only with libipcshim */
};

/**
 * struct ipc_call - one form for all ABIs. args are the native call's, in its order, widened as the
 * kernel widens them. shmat of i386's ipc(2) has a fourth: where it wants the address.
 * @behind: address of arguments that the caller keeps in memory, or 0; abi_take_behind().
 * @multiplexed: by i386's ipc(2).
 * @cmd_has_ipc_64: i386's own msgctl(2) or semctl(2) with IPC_64 (taken out of the command here),
 *                  which these calls do not want but take as far as they get.
 */
struct ipc_call {
	enum ipc_call_nr nr;
	enum ipc_abi abi;
	uint64_t args[6];
	uint64_t behind;
	bool multiplexed;
	bool cmd_has_ipc_64;
};

/**
 * abi_decode() - Return: 0; -ENOSYS for what is not understood; -EINVAL where i386's ipc(2) finds
 * that before any of the calls behind it would.
 */
int abi_decode(const struct seccomp_data *data, struct ipc_call *call);

/** Bytes of a structure in the caller's memory, to be copied in or out. */
struct abi_bytes {
	uint32_t len;
	uint8_t data[256];
};

/** abi_behind_size(), abi_take_behind() - bytes to copy from call->behind; complete args by them. */
uint32_t abi_behind_size(const struct ipc_call *call);
void abi_take_behind(struct ipc_call *call, const struct abi_bytes *in);

/** abi_sizeof_mtype() - bytes of msgbuf's mtype: 8 or 4, signed. */
uint32_t abi_sizeof_mtype(enum ipc_abi abi);

/* Encoders: the kernel's struct in @abi's layout. Pids are given as the caller is to see them. */
void abi_put_msqid_ds(enum ipc_abi abi, const struct msg_stat *st, int lspid, int lrpid,
		      struct abi_bytes *out);
void abi_put_msginfo(enum ipc_abi abi, const struct msg_info *info, struct abi_bytes *out);
void abi_put_semid_ds(enum ipc_abi abi, const struct sem_stat *st, struct abi_bytes *out);
void abi_put_seminfo(enum ipc_abi abi, const struct sem_info *info, struct abi_bytes *out);
void abi_put_shmid_ds(enum ipc_abi abi, const struct shm_stat *st, int cpid, int lpid,
		      struct abi_bytes *out);
void abi_put_shminfo(enum ipc_abi abi, const struct shm_limits *info, struct abi_bytes *out);
void abi_put_shm_info(enum ipc_abi abi, const struct shm_usage *info, struct abi_bytes *out);
void abi_put_mq_attr(enum ipc_abi abi, const struct mq_attr_val *attr, struct abi_bytes *out);

/** What IPC_SET takes from a *_ds. */
struct abi_ipc_set {
	uint32_t uid, gid, mode;
	uint64_t qbytes;
};

/* Sizes to copy in, and decoders of what was copied. */
uint32_t abi_sizeof_msqid_ds(enum ipc_abi abi);
uint32_t abi_sizeof_semid_ds(enum ipc_abi abi);
uint32_t abi_sizeof_shmid_ds(enum ipc_abi abi);
uint32_t abi_sizeof_mq_attr(enum ipc_abi abi);
uint32_t abi_sizeof_timespec(enum ipc_abi abi);
uint32_t abi_sizeof_sigevent(enum ipc_abi abi);
void abi_get_msqid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out);
void abi_get_semid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out);
void abi_get_shmid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out);
void abi_get_mq_attr(enum ipc_abi abi, const struct abi_bytes *in, struct mq_attr_val *out);

/** abi_get_timespec() - Return: 0, or -EINVAL as timespec64_valid() has it. */
int abi_get_timespec(enum ipc_abi abi, const struct abi_bytes *in, struct timespec *out);

struct abi_sigevent {
	int32_t notify, signo;
	uint64_t value;
};
void abi_get_sigevent(enum ipc_abi abi, const struct abi_bytes *in, struct abi_sigevent *out);

#endif
