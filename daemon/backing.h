/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The backing kernel IPC namespace of a namespace of the service, from outside: its segments are
 * the kernel's, and only a member can ask for them. Which namespace a thread is in is its own
 * matter, so the manager's thread visits: it enters, asks, and goes home. Nothing it does there
 * waits for a task.
 */
#ifndef DAEMON_BACKING_H
#define DAEMON_BACKING_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/shm.h"

/** backing_make() - the calling thread becomes the first member of a new one. Return: a descriptor
 * of it (close-on-exec), or negative errno. *@inode is its number. */
int backing_make(uint64_t *inode);

/** backing_owner() - the inode number of the user namespace that owns @ipc_ns_fd. Return: 0 or negative
 * errno. */
int backing_owner(int ipc_ns_fd, uint64_t *inode);

/** backing_enter(), backing_leave() - Return of enter: 0 or negative errno. @home: the thread's
 * own namespace's descriptor, by backing_home(). A way home that fails ends the process. */
int backing_home(void);
int backing_enter(int ipc_ns_fd);
void backing_leave(int home);

struct segment {
	struct kern_ipc_perm perm;
	uint64_t size, attached;
	int64_t ctime;
	uint32_t cpid, lpid;
};

/* Inside. */

/** backing_find() - the segment of @key (not IPC_PRIVATE). Return: its id, or -ENOENT. */
int backing_find(int32_t key);
/** backing_make_segment() - as shmget(2) with IPC_CREAT and IPC_EXCL; it belongs to @perm's uid and gid,
 * and has its mode, from the moment at which anybody may use it. @flags: SHM_HUGETLB and the like.
 * Return: its id, or negative errno. */
int backing_make_segment(const struct kern_ipc_perm *perm, uint64_t size, int flags);
/** backing_set() - as IPC_SET. Return: 0 or negative errno. */
int backing_set(int id, const struct kern_ipc_perm *perm);
/** backing_lock() - as SHM_LOCK, or SHM_UNLOCK. Return: 0 or negative errno. */
int backing_lock(int id, bool lock);
/** backing_limits(), backing_usage() - as IPC_INFO and SHM_INFO. Return: the highest slot in use, or
 * negative errno. */
int backing_limits(struct shm_limits *out);
int backing_usage(struct shm_usage *out);

/** backing_stat() - the segment of @id, or in the slot of it if @by_index, asking no permission.
 * Return: its id, or -EINVAL. */
int backing_stat(int id, bool by_index, struct shm_stat *out);

/** backing_totals() - segments and their bytes. Return: 0 or negative errno. */
int backing_totals(uint64_t *segments, uint64_t *bytes);
/** backing_next() - the segment at or after slot *@idx (set to it); false at the end. */
bool backing_next(int *idx, struct segment *out);
/** backing_get() - by id. Return: 0 or -EINVAL, -EIDRM. */
int backing_get(int id, struct segment *out);
/** backing_remove() - as IPC_RMID: who is attached keeps the memory. Return: 0 or negative errno. */
int backing_remove(int id);
void backing_remove_all(void);

#endif
