/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The limits of a namespace: what /proc/sys/kernel/{msg*,sem} and /proc/sys/fs/mqueue/ hold. They
 * are written through ipc/sysctl.h. shm's lie in the backing kernel namespace itself.
 */
#ifndef IPC_LIMITS_H
#define IPC_LIMITS_H

#include <stdint.h>

/* Kernel constants that are not limits but reported with them (uapi/linux/{msg,sem}.h). */
#define IPC_SEMVMX 32767
#define IPC_MSGSSZ 16
#define IPC_MQ_PRIO_MAX 32768u
#define IPC_MQ_MIN_MSGSIZEMAX 128
#define IPC_MQ_HARD_MSGMAX 65536
#define IPC_MQ_HARD_MSGSIZEMAX (16 * 1024 * 1024)

struct ipc_limits {
	uint32_t msgmax, msgmnb, msgmni;
	/* Signed as in the kernel (sem_ctls): all but semmni may be written negative. */
	int32_t semmsl, semmns, semopm, semmni;
	uint32_t mq_queues_max, mq_msg_max, mq_msgsize_max, mq_msg_default, mq_msgsize_default;
};

/** ipc_limits_default() - those of a fresh kernel namespace (ipc/msg.c, ipc/sem.c, ipc/mqueue.c). */
void ipc_limits_default(struct ipc_limits *l);

#endif
