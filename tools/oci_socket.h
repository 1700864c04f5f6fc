/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket on which the service takes containers' listeners, from outside. */
#ifndef TOOLS_OCI_SOCKET_H
#define TOOLS_OCI_SOCKET_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/** Where the system's service takes containers' listeners. */
#define OCI_SOCKET "/run/ipcnsd/seccomp.sock"

/**
 * oci_socket_of_user() - where this user's service has it: by $XDG_RUNTIME_DIR.
 * Return: 0; -ENOENT: that is not set, or no absolute path; -ENAMETOOLONG.
 */
int oci_socket_of_user(char path[PATH_MAX]);

/**
 * oci_socket_as_user() - are this process's containers those of an ordinary user? They are if it is
 * not root, and if it is root of a user namespace in which root is one user of the outside, and is not
 * root there: that is how rootless podman runs a hook. (In a system container root is the first of many
 * ids, and has a service like the machine's.)
 * Return: that user's id outside, as far as it can be seen; 0: no, they are root's.
 */
uid_t oci_socket_as_user(void);

/** oci_socket_in_user_ns() - is this another user namespace than the initial one? */
bool oci_socket_in_user_ns(void);

/**
 * oci_socket_default() - which service serves the containers that this process makes: the system's
 * (OCI_SOCKET), or, by oci_socket_as_user(), the user's: below $XDG_RUNTIME_DIR; where that is
 * not set, below that of the parent process, because podman and runtimes start hooks without any
 * environment; or else below /run/user.
 */
void oci_socket_default(char path[PATH_MAX]);

/** oci_socket_is_ours() - is @path the place of a service's socket, the system's or a user's? By its
 * name: .../ipcnsd/seccomp.sock. */
bool oci_socket_is_ours(const char *path);

/** oci_socket_remedy() - for who cannot connect to @path: how the service there is started, or what
 * else to do; @r is what oci_socket_listens() said. */
const char *oci_socket_remedy(const char *path, int r);

/**
 * oci_socket_listens() - does somebody listen at @path? Connects, sends nothing, and does not wait;
 * starts the service where systemd listens for it.
 * Return: 0 or a negative errno: -ENOENT, -ECONNREFUSED: no; -EACCES: not for this user.
 */
int oci_socket_listens(const char *path);

#endif
