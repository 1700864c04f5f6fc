/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel lets anyone do who makes a user namespace, or owns one: user_namespaces(7). One id
 * of each kind may be mapped without help, once setgroups(2) is denied; it is the user's own, not 0,
 * because a program shall see no other user than without a run. The command gets no capability of
 * it: exec drops them for who is not root.
 */
#include "tools/rootless.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <linux/capability.h>
#include <unistd.h>

#include "tools/run.h"

bool rootless_wanted(void)
{
	return geteuid() != 0 && !preflight_has(CAP_SYS_ADMIN);
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

static void say_why_not(int err)
{
	const char *remedy = "";

	if (err == ENOSPC)
		remedy = ": allow them by sysctl user.max_user_namespaces";
	else if (err == EPERM || err == EACCES)
		remedy = ": they are forbidden here (kernel.unprivileged_userns_clone, AppArmor, a "
			 "container's seccomp profile)";
	say("missing CAP_SYS_ADMIN, and no user namespace can be had instead (%s%s); run it as root, "
	    "or with sudo",
	    strerror(err), remedy);
}

static int make_namespaces(uid_t uid, gid_t gid)
{
	int r;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	r = map_own("/proc/self/uid_map", uid);
	if (r == 0)
		r = write_file("/proc/self/setgroups", "deny");
	return r < 0 ? r : map_own("/proc/self/gid_map", gid);
}

int rootless_enter(void)
{
	int r = make_namespaces(geteuid(), getegid());

	if (r < 0)
		say_why_not(-r);
	return r < 0 ? -1 : 0;
}

int rootless_join(int pidfd)
{
	if (setns(pidfd, CLONE_NEWUSER) == 0 && unshare(CLONE_NEWNS) == 0)
		return 0;
	say("cannot enter the user namespace of the run that made this namespace: %s",
	    strerror(errno));
	return -1;
}
