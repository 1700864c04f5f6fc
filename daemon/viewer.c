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

#include "daemon/process.h"
#include "daemon/server.h"
#include "ipc/config.h"

/* How soon it is noticed that a creation has been put off for long enough. */
#define LOOK_MS 50

struct viewer {
	struct server *srv;
	pthread_t thread;
	int wake;  /* eventfd */
	bool stop; /* with the lock */
};

/* What can be read, and what has waited for too long. With the lock. Return: is the file system there? */
static bool serve(struct server *srv)
{
	int r = ipcns_fuse_serve(srv->fuse);

	if (IPCNS_WITH_MQUEUE && ipcns_fuse_puts_off(srv->fuse))
		ipcns_fuse_room_back(srv->fuse, 0);
	server_kick(srv);
	return r >= 0;
}

static void *viewer_main(void *arg)
{
	struct viewer *v = arg;
	struct pollfd fds[] = {
		{.fd = ipcns_fuse_fd(v->srv->fuse), .events = POLLIN},
		{.fd = v->wake, .events = POLLIN},
	};
	bool look = false, stop = false;
	uint64_t n;

	(void)prctl(PR_SET_NAME, "ipcnsd-fuse");
	while (!stop) {
		if (poll(fds, 2, look ? LOOK_MS : -1) < 0)
			continue;
		if (fds[1].revents)
			(void)!read(v->wake, &n, sizeof(n));
		turn_lock(&v->srv->lock);
		/* If not, it was unmounted everywhere, or aborted by hand. */
		if (!serve(v->srv))
			fds[0].fd = -1;
		look = IPCNS_WITH_MQUEUE && ipcns_fuse_puts_off(v->srv->fuse);
		stop = v->stop;
		turn_unlock(&v->srv->lock);
	}
	return NULL;
}

void viewer_look(struct viewer *v)
{
	(void)!write(v->wake, &(uint64_t){1}, sizeof(uint64_t));
}

int viewer_start(struct server *srv, struct viewer **out)
{
	struct viewer *v = calloc(1, sizeof(*v));
	sigset_t old;
	int r;

	if (!v)
		return -ENOMEM;
	v->srv = srv;
	v->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (v->wake < 0) {
		r = -errno;
		free(v);
		return r;
	}
	process_block_signals(&old);
	r = -pthread_create(&v->thread, NULL, viewer_main, v);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0) {
		close(v->wake);
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
	turn_lock(&v->srv->lock);
	v->stop = true;
	turn_unlock(&v->srv->lock);
	viewer_look(v);
	pthread_join(v->thread, NULL);
	close(v->wake);
	free(v);
}
