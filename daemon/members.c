/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding members by /proc. A pidfd is taken before the look, so the kill meets what was seen. */
#include "daemon/members.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp/task_pidfd.h"

static unsigned kill_round(DIR *proc, uint64_t ipc_ns)
{
	unsigned killed = 0;
	struct dirent *d;

	rewinddir(proc);
	while ((d = readdir(proc))) {
		long pid = strtol(d->d_name, NULL, 10);
		uint64_t inode;

		if (pid <= 0 || pid == getpid())
			continue;
		int pidfd = task_pidfd_open((pid_t)pid);

		if (pidfd < 0)
			continue;
		if (task_ns_inode(pidfd, TASK_NS_IPC, &inode) == 0 && inode == ipc_ns &&
		    syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0)
			killed++;
		close(pidfd);
	}
	return killed;
}

unsigned members_kill(uint64_t ipc_ns)
{
	DIR *proc = opendir("/proc");
	unsigned total = 0, n;

	if (!proc)
		return 0;
	for (int round = 0; round < 100 && (n = kill_round(proc, ipc_ns)) > 0; round++) {
		total += n;
		usleep(1000);
	}
	closedir(proc);
	return total;
}
