/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs mount and umount, and what they and the mount helper ask about mounts. All asking goes to
 * mountinfo: asking the file system itself could wait for whoever serves it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "fuse/mount.h"
#include "tools/ctl.h"
#include "tools/mountinfo.h"
#include "tools/run.h"

bool ctl_is_ours(const char *path)
{
	struct mount_at at;

	return mountinfo_find(path, &at) && at.ours;
}

bool ctl_is_mounted(int tree, const char *path, bool *read_only)
{
	struct mount_at at;
	struct statx sx;

	if (statx(tree, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &sx) < 0 ||
	    !mountinfo_find(path, &at) || !at.queues ||
	    at.dev != makedev(sx.stx_dev_major, sx.stx_dev_minor))
		return false;
	*read_only = at.read_only;
	return true;
}

int ctl_attach(int tree, const char *path)
{
	char *real = realpath(path, NULL);
	int fd = real ? open(real, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	/* move_mount(2) would only say that one of its arguments is invalid. */
	int r = fd < 0 ? -errno : ipcns_mount_attach(tree, real);

	if (fd >= 0)
		close(fd);
	free(real);
	return r;
}

static enum ctl_status status_of(int error)
{
	switch (error) {
	case -EPERM:
	case -EACCES:
		return CTL_DENIED;
	default:
		return CTL_FAILED;
	}
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
		r = ctl_attach(tree, argv[1]);
	sd_bus_message_unref(reply);
	if (r == 0)
		return CTL_OK;
	if (r == -EBUSY)
		say("'%s' is mounted at %s already", argv[0], argv[1]);
	else
		say("cannot mount '%s' at %s: %s", argv[0], argv[1], strerror(-r));
	return status_of(r);
}

int ctl_umount(struct ctl *c, int argc, char **argv)
{
	char *real = realpath(argv[0], NULL);
	int r = real ? 0 : -errno;

	(void)c, (void)argc;
	if (r == 0 && !ctl_is_ours(real)) {
		say("no namespace is mounted at %s", argv[0]);
		free(real);
		return CTL_NOT_FOUND;
	}
	/* UMOUNT_NOFOLLOW: what is a link by now was none just before. */
	if (r == 0 && umount2(real, UMOUNT_NOFOLLOW) < 0)
		r = -errno;
	free(real);
	if (r == 0)
		return CTL_OK;
	say("cannot unmount %s: %s", argv[0], strerror(-r));
	return r == -ENOENT ? CTL_NOT_FOUND : status_of(r);
}
