/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mounts of the view: a superblock on a detached mount, and subtrees of it put in place.
 *
 * The superblock lives on a mount that is in nobody's mount namespace, held by a descriptor. What
 * people see is a clone of one of its subtrees (fuse/session.h says which there are), attached at a
 * path of the mount namespace of whoever calls attach. Nothing here may run on the thread that
 * serves the superblock, except ipcns_mount_detached(): the others walk paths in it.
 */
#ifndef FUSE_MOUNT_H
#define FUSE_MOUNT_H

#include <sys/types.h>

/** What mountinfo names the type by: "fuse." and this. */
#define IPCNS_FUSE_SUBTYPE "ipcns"

/**
 * ipcns_mount_detached() - a FUSE superblock for the open /dev/fuse descriptor @fuse_fd.
 * Mounted nosuid, nodev, noexec; permissions are the kernel's to check (default_permissions), for
 * all users (allow_other). @source is what mountinfo and findmnt(8) show as the mounted thing.
 * Return: descriptor of the detached mount (close-on-exec), or negative errno: -EPERM without
 * CAP_SYS_ADMIN, -ENODEV without FUSE in the kernel.
 */
int ipcns_mount_detached(int fuse_fd, const char *source);

/**
 * ipcns_mount_clone() - a new detached mount of @subtree ("mqueue", "sysvipc/msg"…) of @mount_fd.
 * Blocks until the superblock is served. Needs Linux 6.15 (clone of a detached mount).
 * Return: descriptor (close-on-exec), or negative errno.
 */
int ipcns_mount_clone(int mount_fd, const char *subtree);

/**
 * ipcns_mount_attach() - put the detached mount @tree_fd at @path of the caller's mount namespace;
 * @tree_fd then refers to the attached mount. Return: 0 or negative errno of move_mount(2).
 */
int ipcns_mount_attach(int tree_fd, const char *path);

/** ipcns_mkdir_p() - make @path and its parents where missing. Return: 0 or negative errno. */
int ipcns_mkdir_p(const char *path, mode_t mode);

#endif
