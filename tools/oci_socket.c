/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See the header. */
#include "tools/oci_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int oci_socket_of_user(char path[PATH_MAX])
{
	const char *dir = getenv("XDG_RUNTIME_DIR");

	if (!dir || dir[0] != '/')
		return -ENOENT;
	return snprintf(path, PATH_MAX, "%s/ipcnsd/seccomp.sock", dir) < PATH_MAX ? 0
										  : -ENAMETOOLONG;
}

int oci_socket_listens(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd, r = 0;

	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* EAGAIN: the queue of connections is full, so there is one. */
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 && errno != EAGAIN)
		r = -errno;
	close(fd);
	return r;
}
