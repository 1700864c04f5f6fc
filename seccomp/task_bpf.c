/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is calling, asked of the kernel by one run of a BPF program (bpf/identify.bpf.c).
 *
 * This is on the way of every trapped call, so the run is a bare bpf(2) on an attribute block that
 * is filled once, and question and answer lie in memory that both sides have mapped. One object
 * with its own maps per probe. A probe serves many threads. Most runs never wait and follow each other;
 * one that copies may have to wait for the kernel to find memory, and gets a lane of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "seccomp/bpf/identify.h"
#include "identify.skel.h"
#include "seccomp/bpf_load.h"
#include "seccomp/task_impl.h"

#define NSEC_PER_SEC 1000000000u

struct lane {
	struct identify_io *io;
	struct identify_ctx ctx;
	union bpf_attr run;
};

struct task_bpf {
	struct task_probe base;
	struct identify_bpf *skel;
	struct lane quick;    /* its context is not used */
	pthread_mutex_t lock; /* of all questions and answers but the lanes' */
	struct lane lane[IDENTIFY_LANES];
	_Atomic(uint32_t) free; /* lanes, as bits */
	uint64_t nsec_per_tick;
};

_Static_assert(IDENTIFY_LANES == 32, "a bit for each lane");
_Static_assert(IDENTIFY_COPY_MAX == TASK_COPY_MAX, "copied whole");

_Static_assert(IDENTIFY_MAX_GROUPS == IPC_MAX_GROUPS, "groups are copied whole");
_Static_assert(IDENTIFY_PID_LEVELS == IPC_PID_LEVELS, "numbers are copied whole");

static void fill_fd(const struct identify_io *io, struct task_fd *fd)
{
	fd->ok = io->fd_found;
	if (!fd->ok)
		return;
	fd->ino = io->fd_ino;
	fd->type = io->fd_mode & S_IFMT;
	/* The kernel keeps 12 bits of major above 20 of minor; stat(2) spreads them. */
	fd->dev = makedev(io->fd_dev >> 20, io->fd_dev & 0xfffff);
	fd->flags = io->fd_flags & ~(uint32_t)O_CLOEXEC;
}

static void fill_cred(const struct identify_io *io, struct ipc_cred *cred)
{
	cred->tgid = io->tgid;
	cred->uid = io->uid;
	cred->gid = io->gid;
	cred->euid = io->euid;
	cred->egid = io->egid;
	cred->fsuid = io->fsuid;
	cred->fsgid = io->fsgid;
	cred->umask = io->umask;
	cred->ngroups = io->ngroups < IPC_MAX_GROUPS ? io->ngroups : IPC_MAX_GROUPS;
	memcpy(cred->groups, io->groups, cred->ngroups * sizeof(cred->groups[0]));
}

static void fill_numbers(const struct identify_io *io, struct task_ident *out)
{
	const size_t size = io->nested * sizeof(io->nested_ns[0]);

	out->tgid_numbers.count = out->tid_numbers.count = io->nested;
	memcpy(out->tgid_numbers.ns, io->nested_ns, size);
	memcpy(out->tid_numbers.ns, io->nested_ns, size);
	memcpy(out->tgid_numbers.nr, io->nested_tgid, size);
	memcpy(out->tid_numbers.nr, io->nested_tid, size);
}

static int ask(struct task_bpf *b, struct lane *l, const struct task_question *q,
	       struct task_ident *out)
{
	const struct task_probe *p = &b->base;
	struct identify_io *io = l->io;

	io->tid = q->tid;
	io->fd = q->fd;
	io->id = q->id;
	io->copy_addr = q->addr;
	io->copy_len = q->len;
	if (bpf_run(&l->run))
		return -errno;
	/* A thread past exit_task_namespaces() has none: it is gone for our purposes. */
	if (!io->found || !io->ipc_ns)
		return -ESRCH;
	fill_cred(io, &out->cred);
	out->ipc_ns = io->ipc_ns;
	out->user_ns = io->user_ns;
	out->pid_ns = io->pid_ns;
	out->start_time = io->start / b->nsec_per_tick;
	out->thread_born_ns = io->born;
	out->exec_id = io->exec_id;
	out->mm = io->mm;
	if (io->undo_list)
		out->undo = (struct sem_holder){.list = io->undo_list};
	else
		out->undo = (struct sem_holder){.list = (uint64_t)q->tid, .born = io->born};
	out->ngroups = io->ngroups;
	out->waits = io->waits;
	out->copied = io->copied;
	if (out->copied)
		memcpy(q->data, io->data, q->len);
	out->effective = io->caps;
	out->cred.caps = task_caps(p, out->user_ns, io->caps);
	out->own_admin = io->caps >> CAP_SYS_ADMIN & 1;
	fill_fd(io, &out->fd);
	fill_numbers(io, out);
	return 0;
}

/* NULL: all are taken, and who asked copies by himself. */
static struct lane *take_lane(struct task_bpf *b)
{
	uint32_t free = atomic_load(&b->free);

	while (free && !atomic_compare_exchange_weak(&b->free, &free, free & (free - 1)))
		;
	return free ? &b->lane[__builtin_ctz(free)] : NULL;
}

static int identify(struct task_probe *p, const struct task_question *q, struct task_ident *out)
{
	struct task_bpf *b = (struct task_bpf *)p;
	struct lane *l = q->len && q->len <= TASK_COPY_MAX ? take_lane(b) : NULL;
	int r;

	if (l) {
		r = ask(b, l, q, out);
		atomic_fetch_or(&b->free, UINT32_C(1) << l->ctx.lane);
	} else {
		pthread_mutex_lock(&b->lock);
		r = ask(b, &b->quick, q, out);
		pthread_mutex_unlock(&b->lock);
	}
	return r;
}

static void task_bpf_close(struct task_probe *p)
{
	struct task_bpf *b = (struct task_bpf *)p;

	identify_bpf__destroy(b->skel);
	free(b);
}

static pid_t undo_sharer(struct task_probe *p, uint64_t list, pid_t not_tid)
{
	struct task_bpf *b = (struct task_bpf *)p;
	struct sharer_io *io = &b->skel->bss->sharer;
	union bpf_attr run = {0};

	pthread_mutex_lock(&b->lock);
	*io = (struct sharer_io){.undo_list = list, .not_tid = not_tid};
	run.test.prog_fd = bpf_program__fd(b->skel->progs.find_sharer);
	pid_t tid = bpf_run(&run) ? 0 : io->tid;

	pthread_mutex_unlock(&b->lock);
	return tid;
}

static uint32_t purses(struct task_probe *p, pid_t tid, struct ipc_purse *above, uint32_t size)
{
	struct task_bpf *b = (struct task_bpf *)p;
	struct purses_io *io = &b->skel->bss->purses;
	union bpf_attr run = {0};
	uint32_t n = 0;

	pthread_mutex_lock(&b->lock);
	io->tid = tid;
	run.test.prog_fd = bpf_program__fd(b->skel->progs.find_purses);
	if (bpf_run(&run) == 0)
		for (; n < io->found && n < size; n++)
			above[n] = (struct ipc_purse){
				.user_ns = io->user_ns[n], .uid = io->uid[n], .max = io->max[n]};
	pthread_mutex_unlock(&b->lock);
	return n;
}

static int in_group(struct task_probe *p, pid_t tid, uint32_t gid)
{
	struct task_bpf *b = (struct task_bpf *)p;
	struct group_io *io = &b->skel->bss->group;
	union bpf_attr run = {0};

	pthread_mutex_lock(&b->lock);
	*io = (struct group_io){.tid = tid, .gid = gid};
	run.test.prog_fd = bpf_program__fd(b->skel->progs.find_group);
	int r = bpf_run(&run) ? -errno : io->known ? (int)io->found : -ESRCH;

	pthread_mutex_unlock(&b->lock);
	return r;
}

static int listener_killable(struct task_probe *p, pid_t tid)
{
	struct task_bpf *b = (struct task_bpf *)p;
	struct listener_io *io = &b->skel->bss->listener;
	union bpf_attr run = {0};

	pthread_mutex_lock(&b->lock);
	*io = (struct listener_io){.tid = tid};
	run.test.prog_fd = bpf_program__fd(b->skel->progs.find_listener);
	int r = bpf_run(&run) ? -errno : io->known ? (int)io->killable : -ESRCH;

	pthread_mutex_unlock(&b->lock);
	return r;
}

static int file_refs(struct task_probe *p, const int *fd, uint32_t n, uint64_t *refs)
{
	struct task_bpf *b = (struct task_bpf *)p;
	struct files_io *io = &b->skel->bss->files;
	union bpf_attr run = {0};
	int r = 0;

	run.test.prog_fd = bpf_program__fd(b->skel->progs.count_refs);
	pthread_mutex_lock(&b->lock);
	for (uint32_t done = 0; r == 0 && done < n; done += io->n) {
		io->n = n - done < IDENTIFY_FILES ? n - done : IDENTIFY_FILES;
		memcpy(io->fd, fd + done, io->n * sizeof(*fd));
		r = bpf_run(&run) ? -errno : 0;
		memcpy(refs + done, io->refs, io->n * sizeof(*refs));
	}
	pthread_mutex_unlock(&b->lock);
	return r;
}

static const struct task_ops bpf_ops = {
	.id = TASK_BACKEND_BPF,
	.identify = identify,
	.undo_sharer = undo_sharer,
	.purses = purses,
	.in_group = in_group,
	.listener_killable = listener_killable,
	.file_refs = file_refs,
	.close = task_bpf_close,
};

static int try_load(struct task_bpf *b, bool copies)
{
	int err;

	b->skel = identify_bpf__open();
	if (!b->skel)
		return -errno;
	b->skel->rodata->use_vpid = bpf_in_nested_pid_ns();
	bpf_program__set_autoload(b->skel->progs.identify_and_copy, copies);
	err = identify_bpf__load(b->skel);
	if (err) {
		identify_bpf__destroy(b->skel);
		b->skel = NULL;
	}
	return err;
}

/* A kernel that has not all that copying takes does not have to do without the rest. */
static int load(struct task_bpf *b)
{
	bpf_load_quiet_fn *old = bpf_load_begin();
	int err = try_load(b, true);

	if (err)
		err = try_load(b, false);
	else
		atomic_store(&b->free, UINT32_MAX);
	bpf_load_end(old);
	return err;
}

static int note_level(struct task_bpf *b)
{
	union bpf_attr run = {0};

	run.test.prog_fd = bpf_program__fd(b->skel->progs.note_level);
	return bpf_run(&run) ? -errno : 0;
}

static void make_lanes(struct task_bpf *b)
{
	b->quick.io = &b->skel->bss->quick;
	b->quick.run.test.prog_fd = bpf_program__fd(b->skel->progs.identify);
	for (uint32_t i = 0; i < IDENTIFY_LANES; i++) {
		struct lane *l = &b->lane[i];

		l->io = &b->skel->bss->lanes[i];
		l->ctx.lane = i;
		l->run.test.prog_fd = bpf_program__fd(b->skel->progs.identify_and_copy);
		l->run.test.ctx_in = (uintptr_t)&l->ctx;
		l->run.test.ctx_size_in = sizeof(l->ctx);
	}
}

/* A kernel where the program loads and yet misreads itself must not be believed. */
static int check_self(struct task_bpf *b)
{
	struct task_ident self;
	const struct task_question q = {.tid = gettid(), .fd = -1};
	int err = identify(&b->base, &q, &self);

	if (err)
		return err;
	if (self.cred.tgid != (uint32_t)getpid() || !self.user_ns || !self.pid_ns)
		return -EOPNOTSUPP;
	return 0;
}

int task_bpf_open(struct task_probe **out)
{
	struct task_bpf *b = calloc(1, sizeof(*b));
	int err;

	if (!b)
		return -ENOMEM;
	b->base.ops = &bpf_ops;
	pthread_mutex_init(&b->lock, NULL);
	atomic_init(&b->free, 0);
	b->nsec_per_tick = NSEC_PER_SEC / sysconf(_SC_CLK_TCK);
	err = load(b);
	if (!err)
		err = note_level(b);
	if (!err) {
		make_lanes(b);
		err = check_self(b);
	}
	if (err) {
		task_bpf_close(&b->base);
		return err;
	}
	*out = &b->base;
	return 0;
}
