/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* setns(2) and shmctl(2). */
#include "daemon/backing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif

int backing_home(void)
{
	int fd = open("/proc/thread-self/ns/ipc", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int backing_make(uint64_t *inode)
{
	struct stat st;

	if (unshare(CLONE_NEWIPC) < 0)
		return -errno;
	int fd = backing_home();

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0) {
		int err = errno;

		close(fd);
		return -err;
	}
	*inode = st.st_ino;
	return fd;
}

int backing_owner(int ipc_ns_fd, uint64_t *inode)
{
	int fd = ioctl(ipc_ns_fd, NS_GET_USERNS);
	struct stat st;

	if (fd < 0)
		return -errno;
	int r = fstat(fd, &st) < 0 ? -errno : 0;

	close(fd);
	if (r == 0)
		*inode = st.st_ino;
	return r;
}

int backing_enter(int ipc_ns_fd)
{
	return setns(ipc_ns_fd, CLONE_NEWIPC) < 0 ? -errno : 0;
}

void backing_leave(int home)
{
	if (setns(home, CLONE_NEWIPC) < 0)
		abort();
}

int backing_totals(uint64_t *segments, uint64_t *bytes)
{
	struct shm_info info;

	if (shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&info) < 0)
		return -errno;
	*segments = (uint64_t)info.used_ids;
	*bytes = (uint64_t)info.shm_tot * (uint64_t)sysconf(_SC_PAGESIZE);
	return 0;
}

static void fill(const struct shmid_ds *ds, int id, struct segment *out)
{
	*out = (struct segment){
		.perm = {.key = ds->shm_perm.__key,
			 .id = id,
			 .uid = ds->shm_perm.uid,
			 .gid = ds->shm_perm.gid,
			 .cuid = ds->shm_perm.cuid,
			 .cgid = ds->shm_perm.cgid,
			 .seq = ds->shm_perm.__seq,
			 .mode = ds->shm_perm.mode},
		.size = ds->shm_segsz,
		.attached = ds->shm_nattch,
		.ctime = ds->shm_ctime,
		.cpid = (uint32_t)ds->shm_cpid,
		.lpid = (uint32_t)ds->shm_lpid,
	};
}

bool backing_next(int *idx, struct segment *out)
{
	struct shm_info info;
	struct shmid_ds ds;
	int max = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&info);

	for (int i = *idx; i <= max; i++) {
		int id = shmctl(i, SHM_STAT_ANY, &ds);

		if (id < 0)
			continue;
		*idx = i;
		fill(&ds, id, out);
		return true;
	}
	return false;
}

int backing_get(int id, struct segment *out)
{
	struct shmid_ds ds;

	if (shmctl(id, IPC_STAT, &ds) < 0)
		return -errno;
	fill(&ds, id, out);
	return 0;
}

int backing_find(int32_t key)
{
	int id = shmget(key, 0, 0);

	return id < 0 ? -errno : id;
}

int backing_set(int id, const struct kern_ipc_perm *perm)
{
	struct shmid_ds ds = {.shm_perm = {.uid = perm->uid,
					   .gid = perm->gid,
					   .mode = (unsigned short)(perm->mode & 0777)}};

	return shmctl(id, IPC_SET, &ds) < 0 ? -errno : 0;
}

/* Made without any rights. */
int backing_make_segment(const struct kern_ipc_perm *perm, uint64_t size, int flags)
{
	int id = shmget(perm->key, size, IPC_CREAT | IPC_EXCL | flags), r;

	if (id < 0)
		return -errno;
	r = backing_set(id, perm);
	if (r == 0)
		return id;
	(void)backing_remove(id);
	return r;
}

int backing_lock(int id, bool lock)
{
	return shmctl(id, lock ? SHM_LOCK : SHM_UNLOCK, NULL) < 0 ? -errno : 0;
}

int backing_limits(struct shm_limits *out)
{
	struct shminfo info;
	int max = shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&info);

	if (max < 0)
		return -errno;
	*out = (struct shm_limits){
		.shmmax = info.shmmax,
		.shmmin = info.shmmin,
		.shmmni = info.shmmni,
		.shmseg = info.shmseg,
		.shmall = info.shmall,
	};
	return max;
}

int backing_usage(struct shm_usage *out)
{
	struct shm_info info;
	int max = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&info);

	if (max < 0)
		return -errno;
	*out = (struct shm_usage){
		.used_ids = info.used_ids,
		.shm_tot = info.shm_tot,
		.shm_rss = info.shm_rss,
		.shm_swp = info.shm_swp,
		.swap_attempts = info.swap_attempts,
		.swap_successes = info.swap_successes,
	};
	return max;
}

/* The kernel looks at the slot only, whatever else of an id it is given. */
int backing_stat(int id, bool by_index, struct shm_stat *out)
{
	struct shmid_ds ds;
	struct segment s;
	int r = shmctl(id, SHM_STAT_ANY, &ds);

	if (r < 0 || (!by_index && r != id))
		return -EINVAL;
	fill(&ds, r, &s);
	*out = (struct shm_stat){
		.perm = s.perm,
		.size = s.size,
		.atime = ds.shm_atime,
		.dtime = ds.shm_dtime,
		.ctime = ds.shm_ctime,
		.cpid = s.cpid,
		.lpid = s.lpid,
		.nattch = s.attached,
	};
	return r;
}

int backing_remove(int id)
{
	return shmctl(id, IPC_RMID, NULL) < 0 ? -errno : 0;
}

void backing_remove_all(void)
{
	struct segment s;

	/* One that is attached stays in the table, without a key; each is asked once. */
	for (int i = 0; backing_next(&i, &s); i++)
		(void)backing_remove(s.perm.id);
}
