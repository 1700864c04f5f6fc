/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What shmctl(2) tells of segments. There is no code of segments in ipc/: they are a kernel IPC
 * namespace's (daemon/calls_shm.c), and these are the forms in which they are shown to callers who are
 * not in that.
 */
#ifndef IPC_SHM_H
#define IPC_SHM_H

#include "ipc/ids.h"

/** struct shm_stat - a segment, with ids and pids as all records have them. */
struct shm_stat {
	struct kern_ipc_perm perm;
	uint64_t size; /* bytes */
	int64_t atime, dtime, ctime;
	uint32_t cpid, lpid;
	uint64_t nattch;
};

/** struct shm_pages - how much of a segment is in memory and swapped out, in bytes. */
struct shm_pages {
	uint64_t rss, swap;
};

/** struct shm_limits - struct shminfo64. */
struct shm_limits {
	uint64_t shmmax, shmmin, shmmni, shmseg, shmall;
};

/** struct shm_usage - struct shm_info. */
struct shm_usage {
	int32_t used_ids;
	uint64_t shm_tot, shm_rss, shm_swp, swap_attempts, swap_successes;
};

#endif
