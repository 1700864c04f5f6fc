/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inotify on the mqueue directory: mq_open() that creates and mq_unlink() change it behind the
 * kernel's back, so they are not seen. Opens, and what is done by file calls, are.
 */
#include <sys/inotify.h>

#include "mq_common.h"

static int notes;

static void seen(const char *after)
{
	char buf[4096] __attribute__((aligned(8)));
	ssize_t n;

	while ((n = read(notes, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n;) {
			const struct inotify_event *e = (const void *)p;

			sc_say("%s: %s%s%s%s", after, e->len ? e->name : "-",
			       e->mask & IN_CREATE ? " created" : "",
			       e->mask & IN_DELETE ? " deleted" : "",
			       e->mask & IN_OPEN ? " opened" : "");
			p += sizeof(*e) + e->len;
		}
	}
}

void scenario(void)
{
	mqd_t q;
	int fd;

	notes = (int)MUST(inotify_init1(IN_NONBLOCK));
	MUST(inotify_add_watch(notes, MQ_DIR, IN_CREATE | IN_DELETE | IN_OPEN));
	q = mq_make("/q", O_RDWR, 2, 8);
	seen("mq_open");
	close(q);
	MUST(mq_unlink("/q"));
	seen("mq_unlink");
	fd = (int)MUST(open(MQ_DIR "/f", O_RDWR | O_CREAT, 0600));
	seen("open");
	close(fd);
	MUST(unlink(MQ_DIR "/f"));
	seen("unlink");
}
