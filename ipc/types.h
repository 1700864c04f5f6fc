/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The few types that every family shares: who calls, and how a reference into an arena looks.
 *
 * ipc/ never asks the kernel who the caller is; seccomp/task does, per call, and hands the answer
 * down as a struct ipc_cred. Ids are those of the initial user namespace ("kuids"), so two callers
 * in different user namespaces compare correctly; translation to the reader's view happens at the
 * edge. Everything in a struct ipc_cred may be copied into a journal slot, hence no pointers.
 */
#ifndef IPC_TYPES_H
#define IPC_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Capabilities that decide something in ipc/, as bits of ipc_cred.caps. Only those are kept, and each
 * only where it counts, for the kernel asks in three ways:
 *  - ns_capable() of the user namespace that owns the IPC namespace: OWNER, SYS_ADMIN,
 *    CHECKPOINT_RESTORE;
 *  - capable(), the initial user namespace: SYS_RESOURCE (mq_attr_ok(), msgctl_down());
 *  - capable_wrt_inode_uidgid() of the caller's own one, for inodes whose owner and group it maps:
 *    DAC_OVERRIDE, FOWNER; see ipc_privileged_wrt().
 */
enum ipc_cap {
	IPC_CAP_OWNER = 1u << 0,        /* CAP_IPC_OWNER: bypasses object modes */
	IPC_CAP_SYS_ADMIN = 1u << 1,    /* CAP_SYS_ADMIN: RMID and SET of others' objects */
	IPC_CAP_SYS_RESOURCE = 1u << 2, /* CAP_SYS_RESOURCE: past msgmnb, queues_max, mq limits */
	IPC_CAP_DAC_OVERRIDE = 1u << 3, /* CAP_DAC_OVERRIDE: mqueue files are inodes */
	IPC_CAP_FOWNER = 1u << 4,       /* CAP_FOWNER: sticky mqueue directory */
	IPC_CAP_CHECKPOINT_RESTORE = 1u << 5, /* CAP_CHECKPOINT_RESTORE: choosing ids */
};

/** Supplementary groups kept per caller; of a caller with more the owner is asked (ipc_env). */
#define IPC_MAX_GROUPS 512

/**
 * struct ipc_cred - the caller as the kernel knows it at the moment of the call.
 * @tgid, @tid: process and thread, in the daemon's pid namespace.
 * @caps: enum ipc_cap bits.
 * @umask: the caller's file creation mask (mq_open applies it).
 */
struct ipc_cred {
	uint32_t tgid, tid;
	uint32_t uid, gid; /* real */
	uint32_t euid, egid;
	uint32_t fsuid, fsgid;
	uint32_t caps;
	uint32_t umask;
	uint64_t user_ns; /* inode number of its user namespace */
	uint32_t more_groups; /* it has more than IPC_MAX_GROUPS */
	uint32_t ngroups; /* at most IPC_MAX_GROUPS */
	uint32_t groups[IPC_MAX_GROUPS];
};

/** User namespaces can be nested this deep (create_user_ns(), kernel/user_namespace.c). */
#define IPC_USER_LEVELS 32

/**
 * struct ipc_purse - a user of a user namespace (inode), who pays for queues: at most @max bytes
 * when it is for what somebody made in a user namespace below.
 */
struct ipc_purse {
	uint64_t user_ns;
	uint64_t max;
	uint32_t uid;
};

/**
 * struct sem_holder - identity of a list of semaphore undo (the kernel's sem_undo_list), which
 * threads and processes made with CLONE_SYSVSEM share. What the numbers are is the daemon's matter;
 * they are equal exactly for those who share.
 */
struct sem_holder {
	uint64_t list;
	uint64_t born; /* tells a reused @list apart */
};

#endif
