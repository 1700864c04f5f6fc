/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finding members by /proc. A pidfd is taken before the look, so the kill meets what was seen.
 * status and mountinfo do not wait for a task that executes a program (seccomp/task_pidfd.h).
 */
#include "daemon/members.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "seccomp/task_pidfd.h"

/* /proc/@pid/@name; NULL when it is gone. */
static FILE *open_of(long pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	return fopen(path, "re");
}

/* Somebody's shell that has entered the namespaces to look around is none of ours. */
static bool filtered(long pid)
{
	char line[256];
	int mode = 0;
	FILE *f = open_of(pid, "status");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Seccomp: %d", &mode) == 1)
			break;
	if (f)
		fclose(f);
	return mode == 2;
}

/*
 * Mounts of a run are in mount namespaces of its own, and nobody else's; but for the queues, which
 * mount(8) puts where everybody on the host sees them.
 */
static bool sees_views(long pid, uint64_t st_dev)
{
	unsigned maj, min;
	char root[16]; /* enough to tell */
	char *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *f = open_of(pid, "mountinfo");

	while (f && !found && getline(&line, &size, f) > 0)
		found = sscanf(line, "%*s %*s %u:%u %15s", &maj, &min, root) == 3 &&
			maj == major(st_dev) && min == minor(st_dev) && strcmp(root, "/mqueue") != 0;
	free(line);
	if (f)
		fclose(f);
	return found;
}

static bool is_member(long pid, int pidfd, uint64_t ipc_ns, uint64_t st_dev)
{
	uint64_t inode;

	if (!filtered(pid))
		return false;
	if (task_ns_inode(pidfd, TASK_NS_IPC, &inode) == 0 && inode == ipc_ns)
		return true;
	return sees_views(pid, st_dev);
}

static unsigned kill_round(DIR *proc, uint64_t ipc_ns, uint64_t st_dev)
{
	unsigned killed = 0;
	struct dirent *d;

	rewinddir(proc);
	while ((d = readdir(proc))) {
		long pid = strtol(d->d_name, NULL, 10);

		if (pid <= 0 || pid == getpid())
			continue;
		int pidfd = task_pidfd_open((pid_t)pid);

		if (pidfd < 0)
			continue;
		if (is_member(pid, pidfd, ipc_ns, st_dev) &&
		    syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0)
			killed++;
		close(pidfd);
	}
	return killed;
}

unsigned members_kill(uint64_t ipc_ns, uint64_t st_dev)
{
	DIR *proc = opendir("/proc");
	unsigned total = 0, n;

	if (!proc)
		return 0;
	for (int round = 0; round < 100 && (n = kill_round(proc, ipc_ns, st_dev)) > 0; round++) {
		total += n;
		usleep(1000);
	}
	closedir(proc);
	return total;
}
