/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket on which the service takes containers' listeners, from outside. */
#ifndef TOOLS_OCI_SOCKET_H
#define TOOLS_OCI_SOCKET_H

/**
 * oci_socket_listens() - does somebody listen at @path? Connects, sends nothing, and does not wait;
 * starts the service where systemd listens for it.
 * Return: 0 or a negative errno: -ENOENT, -ECONNREFUSED: no; -EACCES: not for this user.
 */
int oci_socket_listens(const char *path);

#endif
