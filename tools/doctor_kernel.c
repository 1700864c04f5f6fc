/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor: what the kernel can do. Asked by doing, as distributions take features back and forth. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "daemon/foreign_shm.h"
#include "ipc/config.h"
#include "seccomp/filter.h"
#include "seccomp/newer.h"
#include "seccomp/task.h"
#include "tools/doctor.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

/* A clone of a detached mount; see Requirements in the README. */
#define OLDEST_KERNEL 6015

static void check_version(struct doctor *d)
{
	static const struct doctor_check c = {"kernel", "version", true,
					      "Linux 6.15 or newer is needed"};
	struct utsname u;
	unsigned version;

	if (uname(&u) < 0)
		return;
	version = doctor_version(u.release);
	doctor_add(d, &c, version >= OLDEST_KERNEL ? DOCTOR_WORKS : DOCTOR_MISSING, "%s",
		   u.release);
}

/* ---- seccomp: all three by one filter, which a process may give itself without privilege ---- */

static int try_filter(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	int fd = filter_install(0);

	return fd < 0 ? fd : 0;
}

static int try_sync(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	int fd = filter_install(0);

	if (fd < 0)
		return fd;
	return ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP) < 0
		       ? -errno
		       : 0;
}

static void check_seccomp(struct doctor *d)
{
	static const struct doctor_check notify = {"seccomp", "user-notify", true,
						   "a kernel with CONFIG_SECCOMP_FILTER is needed"};
	static const struct doctor_check listener = {
		"seccomp", "listener", true,
		"this shell runs under another seccomp listener, and the kernel allows one: run "
		"ipcnsctl outside of it"};
	static const struct doctor_check killable = {
		"seccomp", "wait-killable", true,
		"without SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (Linux 5.19) answers get lost at "
		"signals: a newer kernel is needed"};
	static const struct doctor_check sync = {
		"seccomp", "sync-wake-up", false,
		"every call takes ten times as long without it: Linux 6.6 or newer has it"};
	unsigned action = SECCOMP_RET_USER_NOTIF;
	int r;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0) {
		doctor_add(d, &notify, DOCTOR_MISSING, "%s", strerror(errno));
		return;
	}
	doctor_add(d, &notify, DOCTOR_WORKS, "available");
	r = doctor_try(try_filter);
	if (r == -EBUSY) {
		doctor_add(d, &listener, DOCTOR_MISSING, "another one is in the way");
		return;
	}
	doctor_add(d, &killable, r < 0 ? DOCTOR_MISSING : DOCTOR_WORKS, "%s",
		   r < 0 ? strerror(-r) : "a filter with it can be installed");
	if (r < 0)
		return;
	r = doctor_try(try_sync);
	doctor_add(d, &sync, r < 0 ? DOCTOR_LIMITED : DOCTOR_WORKS, "%s",
		   r < 0 ? strerror(-r) : "a listener can be switched to it");
}

/* ---- mounts and namespaces ---- */

static int try_detached(void)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC), mount;

	if (fs < 0)
		return -errno;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (mount < 0)
		return -errno;
	return open_tree(mount, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC) < 0
		       ? -errno
		       : 0;
}

static int try_ipc_ns(void)
{
	return unshare(CLONE_NEWIPC) < 0 ? -errno : 0;
}

static void check_by_trying(struct doctor *d, const struct doctor_check *c, int (*fn)(void),
			    const char *found)
{
	int r = doctor_try_as_run(fn);

	doctor_add(d, c, r < 0 ? DOCTOR_MISSING : DOCTOR_WORKS, "%s", r < 0 ? strerror(-r) : found);
}

static void check_file(struct doctor *d, const struct doctor_check *c, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		doctor_add(d, c, DOCTOR_WORKS, "%s", path);
	else
		doctor_add(d, c, DOCTOR_LIMITED, "%s: %s", path, strerror(errno));
}

static void check_namespaces(struct doctor *d)
{
	static const struct doctor_check detached = {
		"kernel", "detached-mounts", true,
		"/dev/mqueue and /proc of a namespace are clones of a detached mount: Linux 6.15 "
		"or "
		"newer is needed, and root or a user namespace"};
	static const struct doctor_check ipc = {
		"kernel", "ipc-namespaces", true,
		"shared memory segments are a kernel namespace's: a kernel with CONFIG_IPC_NS is "
		"needed, and root or a user namespace"};
	static const struct doctor_check sysv = {
		"kernel", "sysvipc", false,
		"there is no shared memory without the kernel's: CONFIG_SYSVIPC is needed"};

	check_by_trying(d, &detached, try_detached, "a clone can be made");
	check_by_trying(d, &ipc, try_ipc_ns, "one can be made");
	check_file(d, &sysv, "/proc/sysvipc/shm");
}

/* ---- BPF ---- */

static int try_bpf(void)
{
	struct task_probe *probe;
	int r = task_probe_open(TASK_BACKEND_BPF, 0, &probe);

	if (r == 0)
		task_probe_close(probe);
	return r;
}

static int try_injection(void)
{
	struct task_probe *probe;
	int r = task_probe_open(TASK_BACKEND_BPF, 0, &probe);

	if (r < 0)
		return r;
	r = IPCNS_WITH_SHM ? foreign_possible(probe) : -EOPNOTSUPP;
	task_probe_close(probe);
	return r;
}

static void check_injection(struct doctor *d)
{
	static const struct doctor_check c = {
		"kernel", "segment-injection", false,
		"containers that are on the host's IPC namespace, or name a namespace but have a "
		"kernel IPC namespace of their own, get ENOSYS for shared memory: BPF programs, "
		"Linux 6.11, x86-64 and root of the initial user namespace are needed"};
	int r;

	if (!IPCNS_WITH_SHM)
		return;
	r = doctor_try(try_injection);
	doctor_add(d, &c, r < 0 ? DOCTOR_LIMITED : DOCTOR_WORKS, "%s",
		   r < 0 ? strerror(-r) : "a segment can be mapped as a file");
}

static void check_bpf(struct doctor *d)
{
	static const struct doctor_check btf = {
		"bpf", "btf", false,
		"callers are looked up in /proc, which takes several times as long: a kernel with "
		"CONFIG_DEBUG_INFO_BTF has it"};
	static const struct doctor_check load = {"bpf", "programs", false,
						 "callers are looked up in /proc, which takes "
						 "several times as long, and signals for "
						 "waiting calls are polled for: CAP_BPF and "
						 "CAP_PERFMON are needed, and a build with "
						 "IPCNS_WITH_BPF"};
	int r;

	check_file(d, &btf, "/sys/kernel/btf/vmlinux");
	r = doctor_try(try_bpf);
	doctor_add(d, &load, r < 0 ? DOCTOR_LIMITED : DOCTOR_WORKS, "%s",
		   r < 0 ? strerror(-r) : "the programs load");
}

static int try_secret(void)
{
	int fd = (int)syscall(SYS_memfd_secret, 0);
	void *map;

	if (fd < 0 || ftruncate(fd, 4096) < 0)
		return -errno;
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return map == MAP_FAILED ? -errno : 0;
}

static void check_secret(struct doctor *d)
{
	static const struct doctor_check c = {
		"kernel", "secret-memory", false,
		"--shim (libipcshim) does not make semop(2) faster without memfd_secret(2): boot "
		"with secretmem.enable=1, and allow locked memory (RLIMIT_MEMLOCK)"};
	int r;

	if (!IPCNS_WITH_SHIM)
		return;
	r = doctor_try(try_secret);
	doctor_add(d, &c, r < 0 ? DOCTOR_LIMITED : DOCTOR_WORKS, "%s",
		   r < 0 ? strerror(-r) : "it can be mapped");
}

void doctor_kernel(struct doctor *d)
{
	check_version(d);
	check_namespaces(d);
	check_seccomp(d);
	check_bpf(d);
	check_injection(d);
	check_secret(d);
}
