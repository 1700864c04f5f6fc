/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file-descriptor based mount calls (fsopen(2) and friends), as the views need them. */
#include "fuse/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* A parameter with a value, or a flag when @value is NULL. */
static int set_option(int fs, const char *key, const char *value)
{
	unsigned cmd = value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

	return fsconfig(fs, cmd, key, value, 0) < 0 ? -errno : 0;
}

static int configure(int fs, int fuse_fd, const char *source)
{
	char fd[16], uid[16], gid[16];
	const struct {
		const char *key, *value;
	} options[] = {
		{"source", source},
		{"subtype", IPCNS_FUSE_SUBTYPE},
		{"fd", fd},
		{"rootmode", "40555"}, /* octal; the kernel wants the type */
		{"user_id", uid},
		{"group_id", gid},
		{"default_permissions", NULL},
		{"allow_other", NULL},
	};
	int r = 0;

	snprintf(fd, sizeof(fd), "%d", fuse_fd);
	snprintf(uid, sizeof(uid), "%u", (unsigned)geteuid());
	snprintf(gid, sizeof(gid), "%u", (unsigned)getegid());
	for (size_t i = 0; r == 0 && i < sizeof(options) / sizeof(options[0]); i++)
		r = set_option(fs, options[i].key, options[i].value);
	if (r == 0 && fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		r = -errno;
	return r;
}

int ipcns_mount_detached(int fuse_fd, const char *source)
{
	int fs = fsopen("fuse", FSOPEN_CLOEXEC);

	if (fs < 0)
		return -errno;
	int r = configure(fs, fuse_fd, source);

	if (r == 0) {
		unsigned attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

		r = fsmount(fs, FSMOUNT_CLOEXEC, attr);
		if (r < 0)
			r = -errno;
	}
	close(fs);
	return r;
}

int ipcns_mount_clone(int mount_fd, const char *subtree)
{
	int fd = open_tree(mount_fd, subtree,
			   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

int ipcns_mount_attach(int tree_fd, const char *path)
{
	if (move_mount(tree_fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

int ipcns_mkdir_p(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0)
		return -ENOENT;
	if (len >= sizeof(part))
		return -ENAMETOOLONG;
	memcpy(part, path, len + 1);
	for (char *p = part + 1;; p++) {
		char c = *p;

		if (c != '/' && c != 0)
			continue;
		*p = 0;
		/* A read-only file system says EROFS before EEXIST is found out; look first. */
		struct stat st;

		if (stat(part, &st) == 0) {
			if (!S_ISDIR(st.st_mode))
				return -ENOTDIR;
		} else if (mkdir(part, mode) < 0 && errno != EEXIST) {
			return -errno;
		}
		*p = c;
		if (c == 0)
			return 0;
	}
}
