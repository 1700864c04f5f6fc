/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is calling, asked of the kernel by one run of a BPF program (bpf/identify.bpf.c).
 *
 * This is on the way of every trapped call, so the run is a bare bpf(2) on an attribute block that
 * is filled once, and question and answer lie in memory that both sides have mapped. One object
 * with its own maps per probe. A run never waits for anybody, so one probe can serve many threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <pthread.h>
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

struct task_bpf {
	struct task_probe base;
	struct identify_bpf *skel;
	struct identify_io *io;
	union bpf_attr run;
	pthread_mutex_t lock; /* of question and answer: a probe may be shared */
	uint64_t nsec_per_tick;
};

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

static int ask(struct task_bpf *b, pid_t tid, int fd, uint64_t id, struct task_ident *out)
{
	const struct task_probe *p = &b->base;
	struct identify_io *io = b->io;

	io->tid = tid;
	io->fd = fd;
	io->id = id;
	if (bpf_run(&b->run))
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
		out->undo = (struct sem_holder){.list = (uint64_t)tid, .born = io->born};
	out->ngroups = io->ngroups;
	out->waits = io->waits;
	out->cred.caps = task_caps(p, out->user_ns, io->caps);
	out->own_admin = io->caps >> CAP_SYS_ADMIN & 1;
	fill_fd(io, &out->fd);
	fill_numbers(io, out);
	return 0;
}

static int identify(struct task_probe *p, pid_t tid, int fd, uint64_t id, struct task_ident *out)
{
	struct task_bpf *b = (struct task_bpf *)p;

	pthread_mutex_lock(&b->lock);
	int r = ask(b, tid, fd, id, out);

	pthread_mutex_unlock(&b->lock);
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

static const struct task_ops bpf_ops = {TASK_BACKEND_BPF, identify, undo_sharer,
					purses,		  in_group, task_bpf_close};

static int load(struct task_bpf *b)
{
	bpf_load_quiet_fn *old = bpf_load_begin();
	int err = 0;

	b->skel = identify_bpf__open();
	if (b->skel) {
		b->skel->rodata->use_vpid = bpf_in_nested_pid_ns();
		err = identify_bpf__load(b->skel);
	} else {
		err = -errno;
	}
	bpf_load_end(old);
	return err;
}

/* A kernel where the program loads and yet misreads itself must not be believed. */
static int check_self(struct task_bpf *b)
{
	struct task_ident self;
	int err = identify(&b->base, gettid(), -1, 0, &self);

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
	b->nsec_per_tick = NSEC_PER_SEC / sysconf(_SC_CLK_TCK);
	err = load(b);
	if (!err) {
		b->io = &b->skel->bss->io;
		b->run.test.prog_fd = bpf_program__fd(b->skel->progs.note_level);
		if (bpf_run(&b->run))
			err = -errno;
		b->run.test.prog_fd = bpf_program__fd(b->skel->progs.identify);
		if (!err)
			err = check_self(b);
	}
	if (err) {
		task_bpf_close(&b->base);
		return err;
	}
	*out = &b->base;
	return 0;
}
