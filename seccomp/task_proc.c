/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is calling, read from /proc: the backend that needs no privilege beyond tracing the caller.
 *
 * The pieces come from several files and hence from several moments. That is harmless while the
 * thread is stopped in its notification, because it alone changes its credentials and namespaces;
 * only its descriptor table may be changed by siblings, see read_fd().
 *
 * Nothing here may send a request to a file system, since a caller's descriptor can belong to the
 * FUSE session that the very thread running this serves: it would wait for itself. So descriptors
 * are never opened, only looked at through links that the kernel follows without a lookup, and
 * attributes are taken from its cache (AT_STATX_DONT_SYNC).
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "seccomp/task_impl.h"
#include "seccomp/task_pidfd.h"

/* Enough for every status file without an extreme number of groups (about 1.5 KiB today). */
#define TEXT_INLINE 4096

/* A descriptor that siblings replace each time we read it, this often, has no identity. */
#define FD_TRIES 8

struct text {
	char *str;
	size_t size;
	char inl[TEXT_INLINE];
};

static void text_free(struct text *t)
{
	if (t->str != t->inl)
		free(t->str);
}

static int text_grow(struct text *t)
{
	char *more = malloc(t->size * 4);

	if (!more)
		return -ENOMEM;
	memcpy(more, t->str, t->size);
	text_free(t);
	t->str = more;
	t->size *= 4;
	return 0;
}

static int text_fill(struct text *t, int fd)
{
	size_t len = 0;

	t->str = t->inl;
	t->size = sizeof(t->inl);
	for (;;) {
		ssize_t n = read(fd, t->str + len, t->size - 1 - len);

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += n;
		if (len == t->size - 1 && text_grow(t))
			return -ENOMEM;
	}
	t->str[len] = '\0';
	return 0;
}

/*
 * What belongs to a thread that is gone is ENOENT when opened and ESRCH when read; a descriptor
 * closed in between is ENOENT when read.
 */
static int gone(int err)
{
	return err == -ENOENT ? -ESRCH : err;
}

__attribute__((format(printf, 2, 3))) static int text_read(struct text *t, const char *fmt, ...)
{
	char path[TASK_PATH_MAX];
	va_list args;
	int fd, err;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	t->str = t->inl;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return gone(-errno);
	err = text_fill(t, fd);
	close(fd);
	return gone(err);
}

/* The text behind "@key" (with its colon) at the start of a line, or NULL. */
static const char *field(const struct text *t, const char *key)
{
	size_t len = strlen(key);
	const char *line = t->str;

	while (line) {
		if (!strncmp(line, key, len))
			return line + len;
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return NULL;
}

static bool field_u64(const struct text *t, const char *key, int base, uint64_t *out)
{
	const char *at = field(t, key);

	if (at)
		*out = strtoull(at, NULL, base);
	return at;
}

/* The four ids of a Uid: or Gid: line: real, effective, saved, file system. */
static bool field_ids(const struct text *t, const char *key, uint32_t ids[4])
{
	const char *at = field(t, key);

	return at && sscanf(at, "%u %u %u %u", &ids[0], &ids[1], &ids[2], &ids[3]) == 4;
}

/* Next number on the line at *@at; false at its end. */
static bool next_group(const char **at, uint32_t *gid)
{
	char *end;

	while (**at == ' ' || **at == '\t')
		(*at)++;
	if (!isdigit((unsigned char)**at))
		return false;
	*gid = strtoul(*at, &end, 10);
	*at = end;
	return true;
}

static void fill_groups(const struct text *t, struct task_ident *out)
{
	const char *at = field(t, "Groups:");
	uint32_t gid;

	out->ngroups = 0;
	while (at && next_group(&at, &gid)) {
		if (out->ngroups < IPC_MAX_GROUPS)
			out->cred.groups[out->ngroups] = gid;
		out->ngroups++;
	}
	out->cred.ngroups = out->ngroups < IPC_MAX_GROUPS ? out->ngroups : IPC_MAX_GROUPS;
}

/*
 * "NSpid: 4711 12 1": the reader's own namespace first, the process's own last. Only of the last is
 * it known which namespace that is (the caller fills that in).
 */
static void fill_numbers(const struct text *t, const char *label, struct ipc_pid_numbers *out)
{
	const char *at = field(t, label);
	char *end = NULL;
	uint32_t last = 0, n = 0;

	*out = (struct ipc_pid_numbers){0};
	while (at) {
		at += strspn(at, " \t");
		unsigned long nr = strtoul(at, &end, 10);

		if (end == at)
			break;
		last = (uint32_t)nr;
		n++;
		at = *end == '\n' ? NULL : end;
	}
	if (n > 1) {
		out->count = 1;
		out->nr[0] = last;
	}
}

static int fill_status(const struct text *t, struct task_ident *out, uint64_t *caps)
{
	struct ipc_cred *cred = &out->cred;
	uint32_t uid[4], gid[4];
	uint64_t tgid, umask;
	const char *state = field(t, "State:");

	if (!state)
		return -EPROTO;
	/* Zombies and dead ones still have a status, but no umask, namespaces or files any more. */
	if (strchr("ZX", state[strspn(state, " \t")]))
		return -ESRCH;
	if (!field_u64(t, "Tgid:", 10, &tgid) || !field_ids(t, "Uid:", uid) ||
	    !field_ids(t, "Gid:", gid) || !field_u64(t, "CapEff:", 16, caps))
		return -EPROTO;
	if (!field_u64(t, "Umask:", 8, &umask))
		return -ESRCH;
	cred->tgid = tgid;
	cred->uid = uid[0];
	cred->euid = uid[1];
	cred->fsuid = uid[3];
	cred->gid = gid[0];
	cred->egid = gid[1];
	cred->fsgid = gid[3];
	cred->umask = umask;
	fill_groups(t, out);
	fill_numbers(t, "NStgid:", &out->tgid_numbers);
	fill_numbers(t, "NSpid:", &out->tid_numbers);
	return 0;
}

/* By pidfd: the links in /proc/TID/ns wait for a task that executes a program. */
static int read_namespaces(pid_t tid, struct task_ident *out)
{
	int pidfd = task_pidfd_open(tid);

	if (pidfd < 0)
		return pidfd;

	int err = task_ns_inode(pidfd, TASK_NS_IPC, &out->ipc_ns);

	if (!err)
		err = task_ns_inode(pidfd, TASK_NS_USER, &out->user_ns);
	if (!err)
		err = task_ns_inode(pidfd, TASK_NS_PID, &out->pid_ns);
	close(pidfd);
	return err;
}

static int read_flags(pid_t tid, int fd, uint64_t *flags, uint64_t *ino)
{
	struct text t;
	int err = text_read(&t, "/proc/%d/fdinfo/%d", tid, fd);

	if (!err && (!field_u64(&t, "flags:", 8, flags) || !field_u64(&t, "ino:", 10, ino)))
		err = -EPROTO;
	text_free(&t);
	return err;
}

/*
 * Flags are in fdinfo, the device only in the attributes. The link of proc is followed without a
 * lookup or revalidation in the file's own file system (FUSE has no d_weak_revalidate), and
 * DONT_SYNC makes fuse_getattr() answer from its cache. Both texts name the inode: when they
 * disagree, a sibling has just put another file there.
 */
static int read_fd(pid_t tid, int fd, struct task_fd *out)
{
	char path[TASK_PATH_MAX];
	uint64_t flags, ino;
	struct statx stx;
	int err;

	out->ok = false;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, fd);
	for (int i = 0; i < FD_TRIES; i++) {
		err = read_flags(tid, fd, &flags, &ino);
		if (err == -ESRCH)
			return 0;
		if (err)
			return err;
		if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
			  STATX_INO | STATX_TYPE, &stx))
			return errno == ENOENT ? 0 : -errno;
		if (stx.stx_ino != ino)
			continue;
		out->ok = true;
		out->ino = ino;
		out->type = stx.stx_mode & S_IFMT;
		out->dev = makedev(stx.stx_dev_major, stx.stx_dev_minor);
		out->flags = flags & ~(uint64_t)O_CLOEXEC;
		return 0;
	}
	return 0;
}

/* It knows nothing of notifications, and what it would copy could be another memory. */
static int identify(struct task_probe *p, const struct task_question *q, struct task_ident *out)
{
	const pid_t tid = q->tid;
	const int fd = q->fd;
	struct text t;
	uint64_t caps = 0;
	int err = text_read(&t, "/proc/%d/status", tid);

	if (!err)
		err = fill_status(&t, out, &caps);
	text_free(&t);
	if (!err)
		err = read_namespaces(tid, out);
	out->tgid_numbers.ns[0] = out->tid_numbers.ns[0] = (uint32_t)out->pid_ns;
	out->thread_born_ns = UINT64_MAX; /* clock ticks are too coarse to tell threads apart */
	out->exec_id = 0;
	out->mm = 0;
	out->undo = (struct sem_holder){0};
	if (!err)
		err = task_birth((pid_t)out->cred.tgid, &out->start_time);
	if (err)
		return err;
	out->waits = out->copied = false;
	out->effective = caps;
	out->cred.caps = task_caps(p, out->user_ns, caps);
	out->own_admin = caps >> CAP_SYS_ADMIN & 1;
	out->fd.ok = false;
	return fd < 0 ? 0 : read_fd(tid, fd, &out->fd);
}

/* All of them as text: half a megabyte of it, at most. */
static int in_group(struct task_probe *p, pid_t tid, uint32_t gid)
{
	struct text t;
	const char *at;
	uint32_t group;
	int ret = text_read(&t, "/proc/%d/status", tid);

	(void)p;
	at = ret ? NULL : field(&t, "Groups:");
	while (at && !ret && next_group(&at, &group))
		ret = group == gid;
	text_free(&t);
	return ret;
}

static void task_proc_close(struct task_probe *p)
{
	free(p);
}

static const struct task_ops proc_ops = {
	.id = TASK_BACKEND_PROC,
	.identify = identify,
	.in_group = in_group,
	.close = task_proc_close,
};

int task_proc_open(struct task_probe **out)
{
	struct task_probe *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->ops = &proc_ops;
	*out = p;
	return 0;
}
