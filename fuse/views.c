/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list, as far as this build has it. */
#include "fuse/views.h"

#include <stdio.h>

#include "ipc/config.h"
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
	for (int id = 0; id < IPC_SYSCTLS; id++) {
		char path[64];

		if (!ipc_sysctl_present((enum ipc_sysctl)id) || i-- > 0)
			continue;
		snprintf(path, sizeof(path), "proc/sys/%s/%s", ipc_sysctl_dir(id),
			 ipc_sysctl_name(id));
		fill(out, path + sizeof("proc/") - 1, path, true);
		out->segments = ipc_sysctl_of_segments((enum ipc_sysctl)id);
		return true;
	}
	return false;
}

bool ipcns_view_get(unsigned i, struct ipcns_view *out)
{
	if (IPCNS_WITH_MQUEUE && i-- == 0)
		return fill(out, "mqueue", "dev/mqueue", false);
	if (!IPCNS_WITH_PROCFS)
		return false;
	if (IPCNS_WITH_MSG && i-- == 0)
		return fill(out, "sysvipc/msg", "proc/sysvipc/msg", true);
	if (IPCNS_WITH_SEM && i-- == 0)
		return fill(out, "sysvipc/sem", "proc/sysvipc/sem", true);
	if (IPCNS_WITH_SHM && i-- == 0) {
		fill(out, "sysvipc/shm", "proc/sysvipc/shm", true);
		out->segments = true;
		return true;
	}
	return sysctl_get(i, out);
}
