/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs mount and umount, and what they and the mount helper ask about mounts. All asking goes to
 * /proc/self/mountinfo: asking the file system itself could wait for whoever serves it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "fuse/mount.h"
#include "tools/ctl.h"
#include "tools/run.h"

/* The topmost mount at a path. */
struct mount_at {
	dev_t dev;
	bool queues; /* its root is the view of message queues */
	bool ours;   /* it is a namespace's file system */
	bool read_only;
};

/* Of mounts on top of each other the last line is the one that is seen. False if there is none. */
static bool find_mount(const char *path, struct mount_at *found)
{
	char *real = realpath(path, NULL), line[8192], root[4096], at[4096], opt[256];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	unsigned maj, min;
	bool any = false;

	while (real && f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %u:%u %4095s %4095s %255s", &maj, &min, root, at, opt) !=
			    5 ||
		    strcmp(at, real) != 0)
			continue;
		*found = (struct mount_at){makedev(maj, min), strcmp(root, "/mqueue") == 0,
					   strstr(line, " - fuse.ipcns ") != NULL,
					   strncmp(opt, "ro", 2) == 0};
		any = true;
	}
	if (f)
		fclose(f);
	free(real);
	return any;
}

bool ctl_is_ours(const char *path)
{
	struct mount_at at;

	return find_mount(path, &at) && at.ours;
}

bool ctl_is_mounted(int tree, const char *path, bool *read_only)
{
	struct mount_at at;
	struct statx sx;

	if (statx(tree, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &sx) < 0 ||
	    !find_mount(path, &at) || !at.queues ||
	    at.dev != makedev(sx.stx_dev_major, sx.stx_dev_minor))
		return false;
	*read_only = at.read_only;
	return true;
}

int ctl_mount(struct ctl *c, int argc, char **argv)
{
	sd_bus_message *reply = NULL;
	int tree, r, status = ctl_call(c, CTL_PATH, CTL_MANAGER, "OpenMount", &reply, "s", argv[0]);
	bool read_only;

	(void)argc;
	if (status != CTL_OK)
		return status;
	r = sd_bus_message_read(reply, "h", &tree);
	/* A second one on top would survive the umount of one, unnoticed. */
	if (r >= 0 && ctl_is_mounted(tree, argv[1], &read_only))
		r = -EBUSY;
	if (r >= 0)
		r = ipcns_mount_attach(tree, argv[1]);
	sd_bus_message_unref(reply);
	if (r == 0)
		return CTL_OK;
	if (r == -EBUSY)
		say("'%s' is mounted at %s already", argv[0], argv[1]);
	else
		say("cannot mount '%s' at %s: %s", argv[0], argv[1], strerror(-r));
	return CTL_FAILED;
}

int ctl_umount(struct ctl *c, int argc, char **argv)
{
	(void)c, (void)argc;
	if (!ctl_is_ours(argv[0])) {
		say("no namespace is mounted at %s", argv[0]);
		return CTL_NOT_FOUND;
	}
	if (umount2(argv[0], UMOUNT_NOFOLLOW) < 0) {
		say("cannot unmount %s: %s", argv[0], strerror(errno));
		return CTL_FAILED;
	}
	return CTL_OK;
}
