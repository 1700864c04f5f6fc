/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * doctor: what a run without privileges, and a user's service, do less well than root's. Nothing is
 * tried here: each is a right that the kernel gives only to root of the initial user namespace (BPF,
 * CAP_NET_ADMIN over the network namespace) or to the owner of a container's user namespace.
 * docs/containers.md and docs/differences.md say the same.
 */
#include "daemon/user_ns.h"
#include "tools/ctl.h"
#include "tools/doctor.h"

static const struct {
	const char *name, *found, *remedy;
} losses[] = {
	{"callers", "looked up in /proc, without BPF",
	 "a call takes longer than with root's service"},
	{"signals", "noticed by polling, without BPF",
	 "a waiting call notices a signal some milliseconds later than with root's service"},
	{"mq_notify", "SIGEV_THREAD fails with EPERM",
	 "use SIGEV_SIGNAL, or root's service: it takes CAP_NET_ADMIN over the program's network "
	 "namespace"},
	{"segments", "ENOSYS for containers with --ipc=host, or that share by name only",
	 "share the kernel's IPC namespace as well (a pod, --ipc=container:), or use root's "
	 "service, which injects segments"},
	{"segment-limits", "shmmax, shmall, shmmni of containers cannot be set",
	 "they are the container's own root's to set; quota_shm and quota_bytes can be set"},
	{"lost-answers", "no warning of a runtime that leaves the flag out",
	 "it takes BPF to see SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 'runtime' above says which "
	 "runtimes take it"},
	{"sysctl-files", "chmod of an IPC sysctl gives EOVERFLOW, natively EPERM",
	 "root, who owns the file, has no id in the user's namespace"},
};

void doctor_rootless(struct doctor *d, const struct ctl *c)
{
	if (!c->user && !user_ns_wanted())
		return;
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		const struct doctor_check check = {"rootless", losses[i].name, false,
						   losses[i].remedy};

		doctor_add(d, &check, DOCTOR_LIMITED, "%s", losses[i].found);
	}
}
