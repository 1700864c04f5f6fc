/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket on which the service takes containers' listeners, from outside. */
#ifndef TOOLS_OCI_SOCKET_H
#define TOOLS_OCI_SOCKET_H

#include <limits.h>

/**
 * oci_socket_of_user() - where this user's service has it: by $XDG_RUNTIME_DIR.
 * Return: 0; -ENOENT: that is not set, or no absolute path; -ENAMETOOLONG.
 */
int oci_socket_of_user(char path[PATH_MAX]);

/**
 * oci_socket_listens() - does somebody listen at @path? Connects, sends nothing, and does not wait;
 * starts the service where systemd listens for it.
 * Return: 0 or a negative errno: -ENOENT, -ECONNREFUSED: no; -EACCES: not for this user.
 */
int oci_socket_listens(const char *path);

#endif
