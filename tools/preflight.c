/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asking for everything before anything is made, so that what is missing is named in one line
 * instead of by the errno of some later step.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/user_ns.h"
#include "seccomp/newer.h"
#include "tools/run.h"

void say(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* What a user typed may hold anything; a message is one line and no terminal control. */
	for (char *p = line; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
	dprintf(STDERR_FILENO, "%s: %s\n", program_invocation_short_name, line);
}

static int check_capabilities(void)
{
	static const struct {
		cap_value_t cap;
		const char *why;
	} needed[] = {
		{CAP_SYS_ADMIN, "CAP_SYS_ADMIN (namespaces, mounts, seccomp without no_new_privs)"},
		{CAP_SYS_PTRACE, "CAP_SYS_PTRACE (to read arguments from the program's memory)"},
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!capability_in_effect(needed[i].cap)) {
			say("missing %s: run it as root, or with sudo", needed[i].why);
			return -1;
		}
	}
	return 0;
}

static int check_seccomp(void)
{
	unsigned action = SECCOMP_RET_USER_NOTIF;
	unsigned long flags =
		SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0) {
		say("this kernel has no seccomp user notification (%s): Linux 6.15 or newer with "
		    "CONFIG_SECCOMP_FILTER is needed",
		    strerror(errno));
		return -1;
	}
	/* A NULL program is looked at after the flags: EFAULT says that the flags are known. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EINVAL) {
		say("this kernel's seccomp has no WAIT_KILLABLE_RECV: Linux 6.15 or newer is "
		    "needed");
		return -1;
	}
	return 0;
}

static int check_fuse(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno == ENOENT)
		say("/dev/fuse is missing: load the module with 'modprobe fuse', or in a container "
		    "pass the device in (--device /dev/fuse)");
	else
		say("cannot open /dev/fuse: %s%s", strerror(errno),
		    errno == ENODEV ? ": the kernel has no FUSE (CONFIG_FUSE_FS)"
				    : ": allow this container or user the device");
	return -1;
}

static int check_kernel(void)
{
	struct stat st;
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0) {
		say("this kernel has no fsopen(2) (%s): Linux 6.15 or newer is needed",
		    strerror(errno));
		return -1;
	}
	close(fs);
	if (stat("/proc/self/ns/ipc", &st) < 0) {
		say("/proc/self/ns/ipc is missing: mount /proc, and use a kernel with "
		    "CONFIG_IPC_NS");
		return -1;
	}
	return 0;
}

int preflight(bool rootless)
{
	if (!rootless && (check_capabilities() < 0 || check_kernel() < 0))
		return -1;
	return check_seccomp() < 0 ? -1 : check_fuse();
}
