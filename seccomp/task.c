/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The caller of a trapped call: choosing the backend that says who it is, and its memory.
 *
 * Called by the event loop that owns the caller's namespace, between receiving a notification and
 * answering it. Nothing here keeps state about callers; whatever is asked twice is asked twice,
 * because setuid(2) and friends change the answer. The memory functions may sleep as long as the
 * target likes and hence must never run in a thread that serves another namespace.
 */
#include "seccomp/task.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "seccomp/task_impl.h"

/* Every page size is a multiple of this, so a piece that ends at such a border never enters a page
 * that the string does not reach. */
#define SMALLEST_PAGE 4096u

/* PROC_USER_INIT_INO of linux/proc_ns.h: the initial user namespace, on every kernel. */
#define INITIAL_USER_NS 0xEFFFFFFDu

static uint32_t caps_over(uint64_t owner_user_ns, uint64_t user_ns, uint64_t effective)
{
	static const struct {
		unsigned char cap;
		enum ipc_cap bit;
		enum { OWN, OWNER, INITIAL } in;
	} map[] = {
		{CAP_IPC_OWNER, IPC_CAP_OWNER, OWNER},
		{CAP_SYS_ADMIN, IPC_CAP_SYS_ADMIN, OWNER},
		{CAP_SYS_RESOURCE, IPC_CAP_SYS_RESOURCE, INITIAL},
		{CAP_DAC_OVERRIDE, IPC_CAP_DAC_OVERRIDE, OWN},
		{CAP_FOWNER, IPC_CAP_FOWNER, OWN},
		{CAP_CHECKPOINT_RESTORE, IPC_CAP_CHECKPOINT_RESTORE, OWNER},
	};
	const uint64_t where[] = {
		[OWN] = user_ns, [OWNER] = owner_user_ns, [INITIAL] = INITIAL_USER_NS};
	uint32_t caps = 0;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		/* What is held in an ancestor counts, too; of those only the initial one is known. */
		if ((effective >> map[i].cap & 1) &&
		    (where[map[i].in] == user_ns || user_ns == INITIAL_USER_NS))
			caps |= map[i].bit;
	}
	return caps;
}

uint32_t task_caps(const struct task_probe *p, uint64_t user_ns, uint64_t effective)
{
	return caps_over(p->owner_user_ns, user_ns, effective);
}

uint32_t task_caps_over(const struct task_ident *who, uint64_t owner_user_ns)
{
	return caps_over(owner_user_ns, who->user_ns, who->effective);
}

int task_probe_open(enum task_backend backend, uint64_t owner_user_ns, struct task_probe **out)
{
	struct task_probe *p = NULL;
	int err = -EOPNOTSUPP;

	if (backend != TASK_BACKEND_PROC)
		err = task_bpf_open(&p);
	if (backend == TASK_BACKEND_PROC || (err && backend == TASK_BACKEND_AUTO))
		err = task_proc_open(&p);
	if (err)
		return err;
	p->owner_user_ns = owner_user_ns;
	*out = p;
	return 0;
}

void task_probe_close(struct task_probe *p)
{
	if (p)
		p->ops->close(p);
}

enum task_backend task_probe_backend(const struct task_probe *p)
{
	return p->ops->id;
}

int task_ask(struct task_probe *p, const struct task_question *q, struct task_ident *out)
{
	int r = p->ops->identify(p, q, out);

	out->cred.tid = (uint32_t)q->tid;
	out->cred.user_ns = out->user_ns;
	out->cred.more_groups = out->ngroups > IPC_MAX_GROUPS;
	return r;
}

uint32_t task_purses(struct task_probe *p, pid_t tid, struct ipc_purse *above, uint32_t size)
{
	return p->ops->purses ? p->ops->purses(p, tid, above, size) : 0;
}

int task_listener_killable(struct task_probe *p, pid_t tid)
{
	return p->ops->listener_killable ? p->ops->listener_killable(p, tid) : -EOPNOTSUPP;
}

int task_file_refs(struct task_probe *p, const int *fd, uint32_t n, uint64_t *refs)
{
	return p->ops->file_refs ? p->ops->file_refs(p, fd, n, refs) : -EOPNOTSUPP;
}

int task_in_group(struct task_probe *p, pid_t tid, uint32_t gid)
{
	return p->ops->in_group(p, tid, gid);
}

pid_t task_undo_sharer(struct task_probe *p, const struct sem_holder *who, pid_t not_tid)
{
	if (!p->ops->undo_sharer)
		return -EOPNOTSUPP;
	/* A list of one thread's own is named by the thread, and born with it. */
	return who->born ? 0 : p->ops->undo_sharer(p, who->list, not_tid);
}

/*
 * One system call is one memory (mm_access() binds it); a second one could meet another program
 * behind the same tid. So a short transfer is not continued: it is the fault. The kernel lets
 * process_vm_readv(2) read the vsyscall page, copy_from_user() does not: no upper-half addresses.
 */
int task_read(pid_t tid, uint64_t addr, void *buf, size_t len)
{
	struct iovec local = {buf, len};
	struct iovec remote = {(void *)(uintptr_t)addr, len};

	if (!len)
		return 0;
	if (addr + len < addr || (addr + len) >> 63)
		return -EFAULT;

	ssize_t n = process_vm_readv(tid, &local, 1, &remote, 1, 0);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EFAULT;
}

ssize_t task_read_str(pid_t tid, uint64_t addr, char *buf, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t piece = SMALLEST_PAGE - (addr + done) % SMALLEST_PAGE;
		const char *nul;
		int err;

		if (piece > size - done)
			piece = size - done;
		err = task_read(tid, addr + done, buf + done, piece);
		if (err)
			return err;
		nul = memchr(buf + done, '\0', piece);
		if (nul)
			return nul - buf;
		done += piece;
	}
	return -ENAMETOOLONG;
}

unsigned task_filters(pid_t tid)
{
	static const char label[] = "Seccomp_filters:";
	char path[64], line[256];
	unsigned n = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, label, sizeof(label) - 1) == 0)
			n = (unsigned)strtoul(line + sizeof(label) - 1, NULL, 10);
	if (f)
		fclose(f);
	return n;
}

bool task_only_thread(pid_t tgid)
{
	char path[64];
	struct stat st;

	/* proc_task_getattr(): two links, and one for each thread. */
	snprintf(path, sizeof(path), "/proc/%d/task", (int)tgid);
	return stat(path, &st) == 0 && st.st_nlink <= 3;
}

static int soft_limit(pid_t tgid, int which, const char *label, uint64_t *soft)
{
	char path[64], line[256], value[32];
	struct rlimit64 lim;
	int r = -ENOENT;

	if (prlimit64(tgid, which, NULL, &lim) == 0) {
		*soft = lim.rlim_cur;
		return 0;
	}
	if (errno != EPERM)
		return -errno;
	/* Another user's needs CAP_SYS_RESOURCE, which containers' root lacks; reading does not. */
	snprintf(path, sizeof(path), "/proc/%d/limits", (int)tgid);
	FILE *f = fopen(path, "re");

	if (!f)
		return errno == ENOENT ? -ESRCH : -errno;
	while (r < 0 && fgets(line, sizeof(line), f)) {
		if (strncmp(line, label, strlen(label)) != 0 ||
		    sscanf(line + strlen(label), "%31s", value) != 1)
			continue;
		*soft = strcmp(value, "unlimited") == 0 ? UINT64_MAX : strtoull(value, NULL, 10);
		r = 0;
	}
	fclose(f);
	return r;
}

bool task_fds_full(pid_t tgid)
{
	char path[64];
	unsigned long limit = 0, free_fd = 0;
	struct rlimit64 lim;

	if (prlimit64(tgid, RLIMIT_NOFILE, NULL, &lim) == 0) {
		limit = lim.rlim_cur;
	} else {
		char line[256];

		snprintf(path, sizeof(path), "/proc/%d/limits", (int)tgid);
		FILE *f = fopen(path, "re");

		while (f && fgets(line, sizeof(line), f))
			(void)sscanf(line, "Max open files %lu", &limit);
		if (f)
			fclose(f);
	}
	/* alloc_fd() takes the lowest free number and fails when that reaches the limit. */
	for (; free_fd < limit; free_fd++) {
		struct statx stx;

		snprintf(path, sizeof(path), "/proc/%d/fd/%lu", (int)tgid, free_fd);
		if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_INO,
			  &stx) < 0)
			return false;
	}
	return true;
}

int task_rlimit_msgqueue(pid_t tgid, uint64_t *soft)
{
	return soft_limit(tgid, RLIMIT_MSGQUEUE, "Max msgqueue size", soft);
}

int task_rlimit_memlock(pid_t tgid, uint64_t *soft)
{
	return soft_limit(tgid, RLIMIT_MEMLOCK, "Max locked memory", soft);
}
