/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What calls ask for, the timer that looks for what has ended, and the end of creators. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "daemon/backing.h"
#include "daemon/copiers.h"
#include "daemon/foreign_impl.h"
#include "daemon/shm_inject.h"
#include "seccomp/inject.h"
#include "seccomp/task_pidfd.h"

/* Each attachment takes a descriptor, which others of the process need, too; and is looked at each time. */
#define DESCRIPTORS_PART 8u
#define ATTACHMENTS_MAX 16384u

void foreign_look_every(struct foreign_shm *f, unsigned ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	const struct itimerspec its = {.it_interval = t, .it_value = t};

	if (f->looks_ms == ms)
		return;
	f->looks_ms = ms;
	(void)timerfd_settime(f->look.fd, 0, &its, NULL);
}

/* ---- shm_rmid_forced ---- */

/* The file is the IPC namespace's of who opens it, so it is opened here and not at the begin. */
static bool is_forced(struct foreign_shm *f)
{
	char text[4];

	if (f->forced < 0)
		f->forced = open("/proc/sys/kernel/shm_rmid_forced", O_RDONLY | O_CLOEXEC);

	return pread(f->forced, text, sizeof(text), 0) > 0 && text[0] == '1';
}

static bool has_ended(const struct record *r)
{
	struct pollfd p = {.fd = task_pidfd_open(r->creator), .events = POLLIN};
	struct stat st;

	if (p.fd < 0)
		return p.fd == -ESRCH;

	const bool ended = fstat(p.fd, &st) == 0 &&
			   (st.st_ino != r->birth || (poll(&p, 1, 0) == 1 && p.revents));

	close(p.fd);
	return ended;
}

/*
 * exit_shm(): with its creator a segment goes that nobody is attached to. To the kernel its creator is one
 * of our threads, which does not end.
 */
static void remove_orphans(struct foreign_shm *f)
{
	if (!is_forced(f))
		return;
	for (unsigned i = 0; i < FOREIGN_BUCKETS; i++) {
		struct record *next;

		for (struct record *r = f->bucket[i]; r; r = next) {
			struct shm_stat st;

			next = r->next;
			if (!r->birth || r->stand_in || !has_ended(r))
				continue;
			r->birth = 0;
			if (backing_stat(r->id, false, &st) < 0 || st.nattch > 0)
				continue;
			(void)backing_remove(r->id);
			record_forget(f, r);
		}
	}
}

/* All of them; and how soon again. A record of a segment that is no more goes. */
void foreign_settle(struct foreign_shm *f)
{
	unsigned ms = 0;

	for (unsigned i = 0; i < FOREIGN_BUCKETS; i++) {
		struct record *next;

		for (struct record *r = f->bucket[i]; r; r = next) {
			struct shm_stat st;
			const bool there = backing_stat(r->id, false, &st) >= 0;

			next = r->next;
			if (!there && !r->attachments)
				record_forget(f, r);
			else if (record_settle(f, r) > 0)
				ms = (st.perm.mode & SHM_DEST) || ms == LOOK_MARKED_MS
					     ? LOOK_MARKED_MS
					     : LOOK_MS;
		}
	}
	remove_orphans(f);
	foreign_look_every(f, ms);
}

void foreign_begin(struct foreign_shm *f)
{
	remove_orphans(f);
}

static void on_look(void *ctx, uint32_t events)
{
	struct foreign_shm *f = ctx;
	uint64_t ticks;

	(void)events;
	(void)!read(f->look.fd, &ticks, sizeof(ticks));
	foreign_settle(f);
}

/* ---- segments ---- */

int foreign_stat(struct foreign_shm *f, int id, bool by_index, struct shm_stat *out)
{
	int found = backing_stat(id, by_index, out);
	struct record *r = found < 0 ? NULL : record_find(f, found);

	if (!r)
		return found;

	const uint64_t mapped = record_settle(f, r);

	/* That may have been the end of it. */
	found = backing_stat(found, false, out);
	r = found < 0 ? NULL : record_find(f, found);
	if (!r)
		return found;

	const struct use u = record_last_use(r, out);

	out->lpid = u.lpid;
	out->atime = u.atime;
	out->dtime = u.dtime;
	out->nattch += mapped;
	if (r->stand_in && out->nattch)
		out->nattch--;
	if (r->made_here) {
		out->perm.cuid = r->cuid;
		out->perm.cgid = r->cgid;
		out->cpid = r->cpid;
	}
	return found;
}

void foreign_made(struct foreign_shm *f, int id, const struct ipc_cred *by)
{
	struct shm_stat st;
	struct record *r;

	/* Removed ones leave records behind that nobody asks for. */
	if (f->count % 64 == 63)
		foreign_settle(f);
	if (backing_stat(id, false, &st) < 0)
		return;
	r = record_obtain(f, id, &st);
	if (!r)
		return;
	r->made_here = true;
	r->creator = (pid_t)by->tid;
	if (task_birth(r->creator, &r->birth) < 0)
		r->birth = 0;
	r->cpid = by->tgid;
	r->cuid = by->euid;
	r->cgid = by->egid;
}

int foreign_remove(struct foreign_shm *f, int id)
{
	struct record *r = record_find(f, id);
	int e;

	if (r)
		(void)record_settle(f, r);
	e = backing_remove(id);
	r = record_find(f, id);
	if (r && !r->attachments)
		record_forget(f, r);
	else if (r)
		foreign_look_every(f, LOOK_MARKED_MS);
	return e;
}

/* ---- life ---- */

/* A mapping of our own is opened by map_files: may we? */
static int try_map_files(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct memory_mapping m;
	int fd = memfd_create("ipcns-try", MFD_CLOEXEC), r = -ENOMEM;
	void *p = fd >= 0 && ftruncate(fd, (off_t)page) == 0
			  ? mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0)
			  : MAP_FAILED;

	if (p != MAP_FAILED) {
		r = own_mapping(p, &m);
		if (r == 0)
			r = own_mapping_open(&m);
		if (r >= 0)
			close(r);
		(void)munmap(p, page);
	}
	if (fd >= 0)
		close(fd);
	return r < 0 ? r : 0;
}

static int try_refs(struct task_probe *probe)
{
	int fd = memfd_create("ipcns-try", MFD_CLOEXEC), r;
	uint64_t refs = 0;

	if (fd < 0)
		return -errno;
	r = task_file_refs(probe, &fd, 1, &refs);
	close(fd);
	/* A kernel that counts otherwise must not be believed. */
	return r == 0 && refs != 1 ? -EOPNOTSUPP : r;
}

static uint64_t descriptors(void)
{
	struct rlimit rl;

	return getrlimit(RLIMIT_NOFILE, &rl) < 0 ? 1024 : rl.rlim_cur;
}

int foreign_possible(struct task_probe *probe)
{
	int r = inject_supported() ? try_refs(probe) : -EOPNOTSUPP;

	return r < 0 ? r : try_map_files();
}

int foreign_open(struct server *srv, struct foreign_shm **out)
{
	int r = foreign_possible(srv->probe);
	struct foreign_shm *f;

	if (r < 0)
		return r;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->srv = srv;
	f->attachments_max = descriptors() / DESCRIPTORS_PART;
	if (f->attachments_max > ATTACHMENTS_MAX)
		f->attachments_max = ATTACHMENTS_MAX;
	f->forced = -1;
	f->look = (struct loop_source){
		.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
		.ready = on_look,
		.ctx = f};
	r = f->look.fd < 0 ? -errno : copiers_open(srv, "ipcnsd-inject", shm_inject, &f->injectors);
	if (r == 0)
		r = loop_add(&srv->loop, &f->look, EPOLLIN);
	if (r == 0) {
		*out = f;
		return 0;
	}
	(void)copiers_close(f->injectors);
	if (f->look.fd >= 0)
		close(f->look.fd);
	if (f->forced >= 0)
		close(f->forced);
	free(f);
	return r;
}

int foreign_submit(struct foreign_shm *f, struct ipc_slot *s)
{
	return copiers_add(f->injectors, s);
}

bool foreign_stop(struct foreign_shm *f)
{
	if (!f || !f->injectors)
		return true;
	if (!copiers_close(f->injectors))
		return false;
	f->injectors = NULL;
	return true;
}

static void give_up(struct record *r)
{
	while (r->attachments) {
		struct attachment *a = r->attachments;

		r->attachments = a->next;
		close(a->fd);
		free(a);
	}
	if (r->stand_in) {
		(void)shmdt(r->stand_in);
		close(r->base);
	}
	free(r);
}

void foreign_close(struct foreign_shm *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < FOREIGN_BUCKETS; i++)
		while (f->bucket[i]) {
			struct record *r = f->bucket[i];

			f->bucket[i] = r->next;
			give_up(r);
		}
	loop_remove(&f->srv->loop, &f->look);
	close(f->look.fd);
	if (f->forced >= 0)
		close(f->forced);
	free(f);
}
