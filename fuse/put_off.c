/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list, in the order of the requests, which is that of their numbers too. */
#include "fuse/put_off.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuse/mqueuefs.h"

struct put_off {
	struct put_off *next;
	fuse_req_t req;
	uint64_t number; /* of ipcns_fuse_hooks.room_due */
	int64_t until_ms;
	mode_t mode;
	bool opens;
	struct fuse_file_info fi;
	char name[];
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool put_off_creation(fuse_req_t req, const char *name, mode_t mode,
		      const struct fuse_file_info *fi, int error)
{
	struct ipcns_fuse *f = view_of(req);
	const bool room = error == -EMFILE || error == -ENOSPC;
	uint64_t number = 0;
	struct put_off *p, **tail = &f->put_off;

	if (room && !f->last_try && f->hooks.room_due)
		number = f->hooks.room_due(f->hooks.ctx);
	p = number ? calloc(1, sizeof(*p) + strlen(name) + 1) : NULL;
	if (!p) {
		if (error == -ENOSPC && f->hooks.refused)
			f->hooks.refused(f->hooks.ctx, fuse_req_ctx(req)->pid);
		return false;
	}
	p->req = req;
	p->number = number;
	p->until_ms = now_ms() + PUT_OFF_MS;
	p->mode = mode;
	p->opens = fi != NULL;
	if (fi)
		p->fi = *fi;
	strcpy(p->name, name);
	while (*tail)
		tail = &(*tail)->next;
	*tail = p;
	return true;
}

/* The first, which then is in the list no more. */
static void try_again(struct ipcns_fuse *f)
{
	struct put_off *p = f->put_off;

	f->put_off = p->next;
	f->last_try = true;
	if (p->opens)
		mqueuefs_create(p->req, p->name, p->mode, &p->fi);
	else
		mqueuefs_mknod(p->req, p->name, p->mode);
	f->last_try = false;
	free(p);
}

void ipcns_fuse_room_back(struct ipcns_fuse *f, uint64_t upto)
{
	while (f->put_off && (f->put_off->number <= upto || f->put_off->until_ms <= now_ms()))
		try_again(f);
}

bool ipcns_fuse_puts_off(const struct ipcns_fuse *f)
{
	return f->put_off != NULL;
}

void put_off_fini(struct ipcns_fuse *f)
{
	struct put_off *p;

	while ((p = f->put_off)) {
		f->put_off = p->next;
		fuse_reply_err(p->req, ENOSPC);
		free(p);
	}
}
