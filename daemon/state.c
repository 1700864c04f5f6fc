/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tmpfs, and directories of files without subdirectories. */
#include "daemon/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "fuse/mount.h"

int state_private_tmpfs(void)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0)
		return -errno;
	int fd = -1;

	if (fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0700", 0) == 0 &&
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = fsmount(fs, FSMOUNT_CLOEXEC,
			     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	int err = errno;

	close(fs);
	return fd < 0 ? -err : fd;
}

static int state_path(char out[PATH_MAX], const char *runtime)
{
	return snprintf(out, PATH_MAX, "%s/state", runtime) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Everything in the directory; its directories hold files only. No more descriptors than there are. */
static void empty(DIR *dir)
{
	const int fd = dirfd(dir);
	struct dirent *d;

	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		if (unlinkat(fd, d->d_name, 0) == 0 || errno != EISDIR)
			continue;
		int sub = openat(fd, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (sub >= 0)
			state_remove(fd, d->d_name, sub);
	}
}

void state_clear(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	if (dir) {
		empty(dir);
		closedir(dir);
	} else if (copy >= 0) {
		close(copy);
	}
}

void state_remove(int parent, const char *name, int fd)
{
	DIR *dir = fdopendir(fd);

	if (dir) {
		empty(dir);
		closedir(dir);
	} else {
		close(fd);
	}
	(void)unlinkat(parent, name, AT_REMOVEDIR);
}

int state_directory(int dirfd, const char *name)
{
	if (mkdirat(dirfd, name, 0700) < 0)
		return -errno;
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static bool on_tmpfs(int fd)
{
	struct statfs st;

	return fstatfs(fd, &st) == 0 && st.f_type == TMPFS_MAGIC;
}

static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void state_unmount(const char *path)
{
	char state[PATH_MAX];

	if (state_path(state, path) == 0)
		(void)umount2(state, MNT_DETACH | UMOUNT_NOFOLLOW);
}

static bool is_mount(int fd, int parent)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstat(parent, &b) == 0 && a.st_dev != b.st_dev;
}

/* A mount that is there already was left by a daemon that was killed. */
static int mount_state(const char *path, uint64_t size, bool again)
{
	char options[64];

	snprintf(options, sizeof(options), "mode=0700,size=%llu", (unsigned long long)size);
	return mount("ipcnsd", path, "tmpfs",
		     MS_NOSUID | MS_NODEV | MS_NOEXEC | (again ? MS_REMOUNT : 0), options) < 0
		       ? -errno
		       : 0;
}

int state_runtime(const char *path, uint64_t size, int *lock, int *mounted)
{
	char state[PATH_MAX];
	int fd, r = state_path(state, path);

	*mounted = 0;
	if (r == 0)
		r = ipcns_mkdir_p(path, 0755);
	if (r < 0)
		return r;
	*lock = open_dir(path);
	if (*lock < 0)
		return *lock;
	if (flock(*lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	r = ipcns_mkdir_p(state, 0700);
	if (r < 0)
		return r;
	fd = open_dir(state);
	if (fd < 0)
		return fd;
	*mounted = is_mount(fd, *lock);
	r = mount_state(state, size, *mounted);
	if (r == 0 && !*mounted) {
		*mounted = 1;
		close(fd);
		fd = open_dir(state);
		if (fd < 0)
			return fd;
	}
	if (r < 0 && !on_tmpfs(fd)) {
		close(fd);
		return r;
	}
	state_clear(fd);
	return fd;
}
