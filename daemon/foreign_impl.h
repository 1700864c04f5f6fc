/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files behind foreign_shm.h share: records of segments (foreign_records.c), their attachments
 * (foreign_attach.c), and all else (foreign_shm.c). Nobody else includes this. With server.lock, by threads
 * in the backing namespace.
 */
#ifndef DAEMON_FOREIGN_IMPL_H
#define DAEMON_FOREIGN_IMPL_H

#include "daemon/foreign_shm.h"
#include "daemon/server.h"
#include "seccomp/memory.h"

#ifndef SHM_DEST
#define SHM_DEST 01000
#endif

#define FOREIGN_BUCKETS 256u

/** struct attachment - @busy: it is being made, and must not be taken for one that has ended. @refs: to its
 * file, when they were counted last. */
struct attachment {
	struct attachment *next;
	int fd;
	bool busy;
	uint64_t refs;
};

/** struct use - who used a segment last, and when. */
struct use {
	uint32_t lpid;
	int64_t atime, dtime;
};

/**
 * struct record - a segment.
 * @known: its last use, as far as it is known; @seen: what the kernel said when it was noted. What the
 * kernel says differently later is the use of a member of the backing namespace.
 */
struct record {
	struct record *next;
	int id;
	bool made_here; /* by a foreign caller, and who that was: */
	uint32_t cpid, cuid, cgid;
	pid_t creator;	/* the thread */
	uint64_t birth; /* task_birth(); 0: nobody whose end matters */
	struct use known, seen;
	void *stand_in; /* NULL: none; then there is no attachment, either */
	int base;	/* its file, to be opened anew */
	uint64_t dev, ino, size;
	struct attachment *attachments;
};

struct foreign_shm {
	struct server *srv;
	struct copiers *injectors;
	struct record *bucket[FOREIGN_BUCKETS];
	unsigned count, stand_ins;
	uint64_t attachments, attachments_max;
	struct loop_source look;
	unsigned looks_ms; /* 0: it does not */
	int forced;	   /* shm_rmid_forced, open */
};

/*
 * How soon it is noticed, without a call that asks, that nobody is attached any more: where a segment
 * is to be destroyed then its memory waits for it, else only descriptors do.
 */
#define LOOK_MARKED_MS 200
#define LOOK_MS 5000

/** foreign_look_every() - @ms milliseconds all of them are looked at; 0: they are not. */
void foreign_look_every(struct foreign_shm *f, unsigned ms);

/* ---- foreign_records.c ---- */

/** record_find() - NULL: there is none. record_obtain() - one that is made if need be; NULL: no memory. */
struct record *record_find(struct foreign_shm *f, int id);
struct record *record_obtain(struct foreign_shm *f, int id, const struct shm_stat *st);
/** record_forget() - of a segment that has no attachments. */
void record_forget(struct foreign_shm *f, struct record *r);

/** record_last_use() - what is known, and what a member has done since, by @st. */
struct use record_last_use(const struct record *r, const struct shm_stat *st);
/** record_fold() - to be called before something that we do is noted by the kernel as a use, or is known
 * better. record_saw() - and this after it. */
void record_fold(struct record *r);
void record_saw(struct record *r);

/** foreign_now() - as segments' times use it. */
int64_t foreign_now(const struct foreign_shm *f);

/* ---- foreign_attach.c ---- */

/** own_mapping() - where the mapping at @at of our own ends, and what file it is of. own_mapping_open() - that
 * file. Return: 0 (a descriptor) or negative errno. */
int own_mapping(const void *at, struct memory_mapping *out);
int own_mapping_open(const struct memory_mapping *m);

/** record_settle() - free what has ended of @r, which can be gone afterwards. Return: how often the rest is
 * mapped. */
uint64_t record_settle(struct foreign_shm *f, struct record *r);

#endif
