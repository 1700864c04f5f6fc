/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* By id, in buckets. Two states of a use are kept, since the kernel notes ours as well as its members'. */
#include <stdlib.h>

#include "daemon/backing.h"
#include "daemon/foreign_impl.h"

static struct record **link_of(struct foreign_shm *f, int id)
{
	struct record **link = &f->bucket[(unsigned)id % FOREIGN_BUCKETS];

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

struct record *record_find(struct foreign_shm *f, int id)
{
	return *link_of(f, id);
}

static struct use use_of(const struct shm_stat *st)
{
	return (struct use){.lpid = st->lpid, .atime = st->atime, .dtime = st->dtime};
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t foreign_now(const struct foreign_shm *f)
{
	return ipc_now(&f->srv->ns).tv_sec;
}

struct use record_last_use(const struct record *r, const struct shm_stat *st)
{
	struct use u = r->known;

	if (st->atime != r->seen.atime)
		u.atime = later(u.atime, st->atime);
	if (st->dtime != r->seen.dtime)
		u.dtime = later(u.dtime, st->dtime);
	if (st->lpid != r->seen.lpid || st->atime != r->seen.atime || st->dtime != r->seen.dtime)
		u.lpid = st->lpid;
	return u;
}

void record_fold(struct record *r)
{
	struct shm_stat st;

	if (backing_stat(r->id, false, &st) < 0)
		return;
	r->known = record_last_use(r, &st);
	r->seen = use_of(&st);
}

void record_saw(struct record *r)
{
	struct shm_stat st;

	if (backing_stat(r->id, false, &st) >= 0)
		r->seen = use_of(&st);
}

struct record *record_obtain(struct foreign_shm *f, int id, const struct shm_stat *st)
{
	struct record **link = link_of(f, id);

	if (*link)
		return *link;

	struct record *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->id = id;
	r->base = -1;
	r->known = r->seen = use_of(st);
	*link = r;
	f->count++;
	return r;
}

void record_forget(struct foreign_shm *f, struct record *r)
{
	*link_of(f, r->id) = r->next;
	f->count--;
	free(r);
}
