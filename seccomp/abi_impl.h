/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What abi.c and abi_layout.c ask of the files of single ABIs. Nobody else includes this.
 *
 * The layout functions are those of abi.h for ABI_I386 and ABI_I386_OLD.
 */
#ifndef SECCOMP_ABI_IMPL_H
#define SECCOMP_ABI_IMPL_H

#include "seccomp/abi.h"

/** abi_x86_64_decode() and so on - as abi_decode(), of one ABI. */
int abi_x86_64_decode(const struct seccomp_data *data, struct ipc_call *call);
int abi_i386_decode(const struct seccomp_data *data, struct ipc_call *call);
int abi_arm64_decode(const struct seccomp_data *data, struct ipc_call *call);

/** struct abi_number - a call's number in one ABI. @no_timeout: its fourth register means nothing. */
struct abi_number {
	int nr;
	enum ipc_call_nr call;
	bool no_timeout;
};

/**
 * abi_decode_registers() - as abi_decode(), of a 64-bit ABI: the call by its table, six registers as
 * they are. Return: 0, or -ENOSYS for a number that is not in @table.
 */
int abi_decode_registers(const struct abi_number *table, size_t n, enum ipc_abi abi,
			 const struct seccomp_data *data, struct ipc_call *call);

/** abi_arm64_untag() - a program's address without the tag in its top byte. */
uint64_t abi_arm64_untag(uint64_t address);

void abi_i386_put_msqid_ds(enum ipc_abi abi, const struct msg_stat *st, int lspid, int lrpid,
			   struct abi_bytes *out);
void abi_i386_put_semid_ds(enum ipc_abi abi, const struct sem_stat *st, struct abi_bytes *out);
void abi_i386_put_shmid_ds(enum ipc_abi abi, const struct shm_stat *st, int cpid, int lpid,
			   struct abi_bytes *out);
void abi_i386_put_shminfo(enum ipc_abi abi, const struct shm_limits *info, struct abi_bytes *out);
void abi_i386_put_shm_info(const struct shm_usage *info, struct abi_bytes *out);
void abi_i386_put_mq_attr(const struct mq_attr_val *attr, struct abi_bytes *out);
uint32_t abi_i386_sizeof_msqid_ds(enum ipc_abi abi);
uint32_t abi_i386_sizeof_semid_ds(enum ipc_abi abi);
uint32_t abi_i386_sizeof_shmid_ds(enum ipc_abi abi);
uint32_t abi_i386_sizeof_mq_attr(void);
uint32_t abi_i386_sizeof_timespec(enum ipc_abi abi);
uint32_t abi_i386_sizeof_sigevent(void);
void abi_i386_get_msqid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out);
void abi_i386_get_semid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out);
void abi_i386_get_shmid_ds(enum ipc_abi abi, const struct abi_bytes *in, struct abi_ipc_set *out);
void abi_i386_get_mq_attr(const struct abi_bytes *in, struct mq_attr_val *out);
void abi_i386_get_timespec(enum ipc_abi abi, const struct abi_bytes *in, struct timespec *out);
void abi_i386_get_sigevent(const struct abi_bytes *in, struct abi_sigevent *out);

#endif
