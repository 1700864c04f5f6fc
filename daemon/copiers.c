/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list of calls goes through the slots themselves. Threads are begun when a call finds none that
 * is idle, so a namespace whose tasks never need one never has one.
 */
#include "daemon/copiers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

#include "daemon/calls.h"
#include "daemon/process.h"

#define THREADS 32
#define IDLE_S 5
#define CLOSE_S 1

struct copiers {
	struct server *srv;
	const char *name;
	void (*answer)(struct server *srv, struct ipc_slot *s);
	pthread_cond_t work, ended;
	slot_idx head, tail;
	unsigned waiting; /* calls in the list */
	unsigned threads, idle;
	bool stop;
};

static struct timespec after(int seconds)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += seconds;
	return t;
}

static struct ipc_slot *take(struct copiers *c)
{
	struct ipc_slot *s = slot_get(&c->srv->ns, c->head);

	if (!s)
		return NULL;
	c->head = s->next;
	if (!c->head)
		c->tail = 0;
	s->next = 0;
	c->waiting--;
	return s;
}

static void *copier_main(void *arg)
{
	struct copiers *c = arg;
	struct turn_lock *lock = &c->srv->lock;

	(void)prctl(PR_SET_NAME, c->name);
	turn_lock(lock);
	for (int r = 0; !c->stop && r != -ETIMEDOUT;) {
		struct ipc_slot *s = take(c);

		if (s) {
			c->answer(c->srv, s);
			/* What was put back may have gone to somebody else. */
			server_drain(c->srv);
			continue;
		}
		const struct timespec until = after(IDLE_S);

		c->idle++;
		r = turn_wait_until(&c->work, lock, &until);
		c->idle--;
		if (c->head)
			r = 0;
	}
	c->threads--;
	pthread_cond_signal(&c->ended);
	turn_unlock(lock);
	return NULL;
}

static int begin_thread(struct copiers *c)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t old;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, RECEIVER_STACK_SIZE);
	process_block_signals(&old);
	int r = -pthread_create(&thread, &attr, copier_main, c);

	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (r == 0)
		c->threads++;
	return r;
}

void copiers_add(struct copiers *c, struct ipc_slot *s)
{
	s->next = 0;
	if (c->tail)
		slot_get(&c->srv->ns, c->tail)->next = s->self;
	else
		c->head = s->self;
	c->tail = s->self;
	c->waiting++;
	if (c->waiting > c->idle && c->threads < THREADS && begin_thread(c) < 0 && !c->threads) {
		/* Nobody can wait for this caller, so it must not be waited for. */
		s = take(c);
		s->result = -ENOMEM;
		reply_send(c->srv, s);
		return;
	}
	pthread_cond_signal(&c->work);
}

int copiers_open(struct server *srv, const char *name,
		 void (*answer)(struct server *srv, struct ipc_slot *s), struct copiers **out)
{
	struct copiers *c = calloc(1, sizeof(*c));
	pthread_condattr_t attr;

	if (!c)
		return -ENOMEM;
	c->srv = srv;
	c->name = name;
	c->answer = answer;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->work, &attr);
	pthread_cond_init(&c->ended, &attr);
	pthread_condattr_destroy(&attr);
	*out = c;
	return 0;
}

bool copiers_close(struct copiers *c)
{
	const struct timespec until = after(CLOSE_S);

	if (!c)
		return true;
	c->stop = true;
	pthread_cond_broadcast(&c->work);
	while (c->threads && turn_wait_until(&c->ended, &c->srv->lock, &until) == 0)
		;
	if (c->threads)
		return false;
	pthread_cond_destroy(&c->work);
	pthread_cond_destroy(&c->ended);
	free(c);
	return true;
}
