/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An embedded namespace's tmpfs: mounted for one process, invisible to all others. */
#include "daemon/state.h"

#include <errno.h>
#include <sys/mount.h>
#include <unistd.h>

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
