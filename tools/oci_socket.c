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

static int below(const char *dir, char path[PATH_MAX])
{
	if (!dir || dir[0] != '/')
		return -ENOENT;
	return snprintf(path, PATH_MAX, "%s/ipcnsd/seccomp.sock", dir) < PATH_MAX ? 0
										  : -ENAMETOOLONG;
}

int oci_socket_of_user(char path[PATH_MAX])
{
	return below(getenv("XDG_RUNTIME_DIR"), path);
}

/* podman and crun start hooks without any environment; they themselves have the user's. */
static int of_parents_user(char path[PATH_MAX])
{
	static const char key[] = "XDG_RUNTIME_DIR=";
	char file[32], *text = NULL;
	size_t size = 0;
	int r = -ENOENT;
	FILE *f;

	snprintf(file, sizeof(file), "/proc/%d/environ", (int)getppid());
	f = fopen(file, "re");
	while (f && r == -ENOENT && getdelim(&text, &size, 0, f) > 0)
		if (strncmp(text, key, sizeof(key) - 1) == 0)
			r = below(text + sizeof(key) - 1, path);
	if (f)
		fclose(f);
	free(text);
	return r;
}

/* The line of this user namespace's root: of how many ids it is the first, and which it is outside. */
static unsigned roots_ids(unsigned *outside)
{
	FILE *f = fopen("/proc/self/uid_map", "re");
	unsigned inside, count = 0;

	*outside = 0;
	while (f && fscanf(f, "%u %u %u", &inside, outside, &count) == 3 && inside != 0)
		count = 0;
	if (f)
		fclose(f);
	return count;
}

uid_t oci_socket_as_user(void)
{
	unsigned outside;

	if (getuid() != 0)
		return getuid();
	return roots_ids(&outside) == 1 ? outside : 0;
}

bool oci_socket_in_user_ns(void)
{
	unsigned outside;

	return roots_ids(&outside) != UINT_MAX;
}

void oci_socket_default(char path[PATH_MAX])
{
	const uid_t user = oci_socket_as_user();

	if (user == 0)
		snprintf(path, PATH_MAX, "%s", OCI_SOCKET);
	else if (oci_socket_of_user(path) < 0 && of_parents_user(path) < 0)
		snprintf(path, PATH_MAX, "/run/user/%u/ipcnsd/seccomp.sock", user);
}

bool oci_socket_is_ours(const char *path)
{
	static const char end[] = "/ipcnsd/seccomp.sock";
	const size_t len = strlen(path), tail = sizeof(end) - 1;

	return path[0] == '/' && len > tail && strcmp(path + len - tail, end) == 0;
}

const char *oci_socket_remedy(const char *path, int r)
{
	const bool systems = strcmp(path, OCI_SOCKET) == 0;

	if (!oci_socket_as_user() && (systems || !oci_socket_is_ours(path)))
		return "start it: systemctl start ipcnsd";
	if (systems && r == -EACCES)
		return "it is root's; make the profile with ipcnsctl --user oci-profile";
	return "start it: systemctl --user start ipcnsd, or podman unshare ipcnsd --user";
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
