/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening once what struct server would open for itself. */
#include "daemon/shared.h"

#include <errno.h>
#include <sys/stat.h>

#include "daemon/process.h"

int shared_open(struct shared *sh)
{
	struct server_options opt;
	struct stat user_ns;

	process_backends(&opt);
	if (stat("/proc/self/ns/user", &user_ns) < 0)
		return -errno;
	int r = task_probe_open(opt.task_backend, user_ns.st_ino, &sh->probe);

	if (r < 0)
		return r;
	/* By /proc a look can wait for the task that is looked at: not for all at once. */
	if (task_probe_backend(sh->probe) != TASK_BACKEND_BPF) {
		task_probe_close(sh->probe);
		sh->probe = NULL;
	}
	return signals_share_open(opt.signals_backend, &sh->signals);
}

void shared_close(struct shared *sh)
{
	signals_share_close(sh->signals);
	if (sh->probe)
		task_probe_close(sh->probe);
	sh->signals = NULL;
	sh->probe = NULL;
}

void shared_fill(const struct shared *sh, struct server_options *opt)
{
	process_backends(opt);
	opt->probe = sh->probe;
	opt->signals = sh->signals;
	opt->signaller = sh->signaller;
}
