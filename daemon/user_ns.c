/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel lets anyone do who makes a user namespace: user_namespaces(7). One id of each kind
 * may be mapped without help, once setgroups(2) is denied; it is the user's own, not 0, because a
 * program shall see no other user than without a namespace. Commands get no capability of it: exec
 * drops them for who is not root.
 */
#include "daemon/user_ns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

bool capability_in_effect(int cap)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t caps = cap_get_proc();

	if (caps) {
		(void)cap_get_flag(caps, cap, CAP_EFFECTIVE, &value);
		cap_free(caps);
	}
	return value == CAP_SET;
}

bool user_ns_wanted(void)
{
	return geteuid() != 0 && !capability_in_effect(CAP_SYS_ADMIN);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, text, strlen(text));
	int r = n < 0 ? -errno : 0;

	close(fd);
	return r;
}

static int map_own(const char *path, unsigned id)
{
	char text[64];

	snprintf(text, sizeof(text), "%u %u 1\n", id, id);
	return write_file(path, text);
}

int user_ns_enter(void)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	int r;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	r = map_own("/proc/self/uid_map", uid);
	if (r == 0)
		r = write_file("/proc/self/setgroups", "deny");
	return r < 0 ? r : map_own("/proc/self/gid_map", gid);
}

const char *user_ns_remedy(int err)
{
	if (err == -ENOSPC)
		return ": allow them by sysctl user.max_user_namespaces";
	if (err == -EPERM || err == -EACCES)
		return ": they are forbidden here (kernel.unprivileged_userns_clone, AppArmor, a "
		       "container's seccomp profile)";
	return "";
}
