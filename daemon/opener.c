/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The thread and its two lists. Jobs and outcomes are bounded by the calls in flight, so neither
 * list needs a limit of its own.
 *
 * The thread has a descriptor table of its own, without /dev/fuse. A FLUSH is not given up on
 * SIGKILL; were the daemon killed while this thread waits for one, and /dev/fuse in the table that
 * it keeps alive, nobody would ever answer or abort it. So what it needs of the others' table it
 * fetches by pidfd, as from a stranger, and they fetch from it.
 */
#include "daemon/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/process.h"
#include "daemon/server.h"
#include "seccomp/listener.h"
#include "seccomp/newer.h"
#include "seccomp/task_pidfd.h"

#define SETTLE_US 500000

struct opener {
	struct server *srv;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct opener_job *todo, **todo_tail;
	struct opener_job *done, **done_tail;
	struct loop_source source;
	pid_t tid;
	int main_pidfd;	  /* of the process: its leader's table; in the thread's own table */
	int thread_pidfd; /* of the thread; in the others' table */
	int mqueue_fd;	  /* of mqueue/, in the thread's own table */
	/* With its lock: how many jobs are done; which is the last that had something to install. */
	uint64_t finished, installing;
	uint64_t submitted, collected; /* jobs, with the namespace's lock */
	int own_table;		       /* 0, or why the thread could not have one */
	bool started, stop, exited;
};

/* The job's listener, from the others' table into ours. */
static int borrow_listener(const struct opener *o, const struct opener_job *job)
{
	int fd = (int)syscall(SYS_pidfd_getfd, o->main_pidfd, job->listener_fd, 0);

	return fd < 0 ? -errno : fd;
}

static int open_and_install(struct opener *o, const struct opener_job *job)
{
	int fd = ipcns_fuse_open_queue(o->srv->fuse, &o->mqueue_fd, job->ino, job->name,
				       job->oflags);

	if (fd < 0)
		return fd;
	/* From the next step on the caller may have closed its own. */
	pthread_mutex_lock(&o->lock);
	o->installing = o->finished + 1;
	pthread_mutex_unlock(&o->lock);

	int listener = borrow_listener(o, job);
	int r = listener < 0 ? listener : listener_send_fd(listener, job->notif_id, fd);

	close(fd);
	if (listener < 0)
		return r;
	close(listener);
	return r == -ENOENT ? OPENER_GONE : r;
}

static int fetch(const struct opener *o, const struct opener_job *job)
{
	int listener = borrow_listener(o, job);

	if (listener < 0)
		return listener;

	int pidfd = task_pidfd_open(job->tid);
	int fd = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, job->fd, 0);
	int r = pidfd < 0 ? pidfd : fd < 0 ? -errno : fd;

	/* Only now is it known that it was the caller's: a sibling's execve(2) may take over the tid. */
	if (!listener_valid(listener, job->notif_id)) {
		if (fd >= 0)
			close(fd);
		r = -EINTR; /* nobody will see it */
	}
	if (pidfd >= 0)
		close(pidfd);
	close(listener);
	return r;
}

static int set_flags(const struct opener *o, const struct opener_job *job)
{
	int fd = fetch(o, job);

	if (fd < 0)
		return fd;
	int fl = fcntl(fd, F_GETFL);
	int r = fcntl(fd, F_SETFL, (fl & ~O_NONBLOCK) | (job->oflags & O_NONBLOCK)) < 0 ? -errno
											: 0;

	close(fd);
	return r;
}

/* netlink_getsockbyfd(): -EBADF, -ENOTSOCK, and -EINVAL for another family. */
static int fetch_socket(const struct opener *o, const struct opener_job *job)
{
	int domain, fd = fetch(o, job);
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

/* Of the copied table, only what the thread works with. stderr is for sanitizers. */
static void keep_own(const struct opener *o)
{
	int keep[] = {STDERR_FILENO, ipcns_fuse_mount_fd(o->srv->fuse), o->source.fd,
		      o->main_pidfd};
	const int n = sizeof(keep) / sizeof(keep[0]);
	int from = 0;

	for (int i = 0; i < n; i++)
		for (int k = i + 1; k < n; k++)
			if (keep[k] < keep[i]) {
				int t = keep[i];

				keep[i] = keep[k];
				keep[k] = t;
			}
	for (int i = 0; i < n; i++) {
		if (keep[i] > from)
			(void)close_range((unsigned)from, (unsigned)keep[i] - 1, 0);
		from = keep[i] + 1;
	}
	(void)close_range((unsigned)from, ~0u, 0);
}

/* An outer seccomp profile may forbid pidfd_getfd(2), without which no call could be answered. */
static int try_borrowing(const struct opener *o)
{
	int fd = (int)syscall(SYS_pidfd_getfd, o->main_pidfd, o->source.fd, 0);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void *opener_main(void *arg)
{
	struct opener *o = arg;

	(void)prctl(PR_SET_NAME, "ipcnsd-open");
	pthread_mutex_lock(&o->lock);
	o->own_table = unshare(CLONE_FILES) == 0 ? 0 : -errno;
	if (o->own_table == 0) {
		keep_own(o);
		o->own_table = try_borrowing(o);
	}
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
			job->result = set_flags(o, job);
			break;
		case OPENER_SOCKET:
			job->result = fetch_socket(o, job);
			break;
		case OPENER_CLOSE:
			close(job->fd);
			break;
		}

		pthread_mutex_lock(&o->lock);
		job->next = NULL;
		*o->done_tail = job;
		o->done_tail = &job->next;
		o->finished++;
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
	/* The opener's close is among the requests, perhaps behind a creation that must still wait for it. */
	if (job)
		server_serve_fuse(o->srv);
	for (; job; job = next) {
		next = job->next;
		calls_mq_opened(o->srv, job);
		o->collected++;
		free(job);
	}
	server_drain(o->srv);
	if (ipcns_fuse_puts_off(o->srv->fuse))
		ipcns_fuse_room_back(o->srv->fuse, o->collected);
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
	int r;

	if (!o)
		return -ENOMEM;
	o->srv = srv;
	o->mqueue_fd = -1;
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
	o->thread_pidfd = -1;
	*out = o;
	return 0;
}

/* For the first job: most of the many namespaces of a service never have one. */
static int start_thread(struct opener *o)
{
	sigset_t old;
	int r;

	o->main_pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (o->main_pidfd < 0)
		return -errno;
	/* Signals of the process are the loop's. */
	process_block_signals(&old);
	r = -pthread_create(&o->thread, NULL, opener_main, o);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0) {
		close(o->main_pidfd);
		return r;
	}
	o->started = true;
	pthread_mutex_lock(&o->lock);
	while (!o->tid)
		pthread_cond_wait(&o->wake, &o->lock);
	pthread_mutex_unlock(&o->lock);
	/* The thread has it under the same number. */
	close(o->main_pidfd);
	ipcns_fuse_set_opener(o->srv->fuse, o->tid);
	o->thread_pidfd = (int)syscall(SYS_pidfd_open, o->tid, PIDFD_THREAD);
	return o->thread_pidfd < 0 ? -errno : o->own_table;
}

static bool has_exited(struct opener *o)
{
	pthread_mutex_lock(&o->lock);
	bool exited = o->exited || !o->started;

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
	if (o->started)
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
	if (o->thread_pidfd >= 0)
		close(o->thread_pidfd);
	pthread_cond_destroy(&o->wake);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

int opener_take_fd(struct opener *o, int fd)
{
	const struct opener_job job = {.kind = OPENER_CLOSE, .fd = fd};
	int mine = (int)syscall(SYS_pidfd_getfd, o->thread_pidfd, fd, 0);
	int err = errno;

	(void)opener_submit(o, &job);
	return mine < 0 ? -err : mine;
}

static bool is_finished(struct opener *o, uint64_t upto)
{
	pthread_mutex_lock(&o->lock);
	bool finished = o->finished >= upto;

	pthread_mutex_unlock(&o->lock);
	return finished;
}

void opener_settle(struct opener *o)
{
	const uint64_t upto = o->submitted;
	unsigned us = 50;

	/* A busy machine may take its time; what is longer is a task that the opener waits for. */
	for (unsigned waited = 0; waited < SETTLE_US; waited += us) {
		server_serve_fuse(o->srv);
		if (is_finished(o, upto))
			break;
		if (waited >= 40 * us && us < 1000)
			us *= 2;
		turn_unlock(&o->srv->lock);
		usleep(us);
		turn_lock(&o->srv->lock);
	}
	collect(o);
	server_serve_fuse(o->srv);
}

uint64_t opener_due(struct opener *o)
{
	pthread_mutex_lock(&o->lock);
	uint64_t last = o->installing;

	pthread_mutex_unlock(&o->lock);
	return o->collected < last ? last : 0;
}

int opener_submit(struct opener *o, const struct opener_job *job)
{
	struct opener_job *copy;

	if ((!o->started && start_thread(o) < 0) || o->own_table < 0 || o->thread_pidfd < 0)
		return -ENOMEM;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *job;
	copy->next = NULL;
	o->submitted++;
	pthread_mutex_lock(&o->lock);
	*o->todo_tail = copy;
	o->todo_tail = &copy->next;
	pthread_cond_signal(&o->wake);
	pthread_mutex_unlock(&o->lock);
	return 0;
}
