/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The thread and its two lists. Jobs and outcomes are bounded by the calls in flight, so neither
 * list needs a limit of its own.
 */
#include "daemon/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/server.h"
#include "seccomp/listener.h"

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

struct opener {
	struct server *srv;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct opener_job *todo, **todo_tail;
	struct opener_job *done, **done_tail;
	struct loop_source source;
	pid_t tid;
	unsigned unfinished; /* jobs submitted and not done */
	bool stop, exited;
};

static int open_and_install(struct opener *o, const struct opener_job *job)
{
	int fd = ipcns_fuse_open_queue(o->srv->fuse, job->ino, job->name, job->oflags);

	if (fd < 0)
		return fd;
	int r = listener_send_fd(job->listener_fd, job->notif_id, fd);

	close(fd);
	return r;
}

static int fetch(const struct opener_job *job)
{
	int pidfd = (int)syscall(SYS_pidfd_open, job->tid, PIDFD_THREAD);

	if (pidfd < 0)
		return -EINTR; /* the caller is gone and will not see it */
	/* Bound now; it is the caller if its call still waits. */
	int fd = -1, err = EINTR;

	if (listener_valid(job->listener_fd, job->notif_id)) {
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, job->fd, 0);
		err = errno == ESRCH ? EINTR : errno;
	}
	close(pidfd);
	return fd < 0 ? -err : fd;
}

static int set_flags(const struct opener_job *job)
{
	int fd = fetch(job);

	if (fd < 0)
		return fd;
	int fl = fcntl(fd, F_GETFL);
	int r = fcntl(fd, F_SETFL, (fl & ~O_NONBLOCK) | (job->oflags & O_NONBLOCK)) < 0 ? -errno
											 : 0;

	close(fd);
	return r;
}

/* netlink_getsockbyfd(): -EBADF, -ENOTSOCK, and -EINVAL for another family. */
static int fetch_socket(const struct opener_job *job)
{
	int domain, fd = fetch(job);
	socklen_t len = sizeof(domain);

	if (fd < 0)
		return fd;
	int r = 0;
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0)
		r = -errno;
	else if (domain != AF_NETLINK)
		r = -EINVAL;
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

static void *opener_main(void *arg)
{
	struct opener *o = arg;

	(void)prctl(PR_SET_NAME, "ipcnsd-open");
	pthread_mutex_lock(&o->lock);
	o->tid = gettid();
	pthread_cond_broadcast(&o->wake);
	for (;;) {
		while (!o->todo && !o->stop)
			pthread_cond_wait(&o->wake, &o->lock);
		if (o->stop)
			break;
		struct opener_job *job = o->todo;

		o->todo = job->next;
		if (!o->todo)
			o->todo_tail = &o->todo;
		pthread_mutex_unlock(&o->lock);

		switch (job->kind) {
		case OPENER_OPEN:
			job->result = open_and_install(o, job);
			break;
		case OPENER_SETFL:
			job->result = set_flags(job);
			break;
		case OPENER_SOCKET:
			job->result = fetch_socket(job);
			break;
		}

		pthread_mutex_lock(&o->lock);
		job->next = NULL;
		*o->done_tail = job;
		o->done_tail = &job->next;
		o->unfinished--;
		(void)!write(o->source.fd, &(uint64_t){1}, sizeof(uint64_t));
	}
	o->exited = true;
	pthread_mutex_unlock(&o->lock);
	return NULL;
}

/* Finish the calls of jobs that are done. With the namespace's lock. */
static void collect(struct opener *o)
{
	struct opener_job *job, *next;

	pthread_mutex_lock(&o->lock);
	job = o->done;
	o->done = NULL;
	o->done_tail = &o->done;
	pthread_mutex_unlock(&o->lock);
	for (; job; job = next) {
		next = job->next;
		calls_mq_opened(o->srv, job);
		free(job);
	}
	server_drain(o->srv);
}

static void on_done(void *ctx, uint32_t events)
{
	struct opener *o = ctx;
	uint64_t n;

	(void)events;
	(void)!read(o->source.fd, &n, sizeof(n));
	collect(o);
}

int opener_start(struct server *srv, struct opener **out)
{
	struct opener *o = calloc(1, sizeof(*o));
	sigset_t all, old;
	int r;

	if (!o)
		return -ENOMEM;
	o->srv = srv;
	o->todo_tail = &o->todo;
	o->done_tail = &o->done;
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->wake, NULL);
	o->source = (struct loop_source){.ready = on_done, .ctx = o};
	o->source.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = o->source.fd < 0 ? -errno : loop_add(&srv->loop, &o->source, EPOLLIN);
	if (r < 0) {
		if (o->source.fd >= 0)
			close(o->source.fd);
		free(o);
		return r;
	}
	/* Signals of the process are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&o->thread, NULL, opener_main, o);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0) {
		loop_remove(&srv->loop, &o->source);
		close(o->source.fd);
		free(o);
		return r;
	}
	pthread_mutex_lock(&o->lock);
	while (!o->tid)
		pthread_cond_wait(&o->wake, &o->lock);
	pthread_mutex_unlock(&o->lock);
	ipcns_fuse_set_opener(srv->fuse, o->tid);
	*out = o;
	return 0;
}

static bool has_exited(struct opener *o)
{
	pthread_mutex_lock(&o->lock);
	bool exited = o->exited;

	pthread_mutex_unlock(&o->lock);
	return exited;
}

void opener_stop(struct opener *o)
{
	struct opener_job *next;

	if (!o)
		return;
	pthread_mutex_lock(&o->lock);
	o->stop = true;
	pthread_cond_broadcast(&o->wake);
	pthread_mutex_unlock(&o->lock);
	/* Its last job may wait for FUSE requests that nobody else serves any more. */
	while (!has_exited(o)) {
		(void)ipcns_fuse_serve(o->srv->fuse);
		usleep(200);
	}
	pthread_join(o->thread, NULL);
	for (struct opener_job *j = o->todo; j; j = next) {
		next = j->next;
		free(j);
	}
	for (struct opener_job *j = o->done; j; j = next) {
		next = j->next;
		free(j);
	}
	loop_remove(&o->srv->loop, &o->source);
	close(o->source.fd);
	pthread_cond_destroy(&o->wake);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

void opener_settle(struct opener *o)
{
	bool busy = true;

	for (int i = 0; i < 200 && busy; i++) {
		server_serve_fuse(o->srv);
		pthread_mutex_lock(&o->lock);
		busy = o->unfinished > 0;
		pthread_mutex_unlock(&o->lock);
		if (!busy)
			break;
		pthread_mutex_unlock(&o->srv->lock);
		usleep(50);
		pthread_mutex_lock(&o->srv->lock);
	}
	collect(o);
	server_serve_fuse(o->srv);
}

int opener_submit(struct opener *o, const struct opener_job *job)
{
	struct opener_job *copy = malloc(sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = *job;
	copy->next = NULL;
	pthread_mutex_lock(&o->lock);
	*o->todo_tail = copy;
	o->todo_tail = &copy->next;
	o->unfinished++;
	pthread_cond_signal(&o->wake);
	pthread_mutex_unlock(&o->lock);
	return 0;
}
