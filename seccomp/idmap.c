/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Maps are read from /proc/TID/{uid,gid}_map, which tell the outside ids as the reader's own user
 * namespace names them, exactly what is wanted. A namespace whose map is not written yet is not
 * remembered.
 */
#include "seccomp/idmap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "seccomp/task_pidfd.h"

#define OVERFLOW_ID 65534u /* as it is if nobody has changed it */
#define CACHED 16
#define MAX_EXTENTS 340 /* UID_GID_MAP_MAX_EXTENTS */

struct extent {
	uint32_t inside, outside, count;
};

/* Nearly all have one extent, and there is a cache of maps for each namespace. */
struct map {
	unsigned n;
	struct extent *extent;
};

struct cached {
	uint64_t user_ns; /* 0: free */
	int fd;
	struct map map[2];
};

struct idmap {
	uint64_t own;
	struct map own_map[2]; /* only what is inside matters: ids are kept as there */
	unsigned next;	       /* entry to replace next */
	struct cached cache[CACHED];
};

/* Return: is there room for one more extent? */
static bool grow(struct map *map)
{
	struct extent *more;

	if (map->n & (map->n - 1))
		return true;
	more = realloc(map->extent, (map->n ? 2 * map->n : 1) * sizeof(*more));
	if (more)
		map->extent = more;
	return more;
}

static void clear_map(struct map *map)
{
	free(map->extent);
	*map = (struct map){0};
}

static void read_map(pid_t tid, const char *name, struct map *map)
{
	char path[64];
	struct extent e;

	clear_map(map);
	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	FILE *f = fopen(path, "re");

	if (!f)
		return;
	while (map->n < MAX_EXTENTS &&
	       fscanf(f, "%u %u %u", &e.inside, &e.outside, &e.count) == 3) {
		if (!grow(map)) {
			clear_map(map); /* a part of it would tell what is not so */
			break;
		}
		map->extent[map->n++] = e;
	}
	fclose(f);
}

int idmap_open(uint64_t own_user_ns, struct idmap **out)
{
	struct idmap *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->own = own_user_ns;
	read_map(getpid(), "uid_map", &m->own_map[IDMAP_UID]);
	read_map(getpid(), "gid_map", &m->own_map[IDMAP_GID]);
	*out = m;
	return 0;
}

static void drop(struct cached *c)
{
	if (c->user_ns)
		close(c->fd);
	c->user_ns = 0;
	clear_map(&c->map[IDMAP_UID]);
	clear_map(&c->map[IDMAP_GID]);
}

void idmap_close(struct idmap *m)
{
	if (!m)
		return;
	for (int i = 0; i < CACHED; i++)
		drop(&m->cache[i]);
	clear_map(&m->own_map[IDMAP_UID]);
	clear_map(&m->own_map[IDMAP_GID]);
	free(m);
}

/* Is @tid a member of @user_ns? Only then its maps are those that are wanted. */
static bool is_member(int pidfd, uint64_t user_ns)
{
	uint64_t inode;

	return task_ns_inode(pidfd, TASK_NS_USER, &inode) == 0 && inode == user_ns;
}

/*
 * The maps of @user_ns; those of an unwritten one are only good for this call. Of a namespace that
 * @tid is not in (any more) nothing is known.
 */
static const struct cached *lookup(struct idmap *m, pid_t tid, uint64_t user_ns)
{
	struct cached *c;

	for (int i = 0; i < CACHED; i++)
		if (m->cache[i].user_ns == user_ns)
			return &m->cache[i];
	c = &m->cache[m->next];
	m->next = (m->next + 1) % CACHED;
	drop(c);
	int pidfd = task_pidfd_open(tid);

	read_map(tid, "uid_map", &c->map[IDMAP_UID]);
	read_map(tid, "gid_map", &c->map[IDMAP_GID]);
	if (pidfd < 0 || !is_member(pidfd, user_ns)) {
		clear_map(&c->map[IDMAP_UID]);
		clear_map(&c->map[IDMAP_GID]);
	} else if (c->map[IDMAP_UID].n && c->map[IDMAP_GID].n) {
		c->fd = task_ns_open(pidfd, TASK_NS_USER);
		if (c->fd >= 0)
			c->user_ns = user_ns;
	}
	if (pidfd >= 0)
		close(pidfd);
	return c;
}

/* make_kuid() in our own namespace, which need not map all ids either. */
static bool own_has(const struct idmap *m, enum idmap_kind kind, uint32_t id)
{
	const struct map *map = &m->own_map[kind];

	for (unsigned i = 0; i < map->n; i++)
		if (id - map->extent[i].inside < map->extent[i].count)
			return true;
	return false;
}

/* from_kuid() */
static bool show(struct idmap *m, enum idmap_kind kind, pid_t tid, uint64_t user_ns, uint32_t id,
		 uint32_t *out)
{
	*out = id;
	if (user_ns == m->own)
		return own_has(m, kind, id);

	const struct map *map = &lookup(m, tid, user_ns)->map[kind];

	for (unsigned i = 0; i < map->n; i++) {
		if (id - map->extent[i].outside >= map->extent[i].count)
			continue;
		*out = map->extent[i].inside + (id - map->extent[i].outside);
		return true;
	}
	return false;
}

/* A sysctl, which everybody may read; it is asked only for ids without a name. */
static uint32_t overflow_id(enum idmap_kind kind)
{
	FILE *f = fopen(kind == IDMAP_UID ? "/proc/sys/kernel/overflowuid"
					  : "/proc/sys/kernel/overflowgid",
			"re");
	uint32_t id;

	if (!f || fscanf(f, "%" SCNu32, &id) != 1)
		id = OVERFLOW_ID;
	if (f)
		fclose(f);
	return id;
}

uint32_t idmap_show(struct idmap *m, enum idmap_kind kind, pid_t tid, uint64_t user_ns, uint32_t id)
{
	uint32_t shown;

	return show(m, kind, tid, user_ns, id, &shown) ? shown : overflow_id(kind);
}

bool idmap_has(struct idmap *m, enum idmap_kind kind, pid_t tid, uint64_t user_ns, uint32_t id)
{
	uint32_t shown;

	return show(m, kind, tid, user_ns, id, &shown);
}

bool idmap_take(struct idmap *m, enum idmap_kind kind, pid_t tid, uint64_t user_ns, uint32_t id,
		uint32_t *out)
{
	if (user_ns == m->own) {
		*out = id;
		return own_has(m, kind, id);
	}

	const struct map *map = &lookup(m, tid, user_ns)->map[kind];

	for (unsigned i = 0; i < map->n; i++) {
		if (id - map->extent[i].inside >= map->extent[i].count)
			continue;
		*out = map->extent[i].outside + (id - map->extent[i].inside);
		return true;
	}
	return false;
}
