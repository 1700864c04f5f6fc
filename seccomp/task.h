/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who calls, and its memory and descriptors.
 *
 * Everything here is asked of the kernel per call (setuid(2) and friends change credentials without
 * telling anyone) and is true only while the notification is valid: a caller of these functions
 * checks SECCOMP_IOCTL_NOTIF_ID_VALID after it, because a pid can be recycled before. By BPF
 * task_ask() may have done that already, in the same run (struct task_ident, @waits).
 *
 * Two backends give the same answers: one BPF program run (about 1 us, needs CAP_BPF and
 * CAP_PERFMON), or /proc (about 40 us). struct task_ops hides which.
 *
 * User and group ids are those of the initial user namespace with BPF, and those that the daemon's
 * user namespace shows with /proc (65534 for ids it has no mapping of). Process and thread ids are
 * those of the daemon's pid namespace, as in a notification it receives.
 */
#ifndef SECCOMP_TASK_H
#define SECCOMP_TASK_H

#include "ipc/pids.h"
#include "ipc/types.h"

struct task_probe; /* for any number of threads */

/**
 * struct task_fd - what a descriptor number of the caller refers to (for mq_* calls).
 * @ok: false: no such descriptor (EBADF); then the other fields are meaningless.
 */
struct task_fd {
	bool ok;
	uint64_t ino;	/* inode number */
	uint64_t dev;	/* st_dev of the file system, comparable with fstat(2)'s st_dev */
	uint32_t type;	/* S_IFMT of its mode */
	uint32_t flags; /* f_flags: O_ACCMODE, O_NONBLOCK, O_PATH…; never O_CLOEXEC */
};

/**
 * struct task_ident - the answer of task_ask() and task_identify().
 * @ngroups: all supplementary groups of the caller; cred.groups holds the first IPC_MAX_GROUPS of
 *           them in ascending order. Where they are more, task_in_group() decides.
 */
struct task_ident {
	struct ipc_cred cred;
	uint64_t ipc_ns;  /* inode number of /proc/TID/ns/ipc */
	uint64_t user_ns; /* inode number of /proc/TID/ns/user */
	uint64_t pid_ns;  /* inode number of the task's active pid namespace */
	/** CLOCK_BOOTTIME of the thread's start, ns; UINT64_MAX where it is not known that exactly.
	 * No proof of identity: a thread that execs takes over its leader's tid and this with it. */
	uint64_t thread_born_ns;
	/** Identity of the thread's list of semaphore undo; .list 0: not known (by /proc). */
	struct sem_holder undo;
	/** Identity of its memory, while a descriptor keeps that; 0: not known (by /proc). */
	uint64_t mm;
	uint64_t exec_id;    /* changes with execve(2); always 0 where it is not known (/proc) */
	uint64_t start_time; /* tells recycled tgids apart: the leader's start since boot, in clock
				 ticks (10 ms), or by /proc the number of its pidfd */
	uint64_t effective;  /* its capabilities in user_ns, a bit for each CAP_… */
	uint32_t ngroups;
	/** The notification asked for was valid after all this was read. False: not known (by /proc,
	 * always), and SECCOMP_IOCTL_NOTIF_ID_VALID must tell. */
	bool waits;
	/** The memory asked for was copied, before @waits was looked at. False: not to be had at once,
	 * which says nothing about it (by /proc, always). */
	bool copied;
	bool own_admin; /* CAP_SYS_ADMIN in its own user namespace */
	struct task_fd fd;
	/** Numbers of the process (leader) and of the thread in pid namespaces below the daemon's
	 * own; by /proc only those in the innermost. */
	struct ipc_pid_numbers tgid_numbers, tid_numbers;
};

enum task_backend { TASK_BACKEND_AUTO, TASK_BACKEND_BPF, TASK_BACKEND_PROC };

/**
 * task_probe_open() - make a probe.
 * @backend: AUTO takes BPF where it loads, else /proc. BPF fails with the bpf(2) errno.
 * @owner_user_ns: inode number of the user namespace that owns the IPC namespace, in which some
 *                 capabilities must be held to count (enum ipc_cap).
 * Return: 0, or a negative errno. *@out is owned by the caller (task_probe_close()).
 */
int task_probe_open(enum task_backend backend, uint64_t owner_user_ns, struct task_probe **out);
void task_probe_close(struct task_probe *p);
enum task_backend task_probe_backend(const struct task_probe *p);

/** Longest copy that task_ask() makes, bytes. */
#define TASK_COPY_MAX 1032

/**
 * struct task_question - what task_ask() is to find out.
 * @fd: descriptor number to resolve in the thread's table, or -1 (then out->fd.ok is false).
 * @id: the notification that it waits for, or 0; see out->waits.
 * @addr, @len, @data: memory of the thread to copy into @data if nobody can make that wait, which
 *     takes @id, too; @len 0: none. See out->copied.
 */
struct task_question {
	pid_t tid;
	int fd;
	uint64_t id;
	uint64_t addr;
	uint32_t len;
	void *data;
};

/**
 * task_ask() - credentials and namespaces of a thread, and what @q asks for besides. Never waits for
 * the thread, but by /proc with @q->fd >= 0 (see seccomp/task_pidfd.h), and while memory is copied:
 * for the kernel to find a page, or for others that work on the thread's mappings.
 * Return: 0; -ESRCH: no such thread (it died); other negative errno of the backend.
 */
int task_ask(struct task_probe *p, const struct task_question *q, struct task_ident *out);

/** task_identify() - the same of thread @tid and its descriptor @fd (-1: none) only. */
static inline int task_identify(struct task_probe *p, pid_t tid, int fd, struct task_ident *out)
{
	const struct task_question q = {.tid = tid, .fd = fd};

	return task_ask(p, &q, out);
}

/**
 * task_caps_over() - what cred.caps is over an IPC namespace that user namespace @owner_user_ns owns,
 * where that is not the probe's.
 */
uint32_t task_caps_over(const struct task_ident *who, uint64_t owner_user_ns);

/**
 * task_in_group() - is @gid among the supplementary groups of thread @tid? For callers whose
 * ident.ngroups exceeds IPC_MAX_GROUPS: by /proc it reads all of them (65536 at most).
 * Return: 1, 0, or negative errno (-ESRCH: it died).
 */
int task_in_group(struct task_probe *p, pid_t tid, uint32_t gid);

/**
 * task_purses() - who pays for the queues that thread @tid makes, besides its own user: the makers of
 * its user namespaces, from the inside out, into @above[@size].
 * Return: how many; 0 also by /proc, which does not tell.
 */
uint32_t task_purses(struct task_probe *p, pid_t tid, struct ipc_purse *above, uint32_t size);

/**
 * task_undo_sharer() - a living thread other than @not_tid that shares undo list @who.
 * Return: its tid; 0: there is none, or @who is one thread's own; -EOPNOTSUPP (by /proc).
 */
pid_t task_undo_sharer(struct task_probe *p, const struct sem_holder *who, pid_t not_tid);

/**
 * task_listener_killable() - thread @tid is under a filter with a listener: was that made with
 * SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV? Without it answers are lost under signals.
 * Return: 1, 0; -ESRCH: no such thread or filter; -EOPNOTSUPP (by /proc, which does not tell).
 */
int task_listener_killable(struct task_probe *p, pid_t tid);

/**
 * task_file_refs() - how many references the kernel counts to the open files of the calling process's
 * own descriptors @fd[@n]: one for the descriptor, and one for each mapping of the file wherever that
 * is, for parts that were split off one each. 0: that one is not open. Never waits.
 * Return: 0 with @refs[@n]; -EOPNOTSUPP (by /proc); other negative errno.
 */
int task_file_refs(struct task_probe *p, const int *fd, uint32_t n, uint64_t *refs);

/**
 * task_read() - copy from the memory of whoever is @tid now, by one system call, so that all of it
 * is of one memory; believe it only if the notification is valid afterwards. Writing is in
 * seccomp/memory.h. Short transfers count as faults. @len 0 succeeds without touching memory.
 * May sleep for as long as the target likes (a userfaultfd page). Page protections hold, as for
 * the kernel's own copies (/proc/TID/mem would override them, so it is no substitute).
 * Return: 0, -EFAULT (any part not accessible), -ESRCH (died), -EPERM (we may not trace it).
 */
int task_read(pid_t tid, uint64_t addr, void *buf, size_t len);

/**
 * task_read_str() - copy a NUL-terminated string of at most @size bytes with its NUL, as
 * strncpy_from_user(): never touches a page past the one that holds the NUL.
 * Return: length without NUL; -EFAULT; -ENAMETOOLONG (no NUL in @size bytes); -ESRCH; -EPERM.
 */
ssize_t task_read_str(pid_t tid, uint64_t addr, char *buf, size_t size);

/**
 * task_fds_full() - would the process's next descriptor number pass its RLIMIT_NOFILE? Slow (walks
 * /proc/PID/fd): for error paths.
 */
bool task_fds_full(pid_t tgid);

/** task_filters() - how many seccomp filters thread @tid is under. 0: it is gone, or the kernel does not tell
 * (before 5.9). */
unsigned task_filters(pid_t tid);

/** task_only_thread() - has process @tgid one thread only? Also false when it is gone. */
bool task_only_thread(pid_t tgid);

/** task_rlimit_msgqueue() - soft RLIMIT_MSGQUEUE of @tgid, bytes. Return: 0 or negative errno. */
int task_rlimit_msgqueue(pid_t tgid, uint64_t *soft);
/** task_rlimit_memlock() - the same of RLIMIT_MEMLOCK. UINT64_MAX: none. */
int task_rlimit_memlock(pid_t tgid, uint64_t *soft);

#endif
