/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing to the caller's memory.
 *
 * A thread id is no name for a memory: while a call is being answered, a sibling thread's execve(2)
 * can kill the caller and take over its tid, and the program behind it may be a setuid one. So a
 * write is bound to the memory itself: /proc/TID/mem is opened first, then the notification is
 * checked to be still waiting (so what was opened is the caller's), and only then written.
 * /proc/TID/mem writes to read-only mappings, too, which copy_to_user() does not; /proc/TID/maps,
 * bound in the same way, is asked for that.
 *
 * Reading needs none of this: it is done by tid, and believed only if the notification is still
 * valid afterwards.
 */
#ifndef SECCOMP_MEMORY_H
#define SECCOMP_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** struct task_memory - descriptors bound to one memory. */
struct task_memory {
	int mem, maps; /* -1: closed */
};

/** memory_open() - of thread @tid. Check the notification before using it. Return: 0, -ESRCH,… */
int memory_open(struct task_memory *m, pid_t tid);
void memory_close(struct task_memory *m);

/** struct memory_mapping - @name: as in /proc/PID/maps, cut. */
struct memory_mapping {
	uint64_t start, end, offset; /* bytes */
	uint64_t dev, ino;	     /* of its file, as fstat(2) has them */
	char name[32];
};

/**
 * memory_file_mapping() - the first mapping of a file that ends after @addr.
 * Return: 0; -ENOENT: there is none; -ESRCH: the memory is gone; -EOPNOTSUPP: before Linux 6.11.
 */
int memory_file_mapping(const struct task_memory *m, uint64_t addr, struct memory_mapping *out);

/**
 * memory_write() - as copy_to_user(): may fault part of the way.
 * Return: 0; -EFAULT: no writable mapping; -EIO: a page cannot be had at once (mem_rw() does not
 * wait for a userfaultfd): read it by task_read(), which waits, and try again; -ESRCH: the memory
 * is gone.
 */
int memory_write(const struct task_memory *m, uint64_t addr, const void *buf, size_t len);

#endif
