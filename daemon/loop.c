/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* epoll_wait, then the callbacks. */
#include "daemon/loop.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int loop_init(struct loop *l, struct turn_lock *lock)
{
	memset(l, 0, sizeof(*l));
	l->lock = lock;
	l->epfd = epoll_create1(EPOLL_CLOEXEC);
	return l->epfd < 0 ? -errno : 0;
}

void loop_close(struct loop *l)
{
	if (l->epfd >= 0)
		close(l->epfd);
	l->epfd = -1;
}

int loop_add(struct loop *l, struct loop_source *s, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = s};

	return epoll_ctl(l->epfd, EPOLL_CTL_ADD, s->fd, &ev) < 0 ? -errno : 0;
}

void loop_remove(struct loop *l, struct loop_source *s)
{
	if (s->fd >= 0)
		(void)epoll_ctl(l->epfd, EPOLL_CTL_DEL, s->fd, NULL);
	for (int i = 0; i < l->nbatch; i++)
		if (l->batch[i].data.ptr == s)
			l->batch[i].data.ptr = NULL;
}

static void dispatch(struct loop *l)
{
	for (int i = 0; i < l->nbatch; i++) {
		struct loop_source *s = l->batch[i].data.ptr;

		if (!s)
			continue;
		l->batch[i].data.ptr = NULL;
		s->ready(s->ctx, l->batch[i].events);
	}
	l->nbatch = 0;
}

int loop_run(struct loop *l)
{
	int r = 0;

	turn_lock(l->lock);
	while (!l->stop && r == 0) {
		turn_unlock(l->lock);
		int n = epoll_wait(l->epfd, l->batch, LOOP_BATCH, -1);

		r = n < 0 && errno != EINTR ? -errno : 0;
		turn_lock(l->lock);
		/* Only now: a source that another thread removed meanwhile is not there any more. */
		l->nbatch = n < 0 ? 0 : n;
		dispatch(l);
	}
	turn_unlock(l->lock);
	return r;
}
