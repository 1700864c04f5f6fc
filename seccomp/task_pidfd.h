/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a pidfd tells of a task without waiting for it.
 *
 * While a task executes a program the kernel holds its exec_update_lock, and closes descriptors
 * under it: a FLUSH to a FUSE file system, ours or one of the task's own, which takes as long as
 * whoever serves that likes. All that waits for that lock (/proc/PID/{stat,maps,mem,environ,ns/…},
 * links below fd/, process_vm_readv(2), pidfd_getfd(2), kcmp(2)) hence must not be done by a thread
 * that holds a lock which the answer to that FLUSH needs. Status, limits, maps of ids, fdinfo and
 * the list of threads do not wait, nor does anything here.
 */
#ifndef SECCOMP_TASK_PIDFD_H
#define SECCOMP_TASK_PIDFD_H

#include <stdint.h>
#include <sys/types.h>

/** enum task_ns - which namespace; the numbers are the kernel's (linux/pidfd.h). */
enum task_ns { TASK_NS_IPC = 2, TASK_NS_MNT = 3, TASK_NS_PID = 5, TASK_NS_USER = 9 };

/**
 * task_pidfd_open() - a descriptor of thread @tid, to be closed by the caller.
 * Return: it, or -ESRCH (it is gone), or another negative errno.
 */
int task_pidfd_open(pid_t tid);

/**
 * task_ns_open() - a descriptor of a namespace of the task of @pidfd, to be closed by the caller.
 * Return: it, or -ESRCH (the task has ended), -EACCES (we may not trace it), other negative errno.
 */
int task_ns_open(int pidfd, enum task_ns which);

/** task_ns_inode() - the number of that namespace. Return: 0 or as task_ns_open(). */
int task_ns_inode(int pidfd, enum task_ns which, uint64_t *inode);

/**
 * task_mnt_ns_id() - a number that its mount namespace has had since it was made, and no other one
 * has until the machine restarts. Return: 0 or as task_ns_open().
 */
int task_mnt_ns_id(int pidfd, uint64_t *id);

/**
 * task_birth() - a number that thread or process @tid has had since it began, and no other task
 * has until the machine restarts. Return: 0 or as task_pidfd_open().
 */
int task_birth(pid_t tid, uint64_t *number);

#endif
