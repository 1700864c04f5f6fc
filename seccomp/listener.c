/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ioctls of a seccomp listener. */
#include "seccomp/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "seccomp/newer.h"

bool listener_is(int fd)
{
	static const char is[] = "anon_inode:seccomp notify";
	char path[32], link[sizeof(is) + 1];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, link, sizeof(link)) == sizeof(is) - 1 &&
	       memcmp(link, is, sizeof(is) - 1) == 0;
}

void listener_init(int fd)
{
	(void)ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

int listener_recv(int fd, struct seccomp_notif *n)
{
	while (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, n) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

bool listener_valid(int fd, uint64_t id)
{
	return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static int send_resp(int fd, struct seccomp_notif_resp *resp)
{
	while (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, resp) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int listener_send(int fd, uint64_t id, int64_t result)
{
	struct seccomp_notif_resp resp = {
		.id = id,
		.val = result < 0 ? 0 : result,
		.error = result < 0 ? (int32_t)result : 0,
	};

	return send_resp(fd, &resp);
}

int listener_continue(int fd, uint64_t id)
{
	struct seccomp_notif_resp resp = {
		.id = id,
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};

	return send_resp(fd, &resp);
}

static int add_fd(int fd, uint64_t id, int srcfd, uint32_t flags)
{
	struct seccomp_notif_addfd addfd = {
		.id = id,
		.flags = flags,
		.srcfd = (uint32_t)srcfd,
		.newfd_flags = O_CLOEXEC,
	};
	int r;

	do
		r = ioctl(fd, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

int listener_add_fd(int fd, uint64_t id, int srcfd)
{
	return add_fd(fd, id, srcfd, 0);
}

int listener_send_fd(int fd, uint64_t id, int srcfd)
{
	int r = add_fd(fd, id, srcfd, SECCOMP_ADDFD_FLAG_SEND);

	return r < 0 ? r : 0;
}
