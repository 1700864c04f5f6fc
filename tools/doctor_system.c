/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor: what this machine and this user have: privileges, FUSE, cgroups. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "daemon/user_ns.h"
#include "tools/doctor.h"

static int try_nothing(void)
{
	return 0;
}

static void check_capabilities(struct doctor *d)
{
	static const struct doctor_check c = {
		"user", "capabilities", true,
		"namespaces, mounts and a program's memory need CAP_SYS_ADMIN and CAP_SYS_PTRACE: "
		"run it as root"};
	static const struct doctor_check own = {"user", "capabilities", true,
						"'ipcnsctl run' works in a user namespace of its "
						"own, and slower: callers are looked "
						"up in /proc, and signals for waiting calls are "
						"polled for; so does the user's service "
						"(ipcnsd --user), and for podman's "
						"containers in podman's user namespace"};
	bool admin = capability_in_effect(CAP_SYS_ADMIN),
	     ptrace = capability_in_effect(CAP_SYS_PTRACE);
	int r;

	if (!user_ns_wanted()) {
		doctor_add(d, &c, admin && ptrace ? DOCTOR_WORKS : DOCTOR_MISSING,
			   "CAP_SYS_ADMIN: %s, CAP_SYS_PTRACE: %s", admin ? "yes" : "no",
			   ptrace ? "yes" : "no");
		return;
	}
	r = doctor_try_as_run(try_nothing);
	if (r < 0)
		doctor_add(d, &c, DOCTOR_MISSING, "none, nor a user namespace: %s", strerror(-r));
	else
		doctor_add(d, &own, DOCTOR_LIMITED, "none, but a user namespace can be made");
}

/* subuid(5): NAME:FIRST:COUNT, or with a number for the name. */
static bool has_range(const char *file)
{
	const struct passwd *user = getpwuid(getuid());
	char line[512], number[16];
	FILE *f = fopen(file, "re");
	bool found = false;

	snprintf(number, sizeof(number), "%u", getuid());
	while (f && !found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, ":\n")] = 0;
		found = strcmp(line, number) == 0 || (user && strcmp(line, user->pw_name) == 0);
	}
	if (f)
		fclose(f);
	return found;
}

/* What podman makes a user's containers' user namespace of. */
static void check_subordinate_ids(struct doctor *d)
{
	static const struct doctor_check c = {
		"user", "subordinate-ids", false,
		"rootless podman needs them for containers with more than one user: install "
		"uidmap, and usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER"};
	const bool uids = has_range("/etc/subuid"), gids = has_range("/etc/subgid");
	const bool program = access("/usr/bin/newuidmap", X_OK) == 0;

	if (!user_ns_wanted())
		return;
	doctor_add(d, &c, uids && gids && program ? DOCTOR_WORKS : DOCTOR_LIMITED,
		   "/etc/subuid: %s, /etc/subgid: %s, newuidmap: %s", uids ? "yes" : "no",
		   gids ? "yes" : "no", program ? "yes" : "no");
}

/* 3 forbids reading other programs' memory even to root, and cannot be taken back. */
static void check_yama(struct doctor *d)
{
	static const struct doctor_check c = {"user", "ptrace-scope", true,
					      "kernel.yama.ptrace_scope=3 forbids to read a "
					      "program's arguments: set 2 or less in "
					      "sysctl.d and restart the machine"};
	FILE *f = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int scope = 0;

	if (!f)
		return;
	if (fscanf(f, "%d", &scope) == 1)
		doctor_add(d, &c, scope >= 3 ? DOCTOR_MISSING : DOCTOR_WORKS, "%d", scope);
	fclose(f);
}

static void check_fuse(struct doctor *d)
{
	static const struct doctor_check absent = {
		"fuse", "device", true,
		"load the module with 'modprobe fuse', or pass the device into this container "
		"(--device /dev/fuse)"};
	static const struct doctor_check closed = {
		"fuse", "device", true,
		"allow this container or user the device, or run it as root"};
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		doctor_add(d, &absent, DOCTOR_WORKS, "/dev/fuse");
		return;
	}
	doctor_add(d, errno == ENOENT || errno == ENODEV || errno == ENXIO ? &absent : &closed,
		   DOCTOR_MISSING, "/dev/fuse: %s", strerror(errno));
}

static bool is_cgroup2(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* The service needs none; runtimes do. */
static void check_cgroups(struct doctor *d)
{
	static const struct doctor_check c = {
		"cgroups", "layout", false,
		"crun and podman refuse a layout that is both: boot with "
		"systemd.unified_cgroup_hierarchy=1, or use runc"};
	static const struct doctor_check none = {"cgroups", "layout", false,
						 "container runtimes need /sys/fs/cgroup"};
	struct stat st;

	if (is_cgroup2("/sys/fs/cgroup"))
		doctor_add(d, &c, DOCTOR_WORKS, "version 2");
	else if (is_cgroup2("/sys/fs/cgroup/unified"))
		doctor_add(d, &c, DOCTOR_LIMITED, "version 1 and 2 at once (hybrid)");
	else if (stat("/sys/fs/cgroup/memory", &st) == 0 ||
		 stat("/sys/fs/cgroup/devices", &st) == 0)
		doctor_add(d, &c, DOCTOR_WORKS, "version 1");
	else
		doctor_add(d, &none, DOCTOR_LIMITED, "none");
}

void doctor_system(struct doctor *d)
{
	check_capabilities(d);
	check_subordinate_ids(d);
	check_yama(d);
	check_fuse(d);
	check_cgroups(d);
}
