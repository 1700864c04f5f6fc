/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The FUSE session without a kernel: requests as the kernel would make them go through libfuse's
 * parser into fuse/, replies come back through a writev() of ours, and between the requests the
 * namespace changes as trapped calls change it.
 *
 * The kernel is believed: headers and lengths are right, file handles are those that were given out.
 * Names, modes, offsets, sizes, nodes and the order of everything are the fuzzer's. Each request
 * must be answered exactly once, with a reply of the right shape; a queue has as many references as
 * there are open files of it; and after the last release nothing is left.
 */
#include <signal.h>
#include <sys/uio.h>

#include "fuse/session.c"

#include <linux/fuse.h>
#include <sys/msg.h>

#include "arena_guard.h"
#include "input.h"
#include "ipc/mqueue_impl.h"
#include "ipc/msg_private.h"
#include "ipc/sem_private.h"

#define OPS_MAX 200
#define FILES 16u
#define OPENER 4242

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ipc_ns ns;
static struct ipcns_fuse *view;

static struct {
	bool used, dir;
	uint64_t node, fh;
} file[FILES];

/* The request under way, and what was answered. */
static struct {
	uint64_t unique;
	unsigned replies;
	int error;
	bool lost; /* the caller was killed: the reply cannot be delivered */
	size_t len;
	uint8_t body[70000];
} reply;
static unsigned wakeups;

/* ---- the kernel's side ---- */

static ssize_t on_writev(int fd, struct iovec *iov, int count, void *userdata)
{
	static uint8_t packet[80000];
	struct fuse_out_header h;
	size_t len = 0;

	(void)fd, (void)userdata;
	for (int i = 0; i < count; i++) {
		CHECK(len + iov[i].iov_len <= sizeof(packet));
		if (iov[i].iov_len)
			memcpy(packet + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	CHECK(len >= sizeof(h));
	memcpy(&h, packet, sizeof(h));
	CHECK(h.len == len);
	if (h.unique == 0 && h.error == FUSE_NOTIFY_INVAL_INODE) {
		struct fuse_notify_inval_inode_out inval;

		/* Of attributes only: one of content could wait for a reader that waits for us. */
		CHECK(len == sizeof(h) + sizeof(inval));
		memcpy(&inval, packet + sizeof(h), sizeof(inval));
		CHECK(inval.off < 0 && inval.ino < MQ_FIRST_INO);
		return (ssize_t)len;
	}
	if (h.unique == 0) {
		CHECK(h.error == FUSE_NOTIFY_POLL);
		CHECK(len == sizeof(h) + sizeof(struct fuse_notify_poll_wakeup_out));
		wakeups++;
		return (ssize_t)len;
	}
	CHECK(h.unique == reply.unique && ++reply.replies == 1);
	CHECK(h.error <= 0 && h.error > -512);
	CHECK(h.error == 0 || len == sizeof(h));
	if (reply.lost) {
		errno = ENOENT;
		return -1;
	}
	reply.error = h.error;
	reply.len = len - sizeof(h);
	memcpy(reply.body, packet + sizeof(h), reply.len);
	return (ssize_t)len;
}

static ssize_t on_read(int fd, void *buf, size_t len, void *userdata)
{
	(void)fd, (void)buf, (void)len, (void)userdata;
	errno = EAGAIN;
	return -1;
}

/* One request. Return: was it answered with success? */
static bool request(struct input *in, uint32_t opcode, uint64_t node, const void *body, size_t len)
{
	static _Alignas(8) uint8_t mem[80000];
	static uint64_t unique = 1;
	struct fuse_buf buf = {.mem = mem};
	struct fuse_in_header h = {
		.len = (uint32_t)(sizeof(h) + len),
		.opcode = opcode,
		.unique = unique += 2,
		.nodeid = node,
		.uid = 1000 * below(in, 3),
		.gid = 1000 * below(in, 3),
		.pid = below(in, 4) ? 1 + below(in, 5) : OPENER,
	};

	CHECK(h.len <= sizeof(mem));
	memcpy(mem, &h, sizeof(h));
	memcpy(mem + sizeof(h), body, len);
	buf.size = h.len;
	reply.unique = h.unique;
	reply.replies = 0;
	reply.error = -1;
	reply.len = 0;
	fuse_session_process_buf(view->se, &buf);
	CHECK(reply.replies == (opcode == FUSE_FORGET ? 0 : 1));
	return reply.error == 0 && !reply.lost;
}

/* ---- names and nodes ---- */

static size_t some_name(struct input *in, char name[300])
{
	static const char *const fixed[] = {"a",       "b", "c",   "msg",    "sem",   "mqueue",
					    "sysvipc", ".", "sys", "kernel", "msgmax"};
	const unsigned names = sizeof(fixed) / sizeof(fixed[0]);
	uint8_t how = take8(in);
	size_t len;

	switch (how % 16) {
	case 0: /* around the longest */
		len = 253 + how / 16 % 5;
		memset(name, 'x', len);
		break;
	case 1:
		len = (size_t)sprintf(name, "%s%u", VIEW_HIDDEN, how / 16 + 14);
		break;
	case 2:
		len = (size_t)sprintf(name, "%s", VIEW_HIDDEN);
		name[len++] = (char)(take8(in) | 1);
		break;
	case 3:
		len = 1 + below(in, 20);
		for (size_t i = 0; i < len; i++)
			name[i] = (char)(take8(in) % 255 + 1);
		break;
	default:
		len = strlen(strcpy(name, fixed[how / 16 % (how & 8 ? 3 : names)]));
		break;
	}
	name[len] = 0;
	return len + 1;
}

static uint64_t some_node(struct input *in)
{
	uint8_t how = take8(in);

	if (how == 255)
		return take64(in);
	if (how & 1)
		return MQ_FIRST_INO + how / 2 % 12;
	return 1 + how / 2 % VIEW_SYSCTL_END;
}

static uint64_t some_dir(struct input *in)
{
	return take8(in) % 4 ? MQ_ROOT_INO : some_node(in);
}

static int free_file(void)
{
	for (unsigned i = 0; i < FILES; i++)
		if (!file[i].used)
			return (int)i;
	return -1;
}

static int some_file(struct input *in)
{
	uint32_t n = below(in, FILES);

	for (unsigned i = 0; i < FILES; i++)
		if (file[(n + i) % FILES].used)
			return (int)((n + i) % FILES);
	return -1;
}

/* ---- requests ---- */

static void remember(uint64_t node, const struct fuse_open_out *out, bool dir)
{
	int i = free_file();

	CHECK(i >= 0);
	file[i].used = true;
	file[i].dir = dir;
	file[i].node = node;
	file[i].fh = out->fh;
}

static void do_lookup(struct input *in)
{
	char name[300];
	uint64_t dir = some_dir(in);
	size_t len = some_name(in, name);

	if (request(in, FUSE_LOOKUP, dir, name, len)) {
		const struct fuse_entry_out *e = (const void *)reply.body;

		CHECK(strlen(name) <= MQ_NAME_MAX);
		CHECK(reply.len == sizeof(*e) && e->nodeid && e->attr.ino == e->nodeid);
		CHECK(e->entry_valid == 0 && e->attr_valid == 0);
	}
}

static void do_getattr(struct input *in)
{
	struct fuse_getattr_in a = {0};

	if (request(in, FUSE_GETATTR, some_node(in), &a, sizeof(a)))
		CHECK(reply.len == sizeof(struct fuse_attr_out));
}

static void do_setattr(struct input *in)
{
	struct fuse_setattr_in a;
	uint64_t node = some_node(in);

	take(in, &a, sizeof(a));
	a.valid &= 0xffff & ~(uint32_t)FATTR_FH;
	if (request(in, FUSE_SETATTR, node, &a, sizeof(a)))
		CHECK(reply.len == sizeof(struct fuse_attr_out));
}

static void do_mknod(struct input *in)
{
	struct {
		struct fuse_mknod_in m;
		char name[300];
	} a = {0};
	uint64_t dir = some_dir(in);

	a.m.mode = take32(in);
	if (take8(in) % 4)
		a.m.mode = S_IFREG | (a.m.mode & 07777);
	size_t len = sizeof(a.m) + some_name(in, a.name);

	if (request(in, FUSE_MKNOD, dir, &a, len))
		CHECK(S_ISREG(a.m.mode) && strlen(a.name) <= MQ_NAME_MAX);
}

static void do_create(struct input *in)
{
	struct {
		struct fuse_create_in c;
		char name[300];
	} a = {0};
	uint64_t dir = some_dir(in);

	a.c.flags = take32(in);
	a.c.mode = S_IFREG | (take16(in) & 07777);
	size_t len = sizeof(a.c) + some_name(in, a.name);

	if (free_file() < 0)
		return;
	reply.lost = below(in, 8) == 1;
	if (request(in, FUSE_CREATE, dir, &a, len)) {
		const struct fuse_entry_out *e = (const void *)reply.body;

		CHECK(strlen(a.name) <= MQ_NAME_MAX);
		CHECK(reply.len == sizeof(*e) + sizeof(struct fuse_open_out));
		remember(e->nodeid, (const void *)(e + 1), false);
	}
	reply.lost = false;
}

static void do_open(struct input *in)
{
	bool dir = below(in, 4) == 1;
	struct fuse_open_in a = {.flags = take32(in)};
	uint64_t node = some_node(in);

	if (free_file() < 0)
		return;
	reply.lost = below(in, 8) == 1;
	if (request(in, dir ? FUSE_OPENDIR : FUSE_OPEN, node, &a, sizeof(a))) {
		CHECK(reply.len == sizeof(struct fuse_open_out));
		remember(node, (const void *)reply.body, dir);
	}
	reply.lost = false;
}

static void check_dirents(size_t size)
{
	size_t at = 0;

	CHECK(reply.len <= size);
	while (at < reply.len) {
		struct fuse_dirent d;

		CHECK(reply.len - at >= FUSE_NAME_OFFSET);
		memcpy(&d, reply.body + at, FUSE_NAME_OFFSET);
		CHECK(d.namelen > 0 && d.namelen <= MQ_NAME_MAX);
		CHECK(FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + d.namelen) <= reply.len - at);
		CHECK(memchr(reply.body + at + FUSE_NAME_OFFSET, 0, d.namelen) == NULL);
		at += FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + d.namelen);
	}
}

static void do_read(struct input *in)
{
	int i = some_file(in);

	if (i < 0)
		return;
	struct fuse_read_in a = {.fh = file[i].fh, .size = take16(in)};
	uint8_t how = take8(in);

	/* A loff_t that the kernel has checked; readdir's come back as they were given. */
	a.offset = how == 255 ? take64(in) & INT64_MAX : how % 128;
	if (how & 0x80)
		a.offset += 40;
	/* Without: for the page cache. */
	if (how & 7) {
		a.read_flags = FUSE_READ_LOCKOWNER;
		a.lock_owner = 1;
	}
	if (request(in, file[i].dir ? FUSE_READDIR : FUSE_READ, file[i].node, &a, sizeof(a))) {
		CHECK(reply.len <= a.size);
		if (file[i].dir)
			check_dirents(a.size);
	}
}

static void do_write(struct input *in)
{
	struct {
		struct fuse_write_in w;
		char data[64];
	} a = {0};
	int i = some_file(in);

	if (i < 0 || file[i].dir)
		return;
	uint8_t how = take8(in);

	a.w.fh = file[i].fh;
	a.w.size = below(in, 65);
	a.w.offset = how & 15 ? 0 : how / 16;
	a.w.flags = how & 128 ? O_APPEND : 0;
	for (uint32_t k = 0; k < a.w.size; k++) {
		uint8_t c = take8(in);

		a.data[k] = c & 128 ? (char)c : "0123456789 \n-xf\t"[c % 16];
	}
	if (request(in, FUSE_WRITE, file[i].node, &a, sizeof(a.w) + a.w.size)) {
		const struct fuse_write_out *out = (const void *)reply.body;

		CHECK(file[i].node >= VIEW_SYSCTL && file[i].node < VIEW_SYSCTL_END);
		CHECK(reply.len == sizeof(*out) && out->size <= a.w.size);
	}
}

static void do_poll(struct input *in)
{
	static uint64_t kh = 1;
	int i = some_file(in);

	if (i < 0 || file[i].dir)
		return;
	struct fuse_poll_in a = {.fh = file[i].fh, .kh = kh++, .events = take32(in)};

	a.flags = below(in, 4) ? FUSE_POLL_SCHEDULE_NOTIFY : 0;
	if (request(in, FUSE_POLL, file[i].node, &a, sizeof(a)))
		CHECK(reply.len == sizeof(struct fuse_poll_out));
}

static void do_flush(struct input *in)
{
	int i = some_file(in);

	if (i < 0 || file[i].dir)
		return;
	struct fuse_flush_in a = {.fh = file[i].fh};

	CHECK(request(in, FUSE_FLUSH, file[i].node, &a, sizeof(a)));
}

static void release(struct input *in, int i)
{
	struct fuse_release_in a = {.fh = file[i].fh};

	CHECK(request(in, file[i].dir ? FUSE_RELEASEDIR : FUSE_RELEASE, file[i].node, &a,
		      sizeof(a)));
	file[i].used = false;
}

static void do_release(struct input *in)
{
	int i = some_file(in);

	if (i >= 0)
		release(in, i);
}

static void do_unlink(struct input *in)
{
	char name[300];
	uint64_t dir = some_dir(in);
	size_t len = some_name(in, name);

	request(in, below(in, 4) ? FUSE_UNLINK : FUSE_RMDIR, dir, name, len);
}

/* What is refused whatever it says, and what is neither here nor there. */
static void do_other(struct input *in)
{
	union {
		struct fuse_mkdir_in mkdir;
		struct fuse_rename_in rename;
		struct fuse_link_in link;
		struct fuse_getxattr_in xattr;
		struct fuse_forget_in forget;
		char raw[700];
	} a = {0};
	uint64_t node = some_node(in), dir = some_dir(in);
	size_t len;

	switch (below(in, 7)) {
	case 0:
		len = sizeof(a.mkdir) + some_name(in, a.raw + sizeof(a.mkdir));
		CHECK(!request(in, FUSE_MKDIR, dir, &a, len));
		break;
	case 1:
		a.rename.newdir = some_dir(in);
		len = sizeof(a.rename);
		len += some_name(in, a.raw + len);
		len += some_name(in, a.raw + len);
		CHECK(!request(in, FUSE_RENAME, dir, &a, len));
		break;
	case 2:
		a.link.oldnodeid = node;
		len = sizeof(a.link) + some_name(in, a.raw + sizeof(a.link));
		CHECK(!request(in, FUSE_LINK, dir, &a, len));
		break;
	case 3:
		a.xattr.size = take8(in);
		len = sizeof(a.xattr) + some_name(in, a.raw + sizeof(a.xattr));
		CHECK(!request(in, FUSE_GETXATTR, node, &a, len));
		break;
	case 4:
		a.xattr.size = take8(in);
		CHECK(request(in, FUSE_LISTXATTR, node, &a, sizeof(a.xattr)));
		break;
	case 5:
		a.forget.nlookup = 1;
		request(in, FUSE_FORGET, node, &a, sizeof(a.forget));
		break;
	default:
		CHECK(request(in, FUSE_STATFS, node, "", 0));
		break;
	}
}

/* ---- trapped calls in between ---- */

static void do_calls(struct input *in)
{
	static const struct ipc_cred cred = {.tgid = 1, .tid = 1, .caps = ~0u};
	const struct mq_attr_val attr = {.maxmsg = 2, .msgsize = 8};
	const struct mq_registration reg = {.notify = SIGEV_SIGNAL, .signo = 10, .sock = -1};
	char name[300];
	size_t len = some_name(in, name) - 1;
	aref mq = mqueue_by_ino(&ns, MQ_FIRST_INO + below(in, 12));
	struct ipc_slot *s;
	int id;

	switch (below(in, 8)) {
	case 0:
		if (!mqueue_find(&ns, name, len))
			mqueue_create(&ns, &cred, name, len, 0600, &attr, UINT64_MAX, &mq);
		break;
	case 1:
		if (mq)
			mqueue_unlink(&ns, mq);
		break;
	case 2:
	case 3:
		s = slot_alloc(&ns);
		CHECK(s);
		if (mq && ipc_msg_alloc(&ns.mq_body, 1, &s->u.mq.msg) == 0) {
			if (mqueue_send(&ns, s, mq, true) < 0)
				ipc_msg_free(&ns.mq_body, s->u.mq.msg);
		}
		slot_free(&ns, s);
		break;
	case 4:
		s = slot_alloc(&ns);
		CHECK(s);
		if (mq && mqueue_receive(&ns, s, mq, true) == 0)
			ipc_msg_free(&ns.mq_body, s->u.mq.msg);
		slot_free(&ns, s);
		break;
	case 5:
		/* This process, so that a FLUSH finds its thread group. */
		if (mq)
			mqueue_notify(&ns, mq, 1 + below(in, 5), &reg);
		break;
	case 6:
		id = msg_get(&ns, &cred, IPC_PRIVATE, 0600);
		if (id >= 0 && below(in, 3) == 1)
			CHECK(msg_ctl_rmid(&ns, &cred, id) == 0);
		break;
	default:
		id = sem_get(&ns, &cred, IPC_PRIVATE, 3, 0600);
		if (id >= 0 && below(in, 3) == 1)
			CHECK(sem_ctl_rmid(&ns, &cred, id) == 0);
		break;
	}
}

/* ---- what must hold ---- */

static void check_view(void)
{
	for (uint64_t ino = MQ_FIRST_INO; ino < MQ_FIRST_INO + OPS_MAX; ino++) {
		aref mq = mqueue_by_ino(&ns, ino);
		uint32_t refs = 0;

		for (unsigned i = 0; i < FILES; i++)
			refs += file[i].used && !file[i].dir && file[i].node == ino;
		CHECK(mq ? mq_get(&ns, mq)->refs == refs : refs == 0);
	}
}

static unsigned count_pollers(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < POLLERS_BUCKETS; i++)
		n += view->pollers.bucket[i] != NULL;
	return n;
}

static void take_all_away(struct input *in)
{
	static const struct ipc_cred root = {.caps = ~0u};
	struct msg_stat m;
	struct sem_stat s;

	for (unsigned i = 0; i < FILES; i++)
		if (file[i].used)
			release(in, (int)i);
	CHECK(count_pollers() == 0 && !view->listings);
	for (aref mq; (mq = mqueue_first(&ns));)
		mqueue_unlink(&ns, mq);
	CHECK(mqueue_count(&ns) == 0);
	for (int32_t i = 0; msg_next(&ns, &i, &m); i++)
		CHECK(msg_ctl_rmid(&ns, &root, m.perm.id) == 0);
	for (int32_t i = 0; sem_next(&ns, &i, &s); i++)
		CHECK(sem_ctl_rmid(&ns, &root, s.perm.id) == 0);
	CHECK(arena_used(&ns.mq_rec) == 0 && arena_used(&ns.mq_body) == 0);
}

/* ---- hooks and set-up ---- */

static int hook_identify(void *ctx, pid_t tid, struct ipc_cred *out)
{
	(void)ctx;
	if (tid == 5)
		return -ESRCH;
	*out = (struct ipc_cred){.tgid = (uint32_t)tid, .uid = 1000, .caps = tid == 1 ? ~0u : 0};
	return 0;
}

static int hook_rlimit(void *ctx, pid_t tid, uint64_t *soft)
{
	(void)ctx;
	*soft = tid == 4 ? 100000 : UINT64_MAX;
	return 0;
}

static uint32_t hook_pid(void *ctx, uint32_t tgid, const struct ipcns_fuse_reader *who)
{
	(void)ctx;
	return who->tid == 2 ? 0 : tgid;
}

static void on_poll(void *ctx, aref mq)
{
	(void)ctx;
	if (view)
		ipcns_fuse_notify_poll(view, mq);
}

static struct timespec on_now(void *ctx)
{
	(void)ctx;
	return (struct timespec){.tv_sec = 1000};
}

static void make_namespace(void)
{
	static const char *const names[] = {
		"ns",	       "calls",	     "msg.records",    "msg.bodies",
		"sem.records", "sem.bodies", "mqueue.records", "mqueue.bodies"};
	const struct ipc_env env = {.mq_poll = on_poll, .now = on_now};
	char dir[] = "/dev/shm/ipcns-fuzz.XXXXXX";

	CHECK(mkdtemp(dir) != NULL);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK(fd >= 0 && ipc_ns_create(&ns, fd, &env) == 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK(unlinkat(fd, names[i], 0) == 0);
	close(fd);
	CHECK(rmdir(dir) == 0);
	ipc_limits(&ns)->mq_queues_max = 8;
}

static void make_session(void)
{
	static const struct fuse_custom_io io = {.writev = on_writev, .read = on_read};
	char program[] = "fuzz", *argv[] = {program, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse_init_in init = {.major = 7, .minor = 38, .max_readahead = 65536, .flags = ~0u};
	struct input none = {NULL, 0};

	view = calloc(1, sizeof(*view));
	CHECK(view);
	view->ns = &ns;
	view->hooks = (struct ipcns_fuse_hooks){.identify = hook_identify,
						.rlimit_msgqueue = hook_rlimit,
						.pid_for_reader = hook_pid};
	view->mount_fd = -1;
	view->opener = OPENER;
	view->fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	CHECK(view->fd >= 0 && pollers_init(&view->pollers) == 0);
	view->se = fuse_session_new(&args, &session_ops, sizeof(session_ops), view);
	fuse_opt_free_args(&args);
	CHECK(view->se && fuse_session_custom_io(view->se, &io, view->fd) == 0);
	CHECK(request(&none, FUSE_INIT, 0, &init, sizeof(init)));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	make_namespace();
	make_session();
	return 0;
}

static void (*const ops[])(struct input *in) = {
	do_lookup,  do_getattr, do_setattr, do_mknod, do_create, do_create, do_open,
	do_open,    do_read,	do_read,    do_write, do_poll,	 do_poll,   do_flush,
	do_release, do_unlink,	do_other,   do_calls, do_calls,	 do_calls,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	CHECK(msg_init(&ns) == 0 && sem_init_ns(&ns) == 0 && mqueue_init(&ns) == 0);
	mq_root(&ns)->hash_seed = 1; /* the same for each input */
	for (int i = 0; i < OPS_MAX && in.left; i++) {
		ops[take8(&in) % (sizeof(ops) / sizeof(ops[0]))](&in);
		check_view();
	}
	take_all_away(&in);
	return 0;
}
