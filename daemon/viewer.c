/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wait for a request, lock, answer what there is, unlock. */
#include "daemon/viewer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "daemon/server.h"

struct viewer {
	struct server *srv;
	pthread_t thread;
	int stop; /* eventfd */
};

static void *viewer_main(void *arg)
{
	struct viewer *v = arg;
	struct pollfd fds[] = {
		{.fd = ipcns_fuse_fd(v->srv->fuse), .events = POLLIN},
		{.fd = v->stop, .events = POLLIN},
	};

	(void)prctl(PR_SET_NAME, "ipcnsd-fuse");
	while (!fds[1].revents) {
		if (poll(fds, 2, -1) < 0 || !fds[0].revents)
			continue;
		pthread_mutex_lock(&v->srv->lock);
		int r = ipcns_fuse_serve(v->srv->fuse);

		server_kick(v->srv);
		pthread_mutex_unlock(&v->srv->lock);
		/* The file system has gone: it was unmounted everywhere, or aborted by hand. */
		if (r < 0)
			fds[0].fd = -1;
	}
	return NULL;
}

int viewer_start(struct server *srv, struct viewer **out)
{
	struct viewer *v = calloc(1, sizeof(*v));
	sigset_t all, old;
	int r;

	if (!v)
		return -ENOMEM;
	v->srv = srv;
	v->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (v->stop < 0) {
		r = -errno;
		free(v);
		return r;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&v->thread, NULL, viewer_main, v);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0) {
		close(v->stop);
		free(v);
		return r;
	}
	*out = v;
	return 0;
}

void viewer_stop(struct viewer *v)
{
	if (!v)
		return;
	(void)!write(v->stop, &(uint64_t){1}, sizeof(uint64_t));
	pthread_join(v->thread, NULL);
	close(v->stop);
	free(v);
}
