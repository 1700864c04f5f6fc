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
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "daemon/calls.h"
#include "daemon/process.h"

#define THREADS 32
/* What one listener's tasks can keep for themselves: the rest is for others of the namespace. */
#define THREADS_OF_ONE 20
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
	unsigned *busy; /* threads that each listener's calls have */
	uint32_t nbusy;
	bool stop;
};

static struct timespec after(int seconds)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += seconds;
	return t;
}

/* How many threads calls of @s's listener have; NULL: there is no memory to count them. */
static unsigned *busy_of(struct copiers *c, const struct ipc_slot *s)
{
	if (s->listener >= c->nbusy) {
		const uint32_t n = s->listener + 16;
		unsigned *more = reallocarray(c->busy, n, sizeof(*more));

		if (!more)
			return NULL;
		memset(more + c->nbusy, 0, (n - c->nbusy) * sizeof(*more));
		c->busy = more;
		c->nbusy = n;
	}
	return &c->busy[s->listener];
}

/* The first whose listener has not as many threads as it may have. */
static struct ipc_slot *take(struct copiers *c)
{
	struct ipc_slot *s = slot_get(&c->srv->ns, c->head), *before = NULL;

	for (; s; before = s, s = slot_get(&c->srv->ns, s->next)) {
		unsigned *busy = busy_of(c, s);

		if (busy && *busy >= THREADS_OF_ONE)
			continue;
		if (busy)
			++*busy;
		break;
	}
	if (!s)
		return NULL;
	if (before)
		before->next = s->next;
	else
		c->head = s->next;
	if (!s->next)
		c->tail = before ? before->self : 0;
	s->next = 0;
	c->waiting--;
	return s;
}

static void give_back(struct copiers *c, uint32_t listener)
{
	if (listener < c->nbusy && c->busy[listener])
		c->busy[listener]--;
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
			const uint32_t listener = s->listener;

			c->answer(c->srv, s);
			give_back(c, listener);
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

int copiers_add(struct copiers *c, struct ipc_slot *s)
{
	s->next = 0;
	if (c->tail)
		slot_get(&c->srv->ns, c->tail)->next = s->self;
	else
		c->head = s->self;
	c->tail = s->self;
	c->waiting++;
	if (c->waiting > c->idle && c->threads < THREADS && begin_thread(c) < 0 && !c->threads) {
		/* With no threads it is the only one. */
		c->head = c->tail = 0;
		c->waiting--;
		return -ENOMEM;
	}
	pthread_cond_signal(&c->work);
	return 0;
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
	free(c->busy);
	free(c);
	return true;
}
