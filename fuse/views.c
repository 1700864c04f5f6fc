/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list. It does not depend on what a build leaves out: what such a path would show otherwise are
 * the kernel's objects, which are others' perhaps, and limits that nobody keeps.
 */
#include "fuse/views.h"

#include <stdio.h>

#include "ipc/sysctl.h"

static bool fill(struct ipcns_view *out, const char *subtree, const char *path, bool proc)
{
	*out = (struct ipcns_view){.proc = proc};
	snprintf(out->subtree, sizeof(out->subtree), "%s", subtree);
	snprintf(out->path, sizeof(out->path), "%s", path);
	return true;
}

static bool sysctl_get(unsigned i, struct ipcns_view *out)
{
	const enum ipc_sysctl id = (enum ipc_sysctl)i;
	char path[64];

	if (i >= IPC_SYSCTLS)
		return false;
	snprintf(path, sizeof(path), "proc/sys/%s/%s", ipc_sysctl_dir(id), ipc_sysctl_name(id));
	fill(out, path + sizeof("proc/") - 1, path, true);
	out->segments = ipc_sysctl_of_segments(id);
	return true;
}

bool ipcns_view_get(unsigned i, struct ipcns_view *out)
{
	switch (i) {
	case 0:
		return fill(out, "mqueue", "dev/mqueue", false);
	case 1:
		return fill(out, "sysvipc/msg", "proc/sysvipc/msg", true);
	case 2:
		return fill(out, "sysvipc/sem", "proc/sysvipc/sem", true);
	case 3:
		fill(out, "sysvipc/shm", "proc/sysvipc/shm", true);
		out->segments = true;
		return true;
	default:
		return sysctl_get(i - 4, out);
	}
}
