/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Becoming the command: enter the backing IPC namespace, put the views in place in a mount
 * namespace of its own, install the filter, hand the listener over, exec. The filter comes last
 * because from then on an IPC call waits for the daemon.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "daemon/run_proto.h"
#include "fuse/mount.h"
#include "fuse/views.h"
#include "seccomp/filter.h"
#include "seccomp/task.h"
#include "tools/patience.h"
#include "tools/run.h"

static _Noreturn void fail_as(const struct guardian_args *a, int type, int status)
{
	struct guard_msg m = {.type = type, .value = status};

	(void)!write(a->front, &m, sizeof(m));
	_exit(status);
}

static _Noreturn void fail(const struct guardian_args *a, int status)
{
	fail_as(a, GUARD_FAILED_EARLY, status);
}

/* Containers have /proc/sys read-only; what is bound over it must not be a way around that. */
static int as_writable_as(const char *path, int tree)
{
	struct mount_attr ro = {.attr_set = MOUNT_ATTR_RDONLY};
	struct statvfs st;

	if (statvfs(path, &st) < 0 || !(st.f_flag & ST_RDONLY))
		return 0;
	return mount_setattr(tree, "", AT_EMPTY_PATH, &ro, sizeof(ro)) < 0 ? -errno : 0;
}

static void attach(const struct guardian_args *a, const struct ipcns_view *v)
{
	char path[sizeof(v->path) + 1];
	int tree, r;

	snprintf(path, sizeof(path), "/%s", v->path);
	if (v->proc && access(path, F_OK) < 0)
		return;
	tree = ipcns_mount_clone(a->mount_fd, v->subtree);
	r = tree < 0 ? tree : as_writable_as(path, tree);
	if (r == 0)
		r = ipcns_mount_attach(tree, path);
	if (tree >= 0)
		close(tree);
	if (r < 0) {
		say("cannot mount the namespace's view at %s: %s", path, strerror(-r));
		fail(a, EXIT_OWN_FAILURE);
	}
}

static void enter_namespaces(const struct guardian_args *a)
{
	if ((a->injected ? unshare(CLONE_NEWIPC) : setns(a->ipc_ns_fd, CLONE_NEWIPC)) < 0) {
		say("cannot enter %s IPC namespace: %s", a->injected ? "an" : "the backing",
		    strerror(errno));
		fail(a, EXIT_OWN_FAILURE);
	}
	/* Slave: what the host mounts later still shows up; what is mounted here stays here. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) {
		say("cannot make a mount namespace: %s%s", strerror(errno),
		    errno == EINVAL ? " (the root directory must be a mount point, which a chroot "
				      "is after 'mount --bind DIR DIR')"
				    : "");
		fail(a, EXIT_OWN_FAILURE);
	}
}

static void install_views(const struct guardian_args *a)
{
	int r = ipcns_mkdir_p("/dev/mqueue", 01777);
	struct ipcns_view v;

	if (r < 0) {
		say("cannot make /dev/mqueue, where the queues are shown: %s", strerror(-r));
		fail(a, EXIT_OWN_FAILURE);
	}
	for (unsigned i = 0; ipcns_view_get(i, &v); i++)
		if (!v.segments || a->injected)
			attach(a, &v);
}

static void hand_over(const struct guardian_args *a, int listener)
{
	struct run_msg m = {
		.type = RUN_LISTENER,
		.value = a->injected ? RUN_OUTSIDE : 0,
	};

	if (a->shim)
		m.value |= RUN_SHIM | (int)(task_filters(getpid()) * RUN_FILTERS);
	int pair[2], r;

	(void)run_send(a->listener, &m, &listener, 1);
	r = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ? -errno : 0;
	if (r == 0) {
		r = run_send(a->control, &m, (int[]){listener, pair[1]}, RUN_LISTENER_NFDS);
		/* With our copy open a daemon that dies would never be noticed. */
		close(pair[1]);
	}
	close(listener);
	if (r == 0)
		r = wait_answer(pair[0], ANSWER_MS);
	/* The user has enough, and the signal blocked. */
	if (r > 0)
		fail(a, 128 + r);
	if (r == 0)
		r = run_recv(pair[0], &m, NULL, 0);
	if (r <= 0 || m.type != RUN_LISTENING) {
		if (r > 0)
			say("the daemon part turned the command away: %s: %s", m.text,
			    strerror(m.value));
		else if (r == 0)
			say("the daemon part turned the command away: it has no descriptors left, "
			    "or has ended");
		else
			say("the daemon part does not answer: %s", strerror(-r));
		fail(a, EXIT_OWN_FAILURE);
	}
	close(pair[0]);
}

static void install_filter(const struct guardian_args *a)
{
	int listener =
		filter_install((a->injected ? FILTER_INJECTED : 0) | (a->shim ? FILTER_SHIM : 0));

	if (listener == -EBUSY) {
		say("this process is under another seccomp listener already, and the kernel allows "
		    "one: start it outside of that (a confined program cannot be confined again)");
		fail(a, EXIT_OWN_FAILURE);
	}
	if (listener < 0) {
		say("cannot install the seccomp filter: %s", strerror(-listener));
		fail(a, EXIT_OWN_FAILURE);
	}
	hand_over(a, listener);
}

/* In front of what the user preloads: who wraps semop(2) there gets what we leave over. */
static void preload(const struct guardian_args *a)
{
	const char *old = getenv("LD_PRELOAD");
	char *all;

	if (asprintf(&all, "%s%s%s", a->shim, old && *old ? ":" : "", old ? old : "") < 0 ||
	    setenv("LD_PRELOAD", all, 1) < 0) {
		say("out of memory");
		fail_as(a, GUARD_FAILED, EXIT_OWN_FAILURE);
	}
}

_Noreturn void confine_and_exec(const struct guardian_args *a)
{
	/* From here on: who ends the run ends this, whatever it waits for. */
	(void)sigprocmask(SIG_SETMASK, a->mask, NULL);
	enter_namespaces(a);
	install_views(a);
	install_filter(a);
	(void)setpgid(0, a->pgrp);
	if (a->chld_ignored)
		(void)signal(SIGCHLD, SIG_IGN);
	for (int fd = 0; fd <= 2; fd++)
		if (a->closed & 1u << fd)
			(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (a->shim)
		preload(a);
	execvp(a->argv[0], a->argv);

	int err = errno;

	say("cannot execute '%s': %s", a->argv[0], strerror(err));
	fail_as(a, GUARD_FAILED, err == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXEC);
}
