/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mounter: a process that puts a namespace's views into the mount namespaces of containers.
 *
 * To mount there one has to be there, and then every path is the container's: its files may be links
 * to anywhere, or be served by one of its own programs that never answers. So nobody of the daemon
 * goes. Each time a process does that was forked for it, of one that was forked before the daemon had
 * anything: it has no descriptors but four, no mappings of state, three capabilities; it follows no
 * link, and is killed when it is late. It is in the container's mount namespace only, not in its pid
 * namespace, so nobody inside sees it.
 */
#ifndef DAEMON_MOUNTER_H
#define DAEMON_MOUNTER_H

#include <stdbool.h>
#include <stdint.h>

struct mounter;

/** struct mounted - what came of it. */
struct mounted {
	int32_t error;	 /* 0, or a negative errno, at @where */
	uint32_t fresh;	 /* views mounted */
	uint32_t there;	 /* were there already */
	uint32_t absent; /* nothing to mount it on: the container has no such directory or file */
	uint32_t dead;	 /* places from which a view that nobody serves was taken away */
	uint32_t shared; /* left out, because the mount below it is another namespace's too */
	char where[72];
};

/**
 * mounter_start() - fork it. To be called while the process has no other thread, and before it has
 * what must not be seen. It ends with its maker. Return: 0 or negative errno.
 */
int mounter_start(struct mounter **out);

/** mounter_stop() - end it and wait for that (NULL is allowed). */
void mounter_stop(struct mounter *m);

/**
 * mounter_mount() - the views of the superblock @mount_fd into mount namespace @mnt_ns, where that has
 * places for them, those of shared memory if @segments, as members of IPC namespace @ipc_ns find them (descriptors, they stay the caller's). Waits for seconds if it must, so never with
 * a lock; whoever serves the superblock must be at work. From any thread, any number at once.
 * Return: 0 with @out; -ETIMEDOUT, or other negative errno, when nobody says what came of it.
 */
int mounter_mount(struct mounter *m, int mnt_ns, int ipc_ns, int mount_fd, bool segments,
		  struct mounted *out);

#endif
