/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Receiving. The notification goes straight into a journal slot that is taken before the wait, so
 * that a call is on record from the moment the kernel considers it received. Waiting, and what can
 * be copied of the call at once, is done without the namespace's lock.
 */
#include "daemon/receiver.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "daemon/backing.h"
#include "daemon/calls.h"
#include "daemon/process.h"
#include "seccomp/listener.h"

static bool no_task_left(int fd)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
}

/* The next one; the first may have been received already, to find out whose listener it is. */
static int receive(struct server_listener *l, struct seccomp_notif *n)
{
	if (!l->received)
		return listener_recv(l->fd, n);
	l->received = false;
	memcpy(n, &l->first, sizeof(*n));
	return 0;
}

/*
 * No memory for another call in flight: it ends as natively without memory. Called without the
 * lock; returns as receive() does.
 */
static int refuse(struct server_listener *l)
{
	struct seccomp_notif n = {0};
	int r = receive(l, &n);

	if (r == 0) {
		culprits_note(l->srv->culprits, CULPRIT_PARKED, (pid_t)n.pid);
		(void)listener_send(l->fd, n.id, -ENOMEM);
	}
	return r;
}

static void note_received(struct server_listener *l, struct ipc_slot *s)
{
	s->listener = l->number;
	l->slots++;
	s->state = SLOT_RECEIVED;
}

void receiver_take_waiting(struct server_listener *l)
{
	struct server *srv = l->srv;
	struct pollfd p = {.fd = l->fd, .events = POLLIN};

	/*
	 * Nobody else receives here, so what poll(2) tells of makes the receiving return at once: with
	 * ENOENT, if the task has left meanwhile.
	 */
	while (poll(&p, 1, 0) > 0 && (p.revents & POLLIN)) {
		struct ipc_slot *s = slot_alloc(&srv->ns), *last;

		if (!s)
			return;
		if (listener_recv(l->fd, (struct seccomp_notif *)(void *)s->notif) < 0) {
			slot_free(&srv->ns, s);
			continue;
		}
		note_received(l, s);
		last = slot_get(&srv->ns, l->waiting_last);
		if (last)
			last->next = s->self;
		else
			l->waiting = s->self;
		l->waiting_last = s->self;
	}
}

static struct ipc_slot *first_waiting(struct server_listener *l)
{
	struct ipc_slot *s = slot_get(&l->srv->ns, l->waiting);

	if (!s)
		return NULL;
	l->waiting = s->next;
	if (!l->waiting)
		l->waiting_last = 0;
	s->next = 0;
	return s;
}

/* With the lock, which is given up for what needs no lock of it. @c is large, and the receiver's. */
static void handle_waiting(struct server_listener *l, struct call_ctx *c)
{
	struct ipc_slot *s;

	while ((s = first_waiting(l))) {
		turn_unlock(&l->srv->lock);
		calls_begin(c, l, s);
		turn_lock(&l->srv->lock);
		calls_handle(c);
	}
}

static void *receiver_main(void *arg)
{
	struct server_listener *l = arg;
	struct server *srv = l->srv;
	int r;

	(void)prctl(PR_SET_NAME, "ipcnsd-recv");
	/* For the segments' part of quotas. One that cannot enter sees none of them. */
	if (srv->backing_fd >= 0)
		(void)backing_enter(srv->backing_fd);
	turn_lock(&srv->lock);
	for (;;) {
		struct ipc_slot *s = slot_alloc(&srv->ns);
		struct call_ctx c;

		turn_unlock(&srv->lock);
		r = s ? receive(l, (struct seccomp_notif *)(void *)s->notif) : refuse(l);
		if (r == 0 && s)
			calls_begin(&c, l, s);
		turn_lock(&srv->lock);
		if (r == 0 && s) {
			note_received(l, s);
			calls_handle(&c);
			handle_waiting(l, &c);
			continue;
		}
		if (s)
			slot_free(&srv->ns, s);
		/* ENOENT is also what a task gives that died between its call and this. */
		if (r < 0 && (r != -ENOENT || no_task_left(l->fd)))
			break;
	}
	server_listener_gone(l);
	turn_unlock(&srv->lock);
	return NULL;
}

int receiver_start(struct server_listener *l)
{
	sigset_t old;
	pthread_attr_t attr;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, RECEIVER_STACK_SIZE);
	process_block_signals(&old);
	r = -pthread_create(&l->thread, &attr, receiver_main, l);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return r;
}
