/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel makes these files for the IPC namespace of who opens them, so they are opened each time.
 * What it shows in /proc/sysvipc/shm that no system call tells, how much of a segment is in memory,
 * is looked up there.
 */
#include "daemon/segment_views.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/backing.h"
#include "daemon/foreign_shm.h"
#include "daemon/server.h"

/** struct pages - of all segments, as they were when a listing began: looking for each of them would take the
 * square of their number. @at: where the next one will be, in a listing. */
struct pages {
	size_t count, at;
	struct {
		int id;
		struct shm_pages of;
	} segment[];
};

static void read_all(struct server *srv)
{
	FILE *f = fopen("/proc/sysvipc/shm", "re");
	unsigned long long rss, swap;
	size_t room = 0;
	char line[512];
	int id;

	free(srv->pages);
	srv->pages = NULL;
	while (f && fgets(line, sizeof(line), f)) {
		struct pages *p = srv->pages;

		if (sscanf(line, "%*d %d %*o %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu %llu",
			   &id, &rss, &swap) != 3)
			continue;
		if (!p || p->count == room) {
			room = room ? room * 2 : 64;
			p = realloc(p, sizeof(*p) + room * sizeof(p->segment[0]));
			if (!p)
				break;
			if (!srv->pages)
				*p = (struct pages){0};
			srv->pages = p;
		}
		p->segment[p->count].id = id;
		p->segment[p->count++].of = (struct shm_pages){.rss = rss, .swap = swap};
	}
	if (f)
		fclose(f);
}

static struct shm_pages pages_of(struct server *srv, int id)
{
	struct pages *p = srv->pages;

	for (size_t n = 0; p && n < p->count; n++, p->at++) {
		if (p->at >= p->count)
			p->at = 0;
		if (p->segment[p->at].id == id)
			return p->segment[p->at++].of;
	}
	return (struct shm_pages){0};
}

static int look_at(struct server *srv, int32_t idx, struct shm_stat *st)
{
	return srv->foreign ? foreign_stat(srv->foreign, idx, true, st)
			    : backing_stat(idx, true, st);
}

bool segment_next(void *ctx, int32_t *idx, struct shm_stat *st, struct shm_pages *pages)
{
	struct server *srv = ctx;
	struct shm_usage usage;
	const int max = backing_usage(&usage);

	if (*idx == 0) {
		if (srv->foreign)
			foreign_settle(srv->foreign);
		read_all(srv);
	}
	for (int32_t i = *idx; i <= max; i++) {
		int id = look_at(srv, i, st);

		if (id < 0)
			continue;
		*idx = i;
		*pages = pages_of(srv, id);
		return true;
	}
	return false;
}

ssize_t segment_sysctl(void *ctx, const char *name, bool writes, char *buf, size_t len)
{
	struct server *srv = ctx;
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	fd = open(path, (writes ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = writes ? write(fd, buf, len) : read(fd, buf, len);
	if (n < 0)
		n = -errno;
	close(fd);
	/* Switched on, shm_rmid_forced has effects at once. */
	if (writes && srv->foreign)
		foreign_settle(srv->foreign);
	return n;
}
