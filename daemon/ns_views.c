/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a container's first program waits for: the views in its mount namespace. On the receiver's
 * thread, while the call waits and the namespace's lock is free.
 *
 * The same moment tells what kind of listener it is. One that was made without
 * SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV loses answers when signals come; nothing can be done about
 * that here, but it can be said.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/mounter.h"
#include "daemon/ns_thread.h"
#include "fuse/mount.h"
#include "seccomp/listener.h"
#include "seccomp/task_pidfd.h"

/* Where the caller sees files, and whose sysctls. Return: 0, or negative errno and nothing open. */
static int open_namespaces(const struct server_listener *l, const struct seccomp_notif *n,
			   int *mnt_ns, int *ipc_ns)
{
	int pidfd = task_pidfd_open((pid_t)n->pid), r;

	if (pidfd < 0)
		return pidfd;
	*mnt_ns = task_ns_open(pidfd, TASK_NS_MNT);
	*ipc_ns = *mnt_ns < 0 ? *mnt_ns : task_ns_open(pidfd, TASK_NS_IPC);
	close(pidfd);
	r = *ipc_ns;
	/* Before that the number may have been another task's. */
	if (r >= 0 && !listener_valid(l->fd, n->id))
		r = -ESRCH;
	if (r >= 0)
		return 0;
	if (*mnt_ns >= 0)
		close(*mnt_ns);
	if (*ipc_ns >= 0)
		close(*ipc_ns);
	return r;
}

static void say_mounted(const struct ns_thread *ns, pid_t pid, int r, const struct mounted *m)
{
	const struct log_about about = {.ns = ns->name, .pid = pid};

	if (r < 0)
		log_say(LOG_WARNING, &about,
			"container of process %d: no views of the namespace: %s; its calls are "
			"served",
			pid, r == -ETIMEDOUT ? "its file systems do not answer" : strerror(-r));
	else if (m->error < 0)
		log_say(LOG_WARNING, &about,
			"container of process %d: cannot mount the namespace's view at %s: %s; its "
			"calls are served",
			pid, m->where, strerror(-m->error));
	else if (m->shared)
		log_say(LOG_WARNING, &about,
			"container of process %d: %u views are left out, since its mounts "
			"propagate to "
			"others (rootfsPropagation)",
			pid, m->shared);
	else
		log_say(LOG_DEBUG, &about,
			"container of process %d: %u views mounted, %u were there, %u have no "
			"place",
			pid, m->fresh, m->there, m->absent);
}

/* What ran in that one cannot be helped: nobody has its listener any more. */
static void say_dead(const struct ns_thread *ns, pid_t pid)
{
	log_say(LOG_WARNING, &(struct log_about){.ns = ns->name, .pid = pid},
		"container of process %d was in a namespace that has ended, as the service had "
		"ended: what is started in it now is served in a new one; programs that ran "
		"before get ENOSYS until the container is made anew",
		pid);
}

static int mount_views(struct ns_thread *ns, const struct server_listener *l,
		       const struct seccomp_notif *n)
{
	struct mounted m = {0};
	int mnt_ns, ipc_ns, r = open_namespaces(l, n, &mnt_ns, &ipc_ns);

	if (r == -ESRCH)
		return r;
	if (r == 0) {
		r = mounter_mount(ns->shared->mounter, mnt_ns, ipc_ns,
				  ipcns_fuse_mount_fd(ns->srv.fuse),
				  l->other_segments && ns->srv.foreign, &m);
		close(mnt_ns);
		close(ipc_ns);
	}
	/* Where some are there they were all once. */
	if (r == 0 && m.fresh && m.there)
		culprits_note(&ns->culprits, CULPRIT_VIEWS, (pid_t)n->pid);
	if (r == 0 && m.dead)
		say_dead(ns, (pid_t)n->pid);
	say_mounted(ns, (pid_t)n->pid, r, &m);
	return 0;
}

void ns_first_exec(void *ctx, struct server_listener *l, const struct seccomp_notif *n)
{
	struct ns_thread *ns = ctx;
	const pid_t tid = (pid_t)n->pid;
	int r = 0;

	turn_unlock(&ns->srv.lock);
	/* Before anything else: by one of this kind the caller may leave on a signal at any time. */
	const bool lossy = task_listener_killable(ns->srv.probe, tid) == 0;

	if (ns->shared->mounter)
		r = mount_views(ns, l, n);
	turn_lock(&ns->srv.lock);
	/* It died, or left on a signal and will come again. */
	if (r < 0)
		l->wants_views = true;
	if (!lossy || ns->lossy_told)
		return;
	ns->lossy_told = true;
	log_say(LOG_WARNING, &(struct log_about){.ns = ns->name, .pid = tid},
		"container of process %d: its runtime has loaded the filter without "
		"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV; a signal that comes during a call can "
		"make the call happen twice, or lose a message. See ipcnsd(8), Containers",
		tid);
}
