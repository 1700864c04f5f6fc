/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sysview: listings as text that is made while it is read.
 *
 * As with the kernel's seq_file an open file remembers where it is, by record, so that a listing of
 * many objects costs its length and not its square, and what changes meanwhile shifts nothing that
 * was read already. Reading anywhere but on from there begins anew.
 *
 * Ids are those that the opener sees, whoever reads: sysvipc_proc_open() keeps its pid namespace,
 * and seq_user_ns() is that of the open file (ipc/util.c).
 */
#include "fuse/sysview.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/config.h"
#include "ipc/procfs.h"

/* A reply is at most this long; the reader comes again. */
#define SYSVIEW_CHUNK 16384u

/** struct listing - an open file's place: the record at @idx (-1: the header) begins at @off. */
struct listing {
	struct listing *prev, *next; /* all of the session */
	uint64_t off;
	int32_t idx;
	struct ipcns_fuse_reader opener;
};

static const struct node {
	fuse_ino_t node, parent;
	const char *name;
	mode_t mode;
} nodes[] = {
	{VIEW_ROOT, VIEW_ROOT, ".", S_IFDIR | 0555},
	/* Without queues an empty directory, else mqueuefs'. */
	{VIEW_MQUEUE, VIEW_ROOT, "mqueue", S_IFDIR | (IPCNS_WITH_MQUEUE ? 0 : 0555)},
	{VIEW_SYSVIPC, VIEW_ROOT, "sysvipc", S_IFDIR | 0555},
	{VIEW_SYSVIPC_MSG, VIEW_SYSVIPC, "msg", S_IFREG | 0444},
	{VIEW_SYSVIPC_SEM, VIEW_SYSVIPC, "sem", S_IFREG | 0444},
	{VIEW_SYSVIPC_SHM, VIEW_SYSVIPC, "shm", S_IFREG | 0444},
	{VIEW_SYS, VIEW_ROOT, "sys", S_IFDIR | 0555},
	{VIEW_SYS_KERNEL, VIEW_SYS, "kernel", S_IFDIR | 0555},
	{VIEW_SYS_FS, VIEW_SYS, "fs", S_IFDIR | 0555},
	{VIEW_SYS_FS_MQUEUE, VIEW_SYS_FS, "mqueue", S_IFDIR | 0555},
};

#define NODES (sizeof(nodes) / sizeof(nodes[0]))

/*
 * Is this a file of what the build leaves out? It is there, over the kernel's own, which would show
 * what is not the namespace's; and cannot be opened.
 */
static bool left_out(fuse_ino_t node)
{
	if (!IPCNS_WITH_PROCFS)
		return true;
	switch (node) {
	case VIEW_SYSVIPC_MSG:
		return !IPCNS_WITH_MSG;
	case VIEW_SYSVIPC_SEM:
		return !IPCNS_WITH_SEM;
	case VIEW_SYSVIPC_SHM:
		return !IPCNS_WITH_SHM;
	default:
		return node >= VIEW_SYSCTL &&
		       !ipc_sysctl_present((enum ipc_sysctl)(node - VIEW_SYSCTL));
	}
}

/* Node @i: the table's, and the sysctls behind them. */
static bool node_at(size_t i, struct node *out)
{
	if (i < NODES) {
		*out = nodes[i];
		return true;
	}
	if (i - NODES >= IPC_SYSCTLS)
		return false;
	enum ipc_sysctl id = (enum ipc_sysctl)(i - NODES);
	bool kernel = strcmp(ipc_sysctl_dir(id), "kernel") == 0;

	*out = (struct node){VIEW_SYSCTL + id, kernel ? VIEW_SYS_KERNEL : VIEW_SYS_FS_MQUEUE,
			     ipc_sysctl_name(id), S_IFREG | ipc_sysctl_mode(id)};
	return true;
}

static bool find(fuse_ino_t node, struct node *out)
{
	for (size_t i = 0; node_at(i, out); i++)
		if (out->node == node)
			return true;
	return false;
}

static void node_attr(const struct ipcns_fuse *f, const struct node *n, struct stat *st)
{
	*st = (struct stat){
		.st_ino = n->node,
		.st_mode = n->mode,
		.st_nlink = S_ISDIR(n->mode) ? 2 : 1,
		.st_blksize = VIEW_PROC_BLKSIZE,
		.st_atim = f->born,
		.st_mtim = f->born,
		.st_ctim = f->born,
	};
}

void sysview_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct ipcns_fuse *f = view_of(req);
	struct node n;

	for (size_t i = 1; node_at(i, &n); i++) {
		if (n.parent != parent || strcmp(n.name, name) != 0)
			continue;
		struct fuse_entry_param e = {.ino = n.node, .generation = 1};

		node_attr(f, &n, &e.attr);
		if (S_ISREG(n.mode))
			e.attr.st_size = VIEW_PROC_SIZE;
		if (IPCNS_WITH_MQUEUE && n.node == VIEW_MQUEUE) {
			const struct mq_dir *dir = mqueue_dir(f->ns);

			e.attr.st_mode = dir->mode;
			e.attr.st_uid = dir->uid;
			e.attr.st_gid = dir->gid;
			e.attr.st_size = (off_t)dir->size;
		}
		fuse_reply_entry(req, &e);
		return;
	}
	fuse_reply_err(req, ENOENT);
}

bool sysview_attr(const struct ipcns_fuse *f, fuse_ino_t node, struct stat *st)
{
	struct node n;

	if (!find(node, &n))
		return false;
	node_attr(f, &n, st);
	return true;
}

void sysview_getattr(fuse_req_t req, fuse_ino_t node)
{
	struct stat st;

	if (!sysview_attr(view_of(req), node, &st))
		fuse_reply_err(req, ENOENT);
	else if (S_ISREG(st.st_mode))
		view_reply_proc_attr(req, &st);
	else
		fuse_reply_attr(req, &st, VIEW_UNCACHED);
}

void view_reply_proc_attr(fuse_req_t req, const struct stat *st)
{
	(void)fuse_lowlevel_notify_inval_inode(view_of(req)->se, st->st_ino, -1, 0);
	fuse_reply_attr(req, st, VIEW_UNCACHED);
}

void sysview_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t off)
{
	struct node n, child;
	bool known = find(node, &n);
	char buf[1024]; /* all of it, several times over */
	size_t used = 0;
	off_t at = 0;

	if (size > sizeof(buf))
		size = sizeof(buf);
	for (size_t i = 0; known && node_at(i < 2 ? 0 : i - 2, &child); i++) {
		const char *name = i == 0 ? "." : i == 1 ? ".." : child.name;
		struct stat st = {.st_ino = i == 0   ? n.node
					    : i == 1 ? n.parent
						     : child.node,
				  .st_mode = i < 2 ? S_IFDIR : child.mode};

		if (i == 2 || (i > 2 && child.parent != node))
			continue;
		if (++at <= off)
			continue;
		size_t len = fuse_add_direntry(req, buf + used, size - used, name, &st, at);

		if (len > size - used)
			break;
		used += len;
	}
	fuse_reply_buf(req, buf, used);
}

static void forget(struct ipcns_fuse *f, struct listing *l)
{
	if (l->prev)
		l->prev->next = l->next;
	else
		f->listings = l->next;
	if (l->next)
		l->next->prev = l->prev;
	free(l);
}

void sysview_fini(struct ipcns_fuse *f)
{
	while (f->listings)
		forget(f, f->listings);
}

void sysview_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	struct ipcns_fuse *f = view_of(req);
	struct node n;
	bool known = find(node, &n);

	if (!known || !S_ISREG(n.mode)) {
		fuse_reply_err(req, known ? EISDIR : ENOENT);
		return;
	}
	if (left_out(node)) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	struct listing *l = malloc(sizeof(*l));

	if (!l) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*l = (struct listing){
		.next = f->listings, .idx = -1, .opener = view_reader(&f->hooks, req)};
	if (l->next)
		l->next->prev = l;
	f->listings = l;
	fi->fh = (uint64_t)(uintptr_t)l;
	fi->direct_io = 1;
	if (fuse_reply_open(req, fi) == -ENOENT)
		forget(f, l);
}

void sysview_release(fuse_req_t req, struct fuse_file_info *fi)
{
	forget(view_of(req), (struct listing *)(uintptr_t)fi->fh);
	fuse_reply_err(req, 0);
}

/* Translation for one open file's opener. */

struct translation {
	const struct ipcns_fuse_hooks *hooks;
	const struct ipcns_fuse_reader *who;
};

static uint32_t reader_pid(void *ctx, uint32_t tgid)
{
	const struct translation *t = ctx;
	const struct ipcns_fuse_hooks *h = t->hooks;

	return h->pid_for_reader ? h->pid_for_reader(h->ctx, tgid, t->who) : tgid;
}

static uint32_t reader_uid(void *ctx, uint32_t uid)
{
	const struct translation *t = ctx;
	const struct ipcns_fuse_hooks *h = t->hooks;

	return h->uid_for_reader ? h->uid_for_reader(h->ctx, uid, t->who) : uid;
}

static uint32_t reader_gid(void *ctx, uint32_t gid)
{
	const struct translation *t = ctx;
	const struct ipcns_fuse_hooks *h = t->hooks;

	return h->gid_for_reader ? h->gid_for_reader(h->ctx, gid, t->who) : gid;
}

/* A map of ids that was not written yet, or is not remembered, is asked of a living member. */
static void update_opener(struct ipcns_fuse *f, struct listing *l, fuse_req_t req)
{
	const struct ipcns_fuse_reader now = view_reader(&f->hooks, req);

	if (now.user_ns == l->opener.user_ns)
		l->opener.tid = now.tid;
}

/* Segments are not ours: whoever has them is asked. */
static size_t segment_line(const struct ipcns_fuse *f, int32_t *idx,
			   const struct procfs_reader *reader, char line[PROCFS_LINE_MAX])
{
	const struct ipcns_fuse_hooks *h = &f->hooks;
	struct shm_pages pages;
	struct shm_stat st;

	if (!h->segment_next || !h->segment_next(h->ctx, idx, &st, &pages))
		return 0;
	return procfs_shm_line(&st, &pages, reader, line);
}

/*
 * Text of the record at or after *@idx (-1: the header); *@idx becomes the index after it.
 * Return: its length, 0 at the end.
 */
static size_t next_line(struct ipcns_fuse *f, fuse_ino_t node, const struct ipcns_fuse_reader *who,
			int32_t *idx, char line[PROCFS_LINE_MAX])
{
	struct ipc_ns *ns = f->ns;
	struct translation t = {&f->hooks, who};
	const struct procfs_reader reader = {&t, reader_pid, reader_uid, reader_gid};
	bool msg = node == VIEW_SYSVIPC_MSG, shm = node == VIEW_SYSVIPC_SHM;
	struct msg_stat m;
	struct sem_stat s;
	size_t len = 0;

	if (*idx < 0) {
		const char *header = msg   ? procfs_msg_header
				     : shm ? procfs_shm_header
					   : procfs_sem_header;

		len = strlen(header);
		memcpy(line, header, len);
	} else if (IPCNS_WITH_MSG && msg && msg_next(ns, idx, &m)) {
		len = procfs_msg_line(&m, &reader, line);
	} else if (IPCNS_WITH_SHM && shm) {
		len = segment_line(f, idx, &reader, line);
	} else if (IPCNS_WITH_SEM && !msg && !shm && sem_next(ns, idx, &s)) {
		len = procfs_sem_line(&s, &reader, line);
	}
	if (len)
		++*idx;
	return len;
}

void sysview_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
		  struct fuse_file_info *fi)
{
	struct ipcns_fuse *f = view_of(req);
	struct listing *l = (struct listing *)(uintptr_t)fi->fh;
	uint64_t want = (uint64_t)off;
	char line[PROCFS_LINE_MAX], buf[SYSVIEW_CHUNK];
	size_t used = 0;

	/* Natively there is no splice_read, either: sysvipc_proc_ops has no proc_read_iter. */
	if (off < 0 || view_is_spliced(fi)) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	if (size > sizeof(buf))
		size = sizeof(buf);
	update_opener(f, l, req);
	if (want < l->off)
		l->off = 0, l->idx = -1;
	while (used < size) {
		int32_t idx = l->idx;
		size_t len = next_line(f, node, &l->opener, &idx, line);

		if (len == 0)
			break;
		/* What of it comes before the wanted offset; what of the rest fits. */
		size_t skip = want + used > l->off ? (size_t)(want + used - l->off) : 0;
		size_t n = 0;

		if (skip < len) {
			n = len - skip < size - used ? len - skip : size - used;
			memcpy(buf + used, line + skip, n);
			used += n;
		}
		if (skip + n < len)
			break; /* the record is not through: stay at it */
		l->off += len;
		l->idx = idx;
	}
	fuse_reply_buf(req, buf, used);
}
