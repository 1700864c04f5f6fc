/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sysctls of a namespace: which there are, who may use them, and what reading and writing does.
 *
 * Those of segments (shmmax, shmall, shmmni, shm_rmid_forced, shm_next_id) are the backing kernel
 * namespace's, as segments are: the text goes to and fro as it is (ipc_env.segment_sysctl). They are for
 * programs that are not members of that; members have its own files.
 *
 * A written value counts from the next call on; what was made under another limit stays. The rules
 * are those of ipc/ipc_sysctl.c and ipc/mq_sysctl.c (Linux 6.18), and for the text those of
 * proc_dointvec() in kernel/sysctl.c. All functions run on the namespace's loop.
 */
#ifndef IPC_SYSCTL_H
#define IPC_SYSCTL_H

#include "ipc/namespace.h"

enum ipc_sysctl {
	IPC_SYSCTL_MSGMAX,
	IPC_SYSCTL_MSGMNB,
	IPC_SYSCTL_MSGMNI,
	IPC_SYSCTL_AUTO_MSGMNI,
	IPC_SYSCTL_MSG_NEXT_ID,
	IPC_SYSCTL_SEM,
	IPC_SYSCTL_SEM_NEXT_ID,
	IPC_SYSCTL_MQ_QUEUES_MAX,
	IPC_SYSCTL_MQ_MSG_MAX,
	IPC_SYSCTL_MQ_MSGSIZE_MAX,
	IPC_SYSCTL_MQ_MSG_DEFAULT,
	IPC_SYSCTL_MQ_MSGSIZE_DEFAULT,
	IPC_SYSCTL_SHMMAX,
	IPC_SYSCTL_SHMALL,
	IPC_SYSCTL_SHMMNI,
	IPC_SYSCTL_SHM_RMID_FORCED,
	IPC_SYSCTL_SHM_NEXT_ID,
	IPC_SYSCTLS, /* how many */
};

/** Four numbers of eleven characters, what is between them, and a NUL: no text is longer. */
#define IPC_SYSCTL_TEXT_MAX 64

/** What is asked of a sysctl, as the permission bits of one class. */
#define IPC_SYSCTL_READ 04u
#define IPC_SYSCTL_WRITE 02u

/** ipc_sysctl_present() - does this build have what it limits? */
bool ipc_sysctl_present(enum ipc_sysctl id);

/** ipc_sysctl_of_segments() - is it the backing namespace's? */
bool ipc_sysctl_of_segments(enum ipc_sysctl id);

/** ipc_sysctl_dir() - its folder below /proc/sys: "kernel" or "fs/mqueue". Static. */
const char *ipc_sysctl_dir(enum ipc_sysctl id);

/** ipc_sysctl_name() - its name in that folder. Static. */
const char *ipc_sysctl_name(enum ipc_sysctl id);

/** ipc_sysctl_mode() - the nine bits that stat(2) shows; see ipc_sysctl_permission(). */
uint32_t ipc_sysctl_mode(enum ipc_sysctl id);

/**
 * ipc_sysctl_permission() - may @cred do what @want says (IPC_SYSCTL_READ and _WRITE, or'ed)?
 * By effective ids and the mode alone: CAP_DAC_OVERRIDE is worth nothing here. *_next_id may be
 * written, in spite of the mode, by CAP_CHECKPOINT_RESTORE and CAP_SYS_ADMIN.
 * The kernel asks when the file is opened and again whenever it is read or written.
 * Source: ipc_permissions(), mq_permissions(). Return: 0 or -EACCES.
 */
int ipc_sysctl_permission(enum ipc_sysctl id, const struct ipc_cred *cred, uint32_t want);

/** ipc_sysctl_show() - its text, newline and NUL included, into @buf. Return: length without NUL. */
size_t ipc_sysctl_show(const struct ipc_ns *ns, enum ipc_sysctl id, char buf[IPC_SYSCTL_TEXT_MAX]);

/**
 * ipc_sysctl_store() - take @len bytes that were written at the file's beginning.
 *
 * Numbers in decimal, octal (0...) or hexadecimal (0x...), a minus sign but no plus, separated and
 * surrounded by white space. Fewer than the sysctl has leave the others as they are. A number is
 * stored when it is read, so what stands before one that is refused has been stored.
 *
 * Return: bytes used: @len, or fewer when text follows the last number; -EINVAL: no number, not a
 * number, or out of range; -ERANGE: the fourth of "sem" (semmni), which stays as it was.
 * Source: proc_dointvec_minmax(), proc_ipc_sem_dointvec().
 */
ssize_t ipc_sysctl_store(struct ipc_ns *ns, enum ipc_sysctl id, const char *buf, size_t len);

#endif
