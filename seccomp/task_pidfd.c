/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests of fs/pidfs.c (6.11; inode numbers 6.9), which Debian 12's headers do not name. */
#include "seccomp/task_pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp/newer.h"

#define PIDFD_GET_NAMESPACE(which) _IO(0xFF, which)

/* fs/nsfs.c (6.11): mnt_namespace.seq, where inode numbers of namespaces come again. */
#define NSFS_GET_MNTNS_ID _IOR(0xb7, 0x5, uint64_t)

int task_pidfd_open(pid_t tid)
{
	int fd = (int)syscall(SYS_pidfd_open, tid, PIDFD_THREAD);

	return fd < 0 ? -errno : fd;
}

int task_ns_open(int pidfd, enum task_ns which)
{
	int fd = ioctl(pidfd, (unsigned long)PIDFD_GET_NAMESPACE(which), 0);

	return fd < 0 ? -errno : fd;
}

static int inode_of(int fd, uint64_t *inode)
{
	struct stat st;
	int r = fstat(fd, &st) < 0 ? -errno : 0;

	if (r == 0)
		*inode = st.st_ino;
	close(fd);
	return r;
}

int task_ns_inode(int pidfd, enum task_ns which, uint64_t *inode)
{
	int fd = task_ns_open(pidfd, which);

	return fd < 0 ? fd : inode_of(fd, inode);
}

int task_mnt_ns_id(int pidfd, uint64_t *id)
{
	int fd = task_ns_open(pidfd, TASK_NS_MNT), r;

	if (fd < 0)
		return fd;
	r = ioctl(fd, NSFS_GET_MNTNS_ID, id) < 0 ? -errno : 0;
	close(fd);
	return r;
}

int task_birth(pid_t tid, uint64_t *number)
{
	int fd = task_pidfd_open(tid);

	return fd < 0 ? fd : inode_of(fd, number);
}
