/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Segments for callers who are in another kernel IPC namespace than the one that backs the namespace:
 * what the kernel cannot do for them there, and does not know of them.
 *
 * The table of segments is the backing namespace's all the same. What foreign callers attach is the
 * very memory of its segments, mapped as a file. How the file is come by: the daemon attaches the segment
 * once itself (the *stand-in*), and opens that mapping by /proc/self/map_files. For each attachment the file is
 * opened anew, and stays open here as long as anything maps it, which the kernel's count of references
 * to an open file tells exactly, forks and split mappings included. When nothing does any more, the
 * stand-in goes, too; so a segment that is marked to be destroyed is, by the kernel itself.
 *
 * Of each segment that had to do with foreign callers there is a record of what natively the kernel
 * would know: who made it, who used it last, and when. It is in the heap, as it is worth nothing
 * without the descriptors.
 *
 * All functions are called with server.lock by a thread that is in the backing namespace, unless they
 * say something else. None of them waits for a task.
 */
#ifndef DAEMON_FOREIGN_SHM_H
#define DAEMON_FOREIGN_SHM_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/shm.h"

struct copiers;
struct ipc_slot;
struct server;
struct foreign_shm;
struct task_probe;

/**
 * foreign_possible() - can this process do it? Also without a namespace, and a lock. @probe: by BPF.
 * Return: 0 or as foreign_open().
 */
int foreign_possible(struct task_probe *probe);

/**
 * foreign_open() - find out whether it can be done here, and begin. Return: 0; -EPERM: map_files is not
 * for this process; -EOPNOTSUPP: no BPF, or the machine's registers are not known; -ENOMEM,…
 */
int foreign_open(struct server *srv, struct foreign_shm **out);

/** foreign_stop() - end the threads that inject (NULL is allowed). Return: false: some are stuck, and
 * what they use stays. */
bool foreign_stop(struct foreign_shm *f);
/** foreign_close() - after that, without the lock: give up everything. (NULL is allowed.) */
void foreign_close(struct foreign_shm *f);

/** foreign_begin() - before each call: segments of which natively the end of their creator was the
 * end are removed (shm_rmid_forced). */
void foreign_begin(struct foreign_shm *f);

/** foreign_submit() - have the call @s answered by daemon/shm_inject.c, on a thread that may wait. Return:
 * 0 or -ENOMEM. */
int foreign_submit(struct foreign_shm *f, struct ipc_slot *s);

/** foreign_stat() - as backing_stat(), completed by what is known here. */
int foreign_stat(struct foreign_shm *f, int id, bool by_index, struct shm_stat *out);

/** foreign_settle() - look at all of them: what is at its end, and who has made it (shm_rmid_forced). */
void foreign_settle(struct foreign_shm *f);

/** foreign_made() - a caller has made the segment @id. */
void foreign_made(struct foreign_shm *f, int id, const struct ipc_cred *by);

/**
 * foreign_remove() - IPC_RMID of the segment @id: it is destroyed if nobody is attached, else marked.
 * Return: 0 or a negative errno.
 */
int foreign_remove(struct foreign_shm *f, int id);

/**
 * foreign_attach() - a new attachment of the segment @id. It counts as one until foreign_attached() or
 * foreign_abandon() says what became of it.
 * Return: a descriptor that stays the table's, of a file to be mapped, read-only if @rdonly; or -ENOMEM.
 */
int foreign_attach(struct foreign_shm *f, int id, bool rdonly);
/** foreign_attached() - @fd of foreign_attach() is mapped, by process @tgid. From any thread. */
void foreign_attached(struct foreign_shm *f, int id, int fd, uint32_t tgid);
/** foreign_abandon() - it was not. From any thread. */
void foreign_abandon(struct foreign_shm *f, int id, int fd);

/** foreign_find() - the segment whose file has this device and inode number, and its size in bytes.
 * Return: its id, or -ENOENT: there is none that is attached here. From any thread. */
int foreign_find(struct foreign_shm *f, uint64_t dev, uint64_t ino, uint64_t *size);
/** foreign_detached() - process @tgid has detached the segment @id. From any thread. */
void foreign_detached(struct foreign_shm *f, int id, uint32_t tgid);

#endif
