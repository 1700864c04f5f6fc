/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The callers' memories, open for writing: a small cache by the kernel's own identity of a memory
 * (which a new program never has while the old one's descriptors are open).
 */
#ifndef DAEMON_MEMORIES_H
#define DAEMON_MEMORIES_H

#include <stddef.h>
#include <stdint.h>

struct server;
struct ipc_slot;
struct memories;

/** memories_open() - Return: 0 or -ENOMEM. */
int memories_open(struct memories **out);
void memories_close(struct memories *m);

/**
 * memories_write() - copy to the memory of the call in @s. Gives up the namespace's lock while it
 * copies; the slot stays the caller's.
 * Return: 0; -EFAULT; -ESRCH: the call does not wait any more, and nothing was written after that.
 */
int memories_write(struct server *srv, const struct ipc_slot *s, uint64_t addr, const void *buf,
		   size_t len);

#endif
