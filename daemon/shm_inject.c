/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is changed is on record before the caller goes on: natively nobody who is told by it can see an
 * older state.
 */
#include "daemon/shm_inject.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "daemon/calls.h"
#include "daemon/foreign_shm.h"
#include "seccomp/inject.h"
#include "seccomp/listener.h"
#include "seccomp/memory.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/** struct job - what is in the slot, for use without the lock. */
struct job {
	struct server *srv;
	struct seccomp_notif notif;
	uint64_t addr, size, result_at;
	bool fixed;
	int32_t id, flags, fd, listener;
	uint32_t tgid;
	struct task_memory memory;
	struct injection in;
};

static void answer(const struct job *j, int64_t result)
{
	(void)listener_send(j->listener, j->notif.id, result);
}

/* ---- shmat ---- */

static void record_attach(struct job *j, bool attached)
{
	turn_lock(&j->srv->lock);
	if (attached)
		foreign_attached(j->srv->foreign, j->id, j->fd, j->tgid);
	else
		foreign_abandon(j->srv->foreign, j->id, j->fd);
	turn_unlock(&j->srv->lock);
}

/* do_shmat()'s protections and flags; MAP_FIXED_NOREPLACE is its look whether something is there. */
static void mmap_arguments(const struct job *j, int fd, uint64_t args[6])
{
	uint64_t prot = PROT_READ, flags = MAP_SHARED;

	if (!(j->flags & SHM_RDONLY))
		prot |= PROT_WRITE;
	if (j->flags & SHM_EXEC)
		prot |= PROT_EXEC;
	/* At the address 0, to which SHM_RND can lead, it does not look. */
	if (j->fixed)
		flags |= !j->addr || (j->flags & SHM_REMAP) ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	args[0] = j->addr;
	args[1] = j->size;
	args[2] = prot;
	args[3] = flags;
	args[4] = (uint64_t)fd;
	args[5] = 0;
}

/* Return: the address, or the errno of shmat(2); -ESRCH: the task is gone. */
static int64_t map(struct job *j, int fd)
{
	const uint64_t close_args[6] = {(uint64_t)fd};
	uint64_t args[6];
	int64_t at, closed;

	mmap_arguments(j, fd, args);
	if (inject_run(&j->in, INJECT_MMAP, args, &at) < 0 ||
	    inject_run(&j->in, INJECT_CLOSE, close_args, &closed) < 0)
		return -ESRCH;
	return at == -EEXIST ? -EINVAL : at;
}

static bool failed(int64_t result)
{
	return result < 0 && result > -4096;
}

/* i386's ipc(2) stores the address itself; where that cannot be done the segment stays attached. */
static int64_t store_result(const struct job *j, int64_t at)
{
	const uint32_t low = (uint32_t)at;

	if (!j->result_at)
		return at;
	return memory_write(&j->memory, j->result_at, &low, sizeof(low)) < 0 ? -EFAULT : 0;
}

static void attach_stopped(struct job *j, int fd)
{
	int64_t at = map(j, fd);

	record_attach(j, !failed(at));
	if (at == -ESRCH)
		return;
	inject_end(&j->in, failed(at) ? at : store_result(j, at));
}

static void attach(struct job *j)
{
	int r = inject_begin(&j->in, j->listener, &j->notif), fd;

	if (r < 0) {
		record_attach(j, false);
		answer(j, r == -ESRCH ? -EINTR : r);
		return;
	}
	fd = listener_add_fd(j->listener, j->notif.id, j->fd);
	if (fd < 0 && listener_valid(j->listener, j->notif.id)) {
		/* Its table is full; or there is no memory for it, or a security module is against it. */
		record_attach(j, false);
		inject_refuse(&j->in, fd == -EMFILE ? fd : -ENOMEM);
	} else if (fd < 0) {
		/* It has left on a signal, where it may, and will come again. Or it is dying. */
		record_attach(j, false);
		inject_leave(&j->in);
	} else if (inject_stop(&j->in) < 0) {
		record_attach(j, false);
	} else {
		attach_stopped(j, fd);
	}
}

/* ---- shmdt ---- */

/* A mapping as it was made, or what is left of it, of a shmat at the call's address: ksys_shmdt(). */
static bool is_of_attach(const struct job *j, const struct memory_mapping *m)
{
	return m->start >= j->addr && m->start - j->addr == m->offset &&
	       strncmp(m->name, "/SYSV", 5) == 0;
}

/* Whose it is, by its file. */
static int segment_of(struct job *j, const struct memory_mapping *m)
{
	turn_lock(&j->srv->lock);
	int id = foreign_find(j->srv->foreign, m->dev, m->ino, &j->size);

	turn_unlock(&j->srv->lock);
	return id;
}

/* The first mapping of the attach. Return: 0; -EINVAL: there is none. */
static int find_attach(struct job *j, struct memory_mapping *m)
{
	for (uint64_t at = j->addr; memory_file_mapping(&j->memory, at, m) == 0; at = m->end) {
		if (!is_of_attach(j, m))
			continue;
		j->id = segment_of(j, m);
		if (j->id >= 0)
			return 0;
	}
	return -EINVAL;
}

/* @m and what follows of the same attach. Return: 0, or -ESRCH. */
static int64_t unmap(struct job *j, struct memory_mapping *m)
{
	const uint64_t dev = m->dev, ino = m->ino, end = j->addr + ((j->size + 4095) & ~4095ull);
	int64_t result = 0, first = 1;

	do {
		const uint64_t args[6] = {m->start, m->end - m->start};

		if (m->dev != dev || m->ino != ino || !is_of_attach(j, m))
			continue;
		if (inject_run(&j->in, INJECT_MUNMAP, args, &result) < 0)
			return -ESRCH;
		if (first == 1)
			first = result;
	} while (memory_file_mapping(&j->memory, m->end, m) == 0 && m->end <= end);
	return first;
}

static void detach(struct job *j)
{
	struct memory_mapping m;
	int r = j->memory.maps < 0 ? -EINVAL : find_attach(j, &m);

	/* Nothing that was attached by us: the kernel will not find anything, either. */
	if (r < 0) {
		(void)listener_continue(j->listener, j->notif.id);
		return;
	}
	r = inject_begin(&j->in, j->listener, &j->notif);
	if (r < 0) {
		answer(j, r == -ESRCH ? -EINTR : r);
		return;
	}
	if (inject_stop(&j->in) < 0)
		return;

	const int64_t result = unmap(j, &m);

	if (result == -ESRCH)
		return;
	turn_lock(&j->srv->lock);
	foreign_detached(j->srv->foreign, j->id, j->tgid);
	turn_unlock(&j->srv->lock);
	inject_end(&j->in, result);
}

/* ---- both ---- */

/* The caller's memory; nobody else's, because it still waits after that was opened. */
static void open_memory(struct job *j)
{
	if (memory_open(&j->memory, (pid_t)j->notif.pid) < 0)
		j->memory = (struct task_memory){.mem = -1, .maps = -1};
	else if (!listener_valid(j->listener, j->notif.id))
		memory_close(&j->memory);
}

void shm_inject(struct server *srv, struct ipc_slot *s)
{
	const bool attaches = s->op == SLOT_SHM_ATTACH;
	struct job j = {
		.srv = srv,
		.notif = *slot_notif(s),
		.addr = s->u.shm.addr,
		.fixed = attaches && s->u.shm.fixed,
		.size = s->u.shm.size,
		.result_at = s->u.shm.result_at,
		.id = s->u.shm.id,
		.flags = s->u.shm.flags,
		.fd = s->u.shm.fd,
		.listener = s->u.shm.listener,
		.tgid = s->cred.tgid,
		.memory = {.mem = -1, .maps = -1},
	};

	turn_unlock(&srv->lock);
	if (!attaches || j.result_at)
		open_memory(&j);
	if (attaches)
		attach(&j);
	else
		detach(&j);
	memory_close(&j.memory);
	close(j.listener);
	turn_lock(&srv->lock);
	call_done(srv, s);
}
