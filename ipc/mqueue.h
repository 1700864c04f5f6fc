/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * POSIX message queues: the directory, the queues, and what the kernel's ipc/mqueue.c does.
 *
 * A queue is a record with a link count (its name) and a reference count (open descriptors); it is
 * freed when both are gone and nobody sleeps on it. The FUSE file system shows the directory and
 * tells of opens and releases; the trapped calls send and receive. Identity of a queue is its inode
 * number, which is never given twice and grows with every queue.
 *
 * All of this runs on the namespace's loop. An aref of a queue is good until the loop handles the
 * next call or request; what is kept longer is the inode number, or a slot parked on the queue.
 */
#ifndef IPC_MQUEUE_H
#define IPC_MQUEUE_H

#include <signal.h>
#include <time.h>

#include "ipc/message.h"
#include "ipc/namespace.h"

#define MQ_NAME_MAX 255
#define MQ_ROOT_INO 2
#define MQ_FIRST_INO 64	  /* below: directories and fixed files of the views */
#define MQ_FILENT_SIZE 80 /* st_size of a queue (FILENT_SIZE) */
#define MQ_DIRENT_SIZE 20 /* what an entry adds to the directory's st_size (DIRENT_SIZE) */

/** struct mq_registration - who is to be told when a message arrives at the empty queue. */
struct mq_registration {
	uint32_t active;
	uint32_t tgid;	     /* daemon's pid namespace */
	uint64_t start_time; /* of tgid */
	uint32_t uid;	     /* real one, when it registered */
	uint64_t exec_id;    /* the program it ran: another one is not signalled */
	int32_t notify;	     /* SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD */
	int32_t signo;
	uint64_t value;	    /* sigev_value */
	uint8_t cookie[32]; /* SIGEV_THREAD */
	int32_t sock;	    /* SIGEV_THREAD: the daemon's descriptor of the socket, or -1 */
	uint64_t ino;	    /* the queue's; set by mqueue_notify() */
	uint64_t user_ns;   /* SIGEV_SIGNAL: inode of the user namespace it was made in */
};

/**
 * struct mq_charge - who pays for a queue's @bytes (RLIMIT_MSGQUEUE): a user of a user namespace
 * (inode), and @levels further ones, struct ipc_purse at @above.
 */
struct mq_charge {
	uint64_t user_ns, bytes;
	aref above;
	uint32_t uid, levels;
};

/** struct mq_record - a queue; also what the view shows of it. Lies in ns->mq_rec. */
struct mq_record {
	uint64_t ino;
	uint32_t mode; /* S_IFREG | permissions */
	uint32_t uid, gid;
	uint32_t linked; /* has a name; storing this is the commit of create and unlink */
	uint32_t refs;	 /* open descriptors, and opens under way */
	int64_t maxmsg, msgsize, curmsgs;
	uint64_t qsize;	    /* bytes in messages */
	uint64_t file_size; /* st_size: MQ_FILENT_SIZE until somebody truncates the file */
	struct timespec atime, mtime, ctime; /* whole seconds, as natively */
	aref head, tail;		     /* messages, highest priority first, FIFO within */
	uint64_t first_seq; /* messages sent to this queue have this ipc_msg.seq or a later one */
	struct sleep_queue senders, receivers;
	struct mq_registration reg;
	struct mq_charge charge;
	aref next_by_name, next_by_ino, dir_prev, dir_next; /* hashes; directory order */
	uint32_t name_len;
	char name[MQ_NAME_MAX + 1];
};

struct mq_attr_val {
	int64_t flags, maxmsg, msgsize, curmsgs;
};

/** mq_dir - attributes of the root directory (also chmod, chown, utimes of it). */
struct mq_dir {
	uint32_t mode; /* S_IFDIR | S_ISVTX | 0777 */
	uint32_t uid, gid;
	uint64_t size;
	struct timespec atime, mtime, ctime;
};

int mqueue_init(struct ipc_ns *ns);
struct mq_dir *mqueue_dir(const struct ipc_ns *ns);
struct mq_record *mq_get(const struct ipc_ns *ns, aref mq);

/** mqueue_find() - by name, @len bytes; 0 when there is none. */
aref mqueue_find(const struct ipc_ns *ns, const char *name, size_t len);
/** mqueue_by_ino() - linked or not; 0 when there is none (any more). */
aref mqueue_by_ino(const struct ipc_ns *ns, uint64_t ino);
/** mqueue_first(), mqueue_next() - directory order: as the kernel lists, newest first. */
aref mqueue_first(const struct ipc_ns *ns);
aref mqueue_next(const struct ipc_ns *ns, aref mq);
/** mqueue_below() - first in directory order with an inode number smaller than @ino, or 0. */
aref mqueue_below(const struct ipc_ns *ns, uint64_t ino);
/** mqueue_count() - queues that exist, unlinked ones included (mq_queues_count). */
uint64_t mqueue_count(const struct ipc_ns *ns);

/**
 * mqueue_permission() - inode permission of @mask (4 read, 2 write, 1 search) for @cred by fs ids,
 * groups and CAP_DAC_OVERRIDE. Source: generic_permission(). Return: 0 or -EACCES.
 */
int mqueue_permission(const struct ipc_ns *ns, const struct mq_record *q,
		      const struct ipc_cred *cred, unsigned mask);
int mqueue_dir_permission(const struct ipc_ns *ns, const struct ipc_cred *cred, unsigned mask);

/**
 * mqueue_create() - a new, linked queue with no references. The caller has checked that the name is
 * free (-EEXIST otherwise) and the directory's permission.
 * @mode: permission bits, umask applied. @attr: NULL for the defaults (open(2), touch).
 * @rlimit: soft RLIMIT_MSGQUEUE of the creator, bytes.
 * Owner is the caller's fs ids; who pays, mqueue_charge.c tells.
 * Releases of descriptors are asynchronous: on -EMFILE and -ENOSPC the caller serves what the file
 * system has to tell and tries once more.
 * Errors, in the kernel's order (simple_lookup(), mqueue_create_attr(), mqueue_get_inode()):
 * -ENAMETOOLONG; -ENOSPC queues_max without CAP_SYS_RESOURCE; -EINVAL attributes; -EOVERFLOW;
 * -EMFILE rlimit; -ENOMEM/-ENOSPC arena.
 */
int mqueue_create(struct ipc_ns *ns, const struct ipc_cred *cred, const char *name, size_t len,
		  uint32_t mode, const struct mq_attr_val *attr, uint64_t rlimit, aref *out);

/** mqueue_unlink() - remove the name (permission is the caller's matter); frees when unreferenced. */
void mqueue_unlink(struct ipc_ns *ns, aref mq);
/** mqueue_may_unlink() - directory write + sticky rule, as may_delete(). Return: 0, -EACCES, -EPERM. */
int mqueue_may_unlink(const struct ipc_ns *ns, const struct ipc_cred *cred,
		      const struct mq_record *q);

/** mqueue_ref() - an open descriptor pins the queue. */
void mqueue_ref(struct ipc_ns *ns, aref mq);
/** mqueue_unref() - the last one of an unlinked queue frees it. */
void mqueue_unref(struct ipc_ns *ns, aref mq);

/** What a change of attributes sets (chmod, chown, truncate, utimes). */
enum mq_set {
	MQ_SET_MODE = 1u << 0,
	MQ_SET_UID = 1u << 1,
	MQ_SET_GID = 1u << 2,
	MQ_SET_SIZE = 1u << 3,
	MQ_SET_ATIME = 1u << 4,
	MQ_SET_MTIME = 1u << 5,
	MQ_SET_CTIME = 1u << 6, /* to now; not implied by the others */
};

struct mq_setattr {
	uint32_t set; /* enum mq_set */
	uint32_t mode, uid, gid;
	uint64_t size;
	struct timespec atime, mtime;
};

/** mqueue_setattr() - apply to queue @mq, or to the directory (@mq 0; its size cannot be set). Times are cut to seconds. */
void mqueue_setattr(struct ipc_ns *ns, aref mq, const struct mq_setattr *a);

/**
 * mqueue_touch_attr() - atime and ctime become now: mq_getsetattr(2) with new flags, read(2) of the
 * status. (mqueue_notify() does it itself, send and receive touch mtime as well.)
 */
void mqueue_touch_attr(struct ipc_ns *ns, aref mq);

/**
 * mqueue_send() - @s sends its message s->u.mq.msg (allocated in ns->mq_body, type = priority,
 * filled; size <= msgsize was checked by the caller) to @mq.
 * Owns the message on success (s->u.mq.msg is 0 then); on error and while parked it stays the
 * slot's. To a parked receiver it is handed over at once; else it is linked; a registration fires
 * when the queue was empty and no receiver waited (do_mq_timedsend(), __do_notify()).
 * s->deadline_ns (CLOCK_REALTIME, 0 none; a caller's timeout of 0 s 0 ns is given as 1) and
 * s->u.mq.nice are set by the caller.
 * A parked sender completes with result 0.
 * Return: 0; IPC_PARKED; on a full queue -EAGAIN (@nonblock), -ETIMEDOUT (deadline in the past).
 */
int mqueue_send(struct ipc_ns *ns, struct ipc_slot *s, aref mq, bool nonblock);

/**
 * mqueue_receive() - take the first message of the highest priority into s->u.mq.msg, then let the
 * first parked sender in. The message is the slot's: it is freed by ipc_msg_free() once it was
 * delivered, or given to mqueue_return(). s->u.mq.size is its size, s->obj the queue.
 * A parked receiver completes with the size as its result, s->u.mq as here.
 * Return: 0; IPC_PARKED; -EAGAIN; -ETIMEDOUT.
 */
int mqueue_receive(struct ipc_ns *ns, struct ipc_slot *s, aref mq, bool nonblock);

/**
 * mqueue_return() - a granted message whose receiver died before it got it goes back to its place
 * (or to the first receiver that waits now). @mq, @msg: s->obj and s->u.mq.msg of the receiver's
 * slot. If the queue has gone meanwhile the message is freed; @mq may be stale, nothing else may.
 */
void mqueue_return(struct ipc_ns *ns, aref mq, aref msg);

/**
 * mqueue_notify() - register (@reg != NULL, copied, active set) or remove (NULL).
 * Return: 0; -EBUSY when someone is registered. NULL by one who is not registered: 0, no effect.
 */
int mqueue_notify(struct ipc_ns *ns, aref mq, uint32_t tgid, const struct mq_registration *reg);
/** mqueue_flush() - process @tgid closes a descriptor of @mq: its registration ends. */
void mqueue_flush(struct ipc_ns *ns, aref mq, uint32_t tgid);

/** mqueue_poll() - POLLIN|POLLRDNORM, POLLOUT|POLLWRNORM as they stand. */
unsigned mqueue_poll(const struct ipc_ns *ns, aref mq);

/**
 * mqueue_status() - the text read(2) gives, as mqueue_read_file(). @notify_pid: registered process
 * in the reader's pid namespace, 0 if none. Return: length (no NUL counted), at most @size - 1.
 */
size_t mqueue_status(const struct mq_record *q, int notify_pid, char *buf, size_t size);

/** mqueue_cancel() - ipc_cancel()'s part: free what a parked mq call owns. */
void mqueue_cancel(struct ipc_ns *ns, struct ipc_slot *s);

#endif
