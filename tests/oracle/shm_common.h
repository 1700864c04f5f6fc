/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the shared memory scenarios share: lines that show a segment, and addresses to attach at.
 *
 * Included by shm_*.c and mix_*.c only. Everything shown here is fixed by shmget(2), shmop(2) and
 * shmctl(2): ids too, as a fresh namespace hands them out in a known order (ipc/util.c).
 */
#ifndef IPCNSD_TESTS_ORACLE_SHM_COMMON_H
#define IPCNSD_TESTS_ORACLE_SHM_COMMON_H

#include <sys/shm.h>

#include "scenario.h"

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif

static inline long raw_shmctl(int id, int cmd, void *buf)
{
	return syscall(SYS_shmctl, id, cmd, buf);
}

/* A private segment; part of the set-up. */
static inline int shm_make(size_t size, int mode)
{
	return (int)sc_must("shmget", shmget(IPC_PRIVATE, size, IPC_CREAT | mode));
}

/* Attaches read-write anywhere; part of the set-up. */
static inline char *shm_map(int id)
{
	char *p = shmat(id, NULL, 0);

	if (p == (void *)-1)
		sc_fail("shmat: %s", sc_errname(errno));
	return p;
}

/* Everything in struct shmid_ds, or the error. */
static inline void shm_show(const char *label, int id)
{
	struct shmid_ds ds;

	errno = 0;
	if (shmctl(id, IPC_STAT, &ds) == -1) {
		sc_result(label, -1);
		return;
	}
	sc_say("%s: key %#x mode %o owner %d:%d creator %d:%d size %zu nattch %lu", label,
	       ds.shm_perm.__key, ds.shm_perm.mode, (int)ds.shm_perm.uid, (int)ds.shm_perm.gid,
	       (int)ds.shm_perm.cuid, (int)ds.shm_perm.cgid, ds.shm_segsz, ds.shm_nattch);
}

/* Who created it and used it last, and when. */
static inline void shm_show_use(const char *label, int id)
{
	struct shmid_ds ds;

	errno = 0;
	if (shmctl(id, IPC_STAT, &ds) == -1) {
		sc_result(label, -1);
		return;
	}
	/* One at a time: sc_role() may answer from one buffer. */
	sc_say("%s: cpid %s", label, sc_role(ds.shm_cpid));
	sc_say("%s: lpid %s, nattch %lu, atime %s", label, sc_role(ds.shm_lpid), ds.shm_nattch,
	       sc_when(ds.shm_atime));
	sc_say("%s: dtime %s", label, sc_when(ds.shm_dtime));
	sc_say("%s: ctime %s", label, sc_when(ds.shm_ctime));
}

static inline void shm_nattch(const char *label, int id)
{
	struct shmid_ds ds;

	errno = 0;
	if (shmctl(id, IPC_STAT, &ds) == -1)
		sc_result(label, -1);
	else
		sc_say("%s: nattch %lu%s", label, ds.shm_nattch,
		       ds.shm_perm.mode & SHM_DEST ? ", to be destroyed" : "");
}

/* An address range of this many bytes that was free a moment ago, page aligned. */
static inline char *shm_free_range(size_t size)
{
	char *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || munmap(p, size) == -1)
		sc_fail("no free range: %s", sc_errname(errno));
	return p;
}

#endif
