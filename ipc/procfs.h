/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of /proc/sysvipc/msg, sem and shm, line by line.
 *
 * Programs parse these by columns, so header and formats are byte for byte those of the kernel's
 * msg_init()/sysvipc_msg_proc_show() (ipc/msg.c) and their likes in ipc/sem.c and ipc/shm.c.
 * Process and user ids are shown as the reader sees them; who that is only the caller knows.
 */
#ifndef IPC_PROCFS_H
#define IPC_PROCFS_H

#include "ipc/msg.h"
#include "ipc/sem.h"
#include "ipc/shm.h"

/** No line is longer than this, its NUL included. */
#define PROCFS_LINE_MAX 256

/**
 * struct procfs_reader - translates into the reader's namespaces; a NULL callback leaves the number
 * as it is. A pid that the reader cannot see is 0, a uid or gid the overflow id.
 */
struct procfs_reader {
	void *ctx;
	uint32_t (*pid)(void *ctx, uint32_t tgid);
	uint32_t (*uid)(void *ctx, uint32_t uid);
	uint32_t (*gid)(void *ctx, uint32_t gid);
};

/** The first line, its newline included. Static. */
extern const char procfs_msg_header[];
extern const char procfs_sem_header[];
extern const char procfs_shm_header[];

/** One object's line, its newline included, into @buf. Return: its length. */
size_t procfs_msg_line(const struct msg_stat *st, const struct procfs_reader *reader,
		       char buf[PROCFS_LINE_MAX]);
size_t procfs_sem_line(const struct sem_stat *st, const struct procfs_reader *reader,
		       char buf[PROCFS_LINE_MAX]);
size_t procfs_shm_line(const struct shm_stat *st, const struct shm_pages *pages,
		       const struct procfs_reader *reader, char buf[PROCFS_LINE_MAX]);

#endif
