/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asked by pidfds only. */
#include "daemon/kin.h"

#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "seccomp/task_pidfd.h"

static bool same_file(int a, int b)
{
	struct stat sa, sb;

	return a >= 0 && b >= 0 && fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
	       sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static struct kin look(int pidfd)
{
	struct kin k = {.pid_ns = task_ns_open(pidfd, TASK_NS_PID)};

	if (task_mnt_ns_id(pidfd, &k.mnt_ns) < 0)
		k.mnt_ns = 0;
	return k;
}

/* What many have who are no container. */
static void leave_out(struct kin *k, pid_t pid)
{
	int pidfd = task_pidfd_open(pid);

	if (pidfd < 0)
		return;

	struct kin other = look(pidfd);

	close(pidfd);
	if (k->mnt_ns == other.mnt_ns)
		k->mnt_ns = 0;
	if (same_file(k->pid_ns, other.pid_ns)) {
		close(k->pid_ns);
		k->pid_ns = -1;
	}
	kin_close(&other);
}

struct kin kin_of(int pidfd)
{
	struct kin k = look(pidfd);

	leave_out(&k, getpid());
	leave_out(&k, 1);
	return k;
}

void kin_close(struct kin *k)
{
	if (k->pid_ns >= 0)
		close(k->pid_ns);
	*k = KIN_NONE;
}

bool kin_same(const struct kin *a, const struct kin *b)
{
	return (a->mnt_ns && a->mnt_ns == b->mnt_ns) || same_file(a->pid_ns, b->pid_ns);
}
