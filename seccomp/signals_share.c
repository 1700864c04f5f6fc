/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One watch set for many loops of a process. Every set has programs on tracepoints that all signals
 * of the machine pass, so a thousand namespaces cannot have one each.
 *
 * A thread looks; when it sees flags it hands the watches to their owners and wakes them by an
 * eventfd each. What they are told is still true when they are: an owner takes its list under the
 * lock, and a watch that ended meanwhile is not in it any more. Locks are taken in this order: the
 * owner's own, then this one.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "seccomp/signals_impl.h"

struct signals_share {
	struct sig_set *set;
	pthread_mutex_t lock;
	pthread_t thread;
	int stop; /* eventfd, in the set's epoll */
	bool stopping;
};

void signals_share_lock(struct signals_share *share)
{
	pthread_mutex_lock(&share->lock);
}

void signals_share_unlock(struct signals_share *share)
{
	pthread_mutex_unlock(&share->lock);
}

static void *look_after(void *arg)
{
	struct signals_share *share = arg;
	struct epoll_event ev;

	(void)prctl(PR_SET_NAME, "ipcnsd-signals");
	pthread_mutex_lock(&share->lock);
	while (!share->stopping) {
		pthread_mutex_unlock(&share->lock);
		(void)epoll_wait(share->set->epfd, &ev, 1, -1);
		pthread_mutex_lock(&share->lock);
		sig_set_pass(share->set);
	}
	pthread_mutex_unlock(&share->lock);
	return NULL;
}

static int start(struct signals_share *share)
{
	struct epoll_event ev = {.events = EPOLLIN};
	sigset_t all, old;

	share->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (share->stop < 0 || epoll_ctl(share->set->epfd, EPOLL_CTL_ADD, share->stop, &ev))
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int err = -pthread_create(&share->thread, NULL, look_after, share);

	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

int signals_share_open(enum signals_backend backend, struct signals_share **out)
{
	struct signals_share *share = calloc(1, sizeof(*share));
	int err;

	if (!share)
		return -ENOMEM;
	share->stop = -1;
	pthread_mutex_init(&share->lock, NULL);
	err = sig_set_open(backend, &share->set);
	if (err) {
		free(share);
		return err;
	}
	err = start(share);
	if (err) {
		if (share->stop >= 0)
			close(share->stop);
		sig_set_close(share->set);
		free(share);
		return err;
	}
	*out = share;
	return 0;
}

void signals_share_close(struct signals_share *share)
{
	if (!share)
		return;
	pthread_mutex_lock(&share->lock);
	share->stopping = true;
	pthread_mutex_unlock(&share->lock);
	(void)!write(share->stop, &(uint64_t){1}, sizeof(uint64_t));
	pthread_join(share->thread, NULL);
	sig_set_close(share->set);
	close(share->stop);
	pthread_mutex_destroy(&share->lock);
	free(share);
}

int signals_join(struct signals_share *share, struct signals **out)
{
	struct signals *owner = calloc(1, sizeof(*owner));

	if (!owner)
		return -ENOMEM;
	owner->share = share;
	owner->set = share->set;
	sig_list_init(&owner->hot);
	owner->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (owner->wake < 0) {
		int err = -errno;

		free(owner);
		return err;
	}
	*out = owner;
	return 0;
}
