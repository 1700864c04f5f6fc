/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hash of poll handles by inode number. They are hints to the kernel, hence in the heap. */
#include "fuse/pollers.h"

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include <errno.h>
#include <stdlib.h>

struct poller {
	struct poller *next;
	uint64_t ino, fh;
	struct fuse_pollhandle *ph;
};

static struct poller **bucket_of(struct pollers *p, uint64_t ino)
{
	return &p->bucket[ino % POLLERS_BUCKETS];
}

static void drop(struct poller **link)
{
	struct poller *e = *link;

	*link = e->next;
	fuse_pollhandle_destroy(e->ph);
	free(e);
}

int pollers_init(struct pollers *p)
{
	p->bucket = calloc(POLLERS_BUCKETS, sizeof(*p->bucket));
	return p->bucket ? 0 : -ENOMEM;
}

void pollers_fini(struct pollers *p)
{
	if (!p->bucket)
		return;
	for (size_t i = 0; i < POLLERS_BUCKETS; i++)
		while (p->bucket[i])
			drop(&p->bucket[i]);
	free(p->bucket);
	p->bucket = NULL;
}

int pollers_add(struct pollers *p, uint64_t ino, uint64_t fh, struct fuse_pollhandle *ph)
{
	struct poller **head = bucket_of(p, ino), *e;

	for (e = *head; e; e = e->next) {
		if (e->ino == ino && e->fh == fh) {
			fuse_pollhandle_destroy(e->ph);
			e->ph = ph;
			return 0;
		}
	}
	e = malloc(sizeof(*e));
	if (!e) {
		fuse_pollhandle_destroy(ph);
		return -ENOMEM;
	}
	*e = (struct poller){.next = *head, .ino = ino, .fh = fh, .ph = ph};
	*head = e;
	return 0;
}

void pollers_wake(struct pollers *p, uint64_t ino)
{
	struct poller **link = bucket_of(p, ino);

	while (*link) {
		if ((*link)->ino == ino) {
			fuse_lowlevel_notify_poll((*link)->ph);
			drop(link);
		} else {
			link = &(*link)->next;
		}
	}
}

void pollers_drop(struct pollers *p, uint64_t ino, uint64_t fh)
{
	struct poller **link = bucket_of(p, ino);

	while (*link) {
		if ((*link)->ino == ino && (*link)->fh == fh) {
			drop(link);
			return;
		}
		link = &(*link)->next;
	}
}
