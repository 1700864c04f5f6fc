/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The FUSE session of one namespace: its superblock, its /dev/fuse descriptor, who serves it.
 *
 * The superblock shows
 *	mqueue/		the mqueue view: inode MQ_ROOT_INO and the queues, under their own numbers
 *	sysvipc/msg, sysvipc/sem	the System V listings
 *	sys/kernel/, sys/fs/mqueue/	the sysctls that ipc/sysctl.h knows
 * and sits on a detached mount (fuse/mount.h). It is served by the namespace's event loop and by
 * nobody else; all functions here run on that thread but ipcns_fuse_open_queue(). That thread
 * itself must never open, stat, walk or close anything in the superblock: it would wait for itself.
 */
#ifndef FUSE_SESSION_H
#define FUSE_SESSION_H

#include "ipc/namespace.h"
#include "ipc/shm.h"

struct ipcns_fuse;

/**
 * struct ipcns_fuse_reader - whose view of ids is shown: of those of a thread as it was at some
 * moment. The inode numbers of its namespaces, 0 where they are not known, and a member of the first.
 */
struct ipcns_fuse_reader {
	pid_t tid;
	uint64_t user_ns, pid_ns;
};

/**
 * struct ipcns_fuse_hooks - what the session asks about a requester. @tid: its thread id in the
 * pid namespace that ipcns_fuse_open() was called in, 0 if it is not visible there; it may have
 * died. Called from ipcns_fuse_serve(). A NULL callback has the default that is told with it.
 * @source: what is shown as the mounted thing; only looked at in ipcns_fuse_open(). Default: "ipcns".
 * @identify: credentials of @tid, all of struct ipc_cred. Return: 0 or negative errno, which
 *     becomes the request's. Default: the fs ids of the request, no groups, no capabilities.
 * @rlimit_msgqueue: soft RLIMIT_MSGQUEUE, bytes. Default: no limit.
 * @reader: fill @out for @tid, as it is now. Default: nothing is known.
 * @pid_for_reader: process @tgid (daemon's pid namespace) as @who sees it, 0 if it does not.
 * @room_due: is room being given back, so that a creation that found none should be tried again?
 *     Return: a number for ipcns_fuse_room_back(), never less than the one before; 0: no, which is
 *     the default.
 * @refused: @tid was refused a queue for want of room, ENOSPC. Default: nobody wants to know.
 * @segment_next: the segment at or after index *@idx, which becomes its; false at the end. Default:
 *     there are none.
 * @uid_for_reader, @gid_for_reader: an id as the user namespace of @who shows it. Default for
 *     these three: unchanged.
 */
struct ipcns_fuse_hooks {
	void *ctx;
	const char *source;
	int (*identify)(void *ctx, pid_t tid, struct ipc_cred *out);
	int (*rlimit_msgqueue)(void *ctx, pid_t tid, uint64_t *soft);
	void (*reader)(void *ctx, pid_t tid, struct ipcns_fuse_reader *out);
	uint32_t (*pid_for_reader)(void *ctx, uint32_t tgid, const struct ipcns_fuse_reader *who);
	uint32_t (*uid_for_reader)(void *ctx, uint32_t uid, const struct ipcns_fuse_reader *who);
	uint32_t (*gid_for_reader)(void *ctx, uint32_t gid, const struct ipcns_fuse_reader *who);
	uint64_t (*room_due)(void *ctx);
	bool (*segment_next)(void *ctx, int32_t *idx, struct shm_stat *st, struct shm_pages *pages);
	void (*refused)(void *ctx, pid_t tid);
};

/**
 * ipcns_fuse_open() - make superblock, detached mount and session for @ns. @hooks is copied.
 * Return: 0; -ENOENT, -EACCES, -EPERM of /dev/fuse; those of ipcns_mount_detached(); -ENOMEM.
 */
int ipcns_fuse_open(struct ipc_ns *ns, const struct ipcns_fuse_hooks *hooks,
		    struct ipcns_fuse **out);

/** ipcns_fuse_close() - end the session: open files give ENOTCONN from now on. NULL is ignored. */
void ipcns_fuse_close(struct ipcns_fuse *f);

/** ipcns_fuse_fd() - descriptor to poll for EPOLLIN, level-triggered; the session's. */
int ipcns_fuse_fd(const struct ipcns_fuse *f);

/**
 * ipcns_fuse_serve() - answer requests that can be read now; never blocks. A bounded number a call,
 * so that a busy file system does not starve the trapped calls.
 * What a process did to files before a trapped call of it was received (closing a descriptor) can
 * be read when the call can: serving until 0 is returned makes it seen.
 * Return: 0 nothing more to read; 1 there may be more; -ENODEV the superblock has gone; other
 * negative errno of read(2).
 */
int ipcns_fuse_serve(struct ipcns_fuse *f);

/**
 * ipcns_fuse_room_back() - what the hook room_due had announced by numbers up to @upto has happened:
 * creations that were put off for it are tried again and answered, and so are, whatever their
 * number, those that have waited too long.
 */
void ipcns_fuse_room_back(struct ipcns_fuse *f, uint64_t upto);

/** ipcns_fuse_puts_off() - is there such a creation? Then call the above again within some tens of
 * milliseconds. */
bool ipcns_fuse_puts_off(const struct ipcns_fuse *f);

/** ipcns_fuse_mount_fd() - the detached mount of the whole superblock, for ipcns_mount_clone(). */
int ipcns_fuse_mount_fd(const struct ipcns_fuse *f);

/** ipcns_fuse_st_dev() - st_dev of its files, as stat(2) gives it: tells a queue's descriptor. */
uint64_t ipcns_fuse_st_dev(const struct ipcns_fuse *f);

/**
 * ipcns_fuse_set_opener() - thread @tid of this process opens queues on behalf of callers; it, and
 * only it, finds a queue by its number. Set before that thread's first ipcns_fuse_open_queue().
 */
void ipcns_fuse_set_opener(struct ipcns_fuse *f, pid_t tid);

/**
 * ipcns_fuse_open_queue() - a descriptor of queue @ino. Opener thread only; blocks until served.
 * The queue must be pinned meanwhile (mqueue_ref()), permission checked by the caller.
 * @name: the queue's name or NULL; where it still leads to @ino it is what /proc/PID/fd shows.
 * @dirfd: where the caller keeps a descriptor of mqueue/, -1 at first. It is the caller's: the thread
 *     that opens has a descriptor table of its own, where a number means something else.
 * @oflags: as of mq_open(2); flags that are about creation or path lookup are ignored.
 * The opener also closes the descriptor: a close is a request.
 * Return: descriptor (close-on-exec), or negative errno; -ENOENT, -ESTALE when @ino has gone.
 */
int ipcns_fuse_open_queue(struct ipcns_fuse *f, int *dirfd, uint64_t ino, const char *name,
			  int oflags);

/** ipcns_fuse_notify_poll() - wake who polls @mq: struct ipc_env's mq_poll. */
void ipcns_fuse_notify_poll(struct ipcns_fuse *f, aref mq);

#endif
