/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shmat and shmdt of foreign callers (daemon/foreign_shm.h): the part that waits for them. They are had
 * to make an mmap(2) or munmap(2) in place of their call, by seccomp/inject.h.
 */
#ifndef DAEMON_SHM_INJECT_H
#define DAEMON_SHM_INJECT_H

struct ipc_slot;
struct server;

/**
 * shm_inject() - answer the call @s (SLOT_SHM_ATTACH, SLOT_SHM_DETACH) and free its slot. With the lock,
 * which it gives up while it waits for the caller.
 */
void shm_inject(struct server *srv, struct ipc_slot *s);

#endif
