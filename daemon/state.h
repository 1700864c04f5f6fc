/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where state lies: for an embedded namespace a tmpfs that nobody sees, for the service directories
 * on a tmpfs of its own below the runtime directory, one for each namespace.
 */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

#include <stdint.h>

/**
 * state_private_tmpfs() - a tmpfs on a mount that is in no mount namespace; it goes with the last
 * descriptor on it, also after SIGKILL.
 * Return: descriptor of its root directory (close-on-exec), or negative errno (-EPERM without
 * CAP_SYS_ADMIN).
 */
int state_private_tmpfs(void);

/**
 * state_runtime() - make and open the runtime directory @path, take its lock, and open "state" in
 * it, which is made a tmpfs of @size bytes: what programs put there must not fill the file system that
 * the rest of the machine keeps its runtime state in. Who may not mount does without, if the runtime
 * directory is on a tmpfs: a user's has a size. What an earlier daemon left there is removed.
 * @lock: the descriptor that holds the lock. *@mounted: state_unmount() it in the end.
 * Return: descriptor of the state directory, or negative errno (-EBUSY: another daemon has it).
 */
int state_runtime(const char *path, uint64_t size, int *lock, int *mounted);
void state_unmount(const char *path);

/** state_directory() - an empty directory @name in @dirfd. Return: its descriptor, negative errno. */
int state_directory(int dirfd, const char *name);

/** state_remove() - the directory @name in @parent, open as @fd (closed), and the files in it. */
void state_remove(int parent, const char *name, int fd);

/** state_clear() - remove all that is in directory @fd. */
void state_clear(int fd);

#endif
