/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The watch set: which threads are parked, and when to look whether a signal waits for them.
 *
 * Looking is the truth, events are only hints when to look: the kernel sets TIF_SIGPENDING in some
 * cases without an event, or on another thread than the one addressed. So every watched thread is
 * in a queue for its next look. There is one queue per delay ("step"), and as all its entries wait
 * equally long, appending keeps it sorted: parking, unparking and rescheduling cost O(1), and the
 * next due time is the least among a dozen heads. A hint throws a thread back to the shortest step;
 * from look to look it goes on to longer ones, so that thousands of idle calls cost hardly any CPU.
 * A few never get to the longest ones, since what stops a thread without a signal (a debugger, the
 * freezer) is found by a look only.
 *
 * Each watch has an owner, who is told. Mostly there is one; where many loops are in one process they
 * share a set (signals_share.c), because each set costs every signal on the machine a little.
 *
 * queue:  step[i] --due or hinted--> look --flag set--> hot --reported--> told --1 ms--> hot …
 *            ^------------------------'  no flag: next step
 */
#include "seccomp/signals.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "seccomp/signals_impl.h"

#define NEVER UINT64_MAX
#define NSEC_PER_USEC 1000u
#define NSEC_PER_SEC 1000000000u

/* A loop that cannot answer at once is not spun: it hears of the thread again after this. */
#define TOLD_DELAY_NS 1000000u

/* Looks that are due within this part of their delay are taken along, to save wake-ups. */
#define SLACK 8

uint64_t signals_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * (uint64_t)NSEC_PER_SEC + now.tv_nsec;
}

/* ---- timer ---- */

static void set_timer(struct sig_set *s, uint64_t due)
{
	struct itimerspec at = {0};

	if (due != NEVER) {
		/* All zero would disarm it. */
		at.it_value.tv_sec = due / NSEC_PER_SEC;
		at.it_value.tv_nsec = due % NSEC_PER_SEC + !due;
	}
	timerfd_settime(s->timerfd, TFD_TIMER_ABSTIME, &at, NULL);
	s->armed = due;
}

/* For a newcomer: most find the timer set to something earlier and cost no system call. */
static void need_timer(struct sig_set *s, uint64_t due)
{
	if (due < s->armed)
		set_timer(s, due);
}

static uint64_t head_due(const struct sig_link *head)
{
	return sig_list_empty(head) ? NEVER : SIG_OF(head->next, struct sig_watch, queue)->due;
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t next_pass(const struct sig_set *s)
{
	return s->last_pass + s->ops->pace.gap_us * (uint64_t)NSEC_PER_USEC;
}

static uint64_t next_due(const struct sig_set *s)
{
	unsigned int last = s->ops->pace.nsteps - 1;
	uint64_t due = head_due(&s->step[last]);

	/* With several owners it is not the set's descriptor that wakes them. */
	if (s->sole && !sig_list_empty(&s->sole->hot))
		return 0;
	if (due < next_pass(s))
		due = next_pass(s);
	for (unsigned int i = 0; i < last; i++)
		due = earliest(due, head_due(&s->step[i]));
	return earliest(due, head_due(&s->told));
}

/* A timer that has fired stays readable until it is set anew, or disarmed. */
static void rearm(struct sig_set *s, uint64_t now)
{
	uint64_t due = next_due(s);

	if (s->armed <= now || due < s->armed)
		set_timer(s, due);
}

/* ---- processes ---- */

static struct sig_proc *find_proc(const struct sig_set *s, pid_t tgid)
{
	struct sig_node *node = sig_table_find(&s->procs, tgid);

	return node ? SIG_OF(node, struct sig_proc, by_tgid) : NULL;
}

static void forget_proc(struct sig_set *s, struct sig_proc *proc)
{
	s->ops->proc_del(s, proc);
	sig_list_remove(&proc->idle);
	s->nidle--;
	sig_table_remove(&s->procs, &proc->by_tgid);
	free(proc);
}

/*
 * Telling the backend costs a system call, and a process that parks once parks again. So it stays
 * known without threads, until it gets a signal that is for nobody or others need the room.
 */
static void put_proc(struct sig_set *s, struct sig_proc *proc)
{
	if (--proc->nwatch)
		return;
	sig_list_append(&s->idle, &proc->idle);
	s->nidle++;
	while (s->nidle > s->ops->pace.max_idle)
		forget_proc(s, SIG_OF(s->idle.next, struct sig_proc, idle));
}

static struct sig_proc *get_proc(struct sig_set *s, pid_t tgid)
{
	struct sig_proc *proc = find_proc(s, tgid);

	if (proc) {
		if (!proc->nwatch++) {
			sig_list_remove(&proc->idle);
			s->nidle--;
		}
		return proc;
	}
	proc = calloc(1, sizeof(*proc));
	if (!proc)
		return NULL;
	proc->by_tgid.key = tgid;
	proc->nwatch = 1;
	sig_list_init(&proc->threads);
	sig_list_init(&proc->idle);
	sig_table_insert(&s->procs, &proc->by_tgid);
	s->ops->proc_add(s, proc);
	return proc;
}

/* ---- looking ---- */

static void move(struct sig_link *queue, struct sig_watch *w)
{
	sig_list_remove(&w->queue);
	sig_list_append(queue, &w->queue);
}

/* To its owner, who is woken for the first one. */
static void make_hot(struct sig_watch *w)
{
	struct signals *owner = w->owner;

	if (owner->wake >= 0 && sig_list_empty(&owner->hot))
		(void)!write(owner->wake, &(uint64_t){1}, sizeof(uint64_t));
	move(&owner->hot, w);
}

static void wait_step(struct sig_set *s, struct sig_watch *w, uint64_t now)
{
	const struct sig_pace *pace = &s->ops->pace;
	bool few = s->watches.count <= pace->few;
	unsigned char last = (unsigned char)((few ? pace->few_nsteps : pace->nsteps) - 1);

	if (w->step > last)
		w->step = last;
	w->due = now + pace->delay_us[w->step] * (uint64_t)NSEC_PER_USEC;
	move(&s->step[w->step], w);
	if (w->step < last)
		w->step++;
}

static void place(struct sig_set *s, struct sig_watch *w, enum sig_look seen, uint64_t now)
{
	switch (seen) {
	case SIG_LOOK_PENDING:
		w->reported = true;
		make_hot(w);
		return;
	case SIG_LOOK_SOON:
		w->step = 0;
		break;
	case SIG_LOOK_IDLE:
		break;
	}
	wait_step(s, w, now);
}

static void hint(struct sig_set *s, struct sig_watch *w)
{
	if (w->reported)
		return;
	w->step = 0;
	move(&s->look, w);
}

void signals_mark(struct sig_set *s, pid_t tgid, pid_t tid)
{
	struct sig_proc *proc = find_proc(s, tgid);
	struct sig_node *node;

	if (!proc)
		return;
	if (!proc->nwatch) {
		forget_proc(s, proc);
		return;
	}
	if (tid) {
		node = sig_table_find(&s->watches, tid);
		if (node)
			hint(s, SIG_OF(node, struct sig_watch, by_tid));
		return;
	}
	for (struct sig_link *l = proc->threads.next; l != &proc->threads; l = l->next)
		hint(s, SIG_OF(l, struct sig_watch, sibling));
}

void signals_mark_all(struct sig_set *s)
{
	for (uint32_t i = 0; i <= s->watches.mask; i++) {
		for (struct sig_node *n = s->watches.bucket[i]; n; n = n->next)
			hint(s, SIG_OF(n, struct sig_watch, by_tid));
	}
}

/* Moves at most @budget entries of @from that are due at @until; returns how many. */
static unsigned int take(struct sig_link *from, struct sig_link *to, uint64_t until,
			 unsigned int budget)
{
	unsigned int n = 0;

	while (n < budget && !sig_list_empty(from) && head_due(from) <= until) {
		move(to, SIG_OF(from->next, struct sig_watch, queue));
		n++;
	}
	return n;
}

static void take_due(struct sig_set *s, uint64_t now)
{
	const struct sig_pace *pace = &s->ops->pace;

	for (unsigned int i = 0; i < pace->nsteps; i++) {
		bool last = i == pace->nsteps - 1;
		uint64_t slack = pace->delay_us[i] * (uint64_t)NSEC_PER_USEC / SLACK;

		if (last && now + pace->gap_us * (uint64_t)NSEC_PER_USEC / SLACK < next_pass(s))
			continue;
		if (take(&s->step[i], &s->look, now + slack, last ? pace->budget : UINT32_MAX) &&
		    last)
			s->last_pass = now;
	}
	while (!sig_list_empty(&s->told) && head_due(&s->told) <= now)
		make_hot(SIG_OF(s->told.next, struct sig_watch, queue));
}

static void look_at_all(struct sig_set *s, uint64_t now)
{
	struct sig_watch *batch[SIG_LOOK_BATCH];
	enum sig_look seen[SIG_LOOK_BATCH];

	while (!sig_list_empty(&s->look)) {
		struct sig_link *l = s->look.next;
		unsigned int n = 0;

		for (; n < SIG_LOOK_BATCH && l != &s->look; l = l->next)
			batch[n++] = SIG_OF(l, struct sig_watch, queue);
		s->ops->look(s, batch, n, seen);
		for (unsigned int i = 0; i < n; i++)
			place(s, batch[i], seen[i], now);
	}
}

int sig_set_report(struct signals *owner, uint64_t *cookies, int max)
{
	const uint64_t now = signals_now();
	struct sig_set *s = owner->set;
	int n = 0;

	while (n < max && !sig_list_empty(&owner->hot)) {
		struct sig_watch *w = SIG_OF(owner->hot.next, struct sig_watch, queue);

		cookies[n++] = w->cookie;
		w->due = now + TOLD_DELAY_NS;
		move(&s->told, w);
	}
	if (n && !s->sole)
		need_timer(s, now + TOLD_DELAY_NS);
	return n;
}

static void look_around(struct sig_set *s, uint64_t now)
{
	s->ops->drain(s);
	take_due(s, now);
	look_at_all(s, now);
}

void sig_set_pass(struct sig_set *s)
{
	uint64_t now = signals_now();

	look_around(s, now);
	rearm(s, now);
}

int signals_collect(struct signals *owner, uint64_t *cookies, int max)
{
	uint64_t now = signals_now(), count;
	int n;

	if (owner->share) {
		signals_share_lock(owner->share);
		n = sig_set_report(owner, cookies, max);
		if (sig_list_empty(&owner->hot))
			(void)!read(owner->wake, &count, sizeof(count));
		signals_share_unlock(owner->share);
		return n;
	}
	look_around(owner->set, now);
	n = sig_set_report(owner, cookies, max);
	rearm(owner->set, now);
	return n;
}

/* ---- watch set ---- */

static void remove_watch(struct sig_set *s, struct sig_watch *w)
{
	s->ops->watch_del(s, w);
	sig_table_remove(&s->watches, &w->by_tid);
	sig_list_remove(&w->queue);
	sig_list_remove(&w->sibling);
	put_proc(s, w->proc);
	free(w);
}

static struct sig_watch *find_watch(struct sig_set *s, pid_t tid)
{
	struct sig_node *node = sig_table_find(&s->watches, tid);

	return node ? SIG_OF(node, struct sig_watch, by_tid) : NULL;
}

void sig_set_unwatch(struct sig_set *s, pid_t tid, uint64_t cookie)
{
	struct sig_watch *w = find_watch(s, tid);

	if (w && w->cookie == cookie)
		remove_watch(s, w);
}

void sig_set_forget(struct signals *owner)
{
	struct sig_set *s = owner->set;

	for (uint32_t i = 0; i <= s->watches.mask; i++) {
		struct sig_node *next;

		for (struct sig_node *n = s->watches.bucket[i]; n; n = next) {
			struct sig_watch *w = SIG_OF(n, struct sig_watch, by_tid);

			next = n->next;
			if (w->owner == owner)
				remove_watch(s, w);
		}
	}
}

int sig_set_watch(struct signals *owner, pid_t tgid, pid_t tid, uint64_t cookie)
{
	struct sig_set *s = owner->set;
	struct sig_watch *w = calloc(1, sizeof(*w)), *old = find_watch(s, tid);
	enum sig_look seen;
	int err;

	if (!w)
		return -ENOMEM;
	if (old)
		remove_watch(s, old);
	w->by_tid.key = tid;
	w->owner = owner;
	w->cookie = cookie;
	w->step = s->ops->pace.first;
	w->fd = -1;
	sig_list_init(&w->queue);
	sig_list_init(&w->sibling);
	w->proc = get_proc(s, tgid);
	if (!w->proc) {
		free(w);
		return -ENOMEM;
	}
	sig_table_insert(&s->watches, &w->by_tid);
	sig_list_append(&w->proc->threads, &w->sibling);
	err = s->ops->watch_add(s, w);
	if (err) {
		remove_watch(s, w);
		return err;
	}
	/* Only now, when events arrive: what came before is seen by this look, what comes later is
	 * an event. */
	s->ops->look(s, &w, 1, &seen);
	place(s, w, seen, signals_now());
	if (!w->reported || s->sole)
		need_timer(s, w->reported ? 0 : w->due);
	return 0;
}

int signals_watch(struct signals *owner, pid_t tgid, pid_t tid, uint64_t cookie)
{
	if (owner->share)
		signals_share_lock(owner->share);
	int r = sig_set_watch(owner, tgid, tid, cookie);

	if (owner->share)
		signals_share_unlock(owner->share);
	return r;
}

void signals_unwatch(struct signals *owner, pid_t tid, uint64_t cookie)
{
	if (owner->share)
		signals_share_lock(owner->share);
	sig_set_unwatch(owner->set, tid, cookie);
	if (owner->share)
		signals_share_unlock(owner->share);
}

int signals_fd(const struct signals *owner)
{
	return owner->share ? owner->wake : owner->set->epfd;
}

enum signals_backend signals_backend(const struct signals *owner)
{
	return owner->set->ops->id;
}

/* ---- opening ---- */

static int set_up(struct sig_set *s)
{
	struct epoll_event ev = {.events = EPOLLIN};

	s->armed = NEVER;
	for (unsigned int i = 0; i < SIG_MAX_STEPS; i++)
		sig_list_init(&s->step[i]);
	sig_list_init(&s->look);
	sig_list_init(&s->told);
	sig_list_init(&s->idle);
	s->timerfd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->timerfd < 0 || epoll_ctl(s->epfd, EPOLL_CTL_ADD, s->timerfd, &ev))
		return -errno;
	if (sig_table_init(&s->watches) || sig_table_init(&s->procs))
		return -ENOMEM;
	return 0;
}

static int open_backend(enum signals_backend backend, int epfd, struct sig_set **out)
{
	int err = -EOPNOTSUPP;

	if (backend != SIGNALS_POLL)
		err = signals_bpf_open(epfd, out);
	if (backend == SIGNALS_POLL || (err && backend == SIGNALS_AUTO))
		err = signals_poll_open(out);
	return err;
}

int sig_set_open(enum signals_backend backend, struct sig_set **out)
{
	int epfd = epoll_create1(EPOLL_CLOEXEC);
	struct sig_set *s;
	int err;

	if (epfd < 0)
		return -errno;
	err = open_backend(backend, epfd, &s);
	if (err) {
		close(epfd);
		return err;
	}
	s->epfd = epfd;
	err = set_up(s);
	if (err) {
		sig_set_close(s);
		return err;
	}
	*out = s;
	return 0;
}

static void free_all(struct sig_set *s)
{
	for (uint32_t i = 0; s->watches.bucket && i <= s->watches.mask; i++) {
		while (s->watches.bucket[i])
			remove_watch(s, SIG_OF(s->watches.bucket[i], struct sig_watch, by_tid));
	}
	while (s->procs.bucket && !sig_list_empty(&s->idle))
		forget_proc(s, SIG_OF(s->idle.next, struct sig_proc, idle));
	sig_table_fini(&s->watches);
	sig_table_fini(&s->procs);
}

void sig_set_close(struct sig_set *s)
{
	int epfd, timerfd;

	epfd = s->epfd;
	timerfd = s->timerfd;
	free_all(s);
	s->ops->close(s);
	if (timerfd >= 0)
		close(timerfd);
	close(epfd);
}

int signals_open(enum signals_backend backend, struct signals **out)
{
	struct signals *owner = calloc(1, sizeof(*owner));

	if (!owner)
		return -ENOMEM;
	owner->wake = -1;
	sig_list_init(&owner->hot);
	int err = sig_set_open(backend, &owner->set);

	if (err) {
		free(owner);
		return err;
	}
	owner->set->sole = owner;
	*out = owner;
	return 0;
}

void signals_close(struct signals *owner)
{
	if (!owner)
		return;
	if (owner->share) {
		signals_share_lock(owner->share);
		sig_set_forget(owner);
		signals_share_unlock(owner->share);
		close(owner->wake);
	} else {
		sig_set_close(owner->set);
	}
	free(owner);
}
