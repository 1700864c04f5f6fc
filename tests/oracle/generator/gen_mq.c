/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's generator: POSIX message queues.
 *
 * Names are the kernel's, without the slash that the C library takes off. Queues are kept small:
 * natively their memory counts for the user in all namespaces together (RLIMIT_MSGQUEUE).
 */
#include <mqueue.h>
#include <poll.h>

#include "gen.h"

enum { MQOPEN = 1, MQCLOSE, MQUNLINK, MQSEND, MQRECV, MQATTR, MQNOTIFY, MQPOLL, MQREAD };

static const char *draw_name(struct gen_random *r, int slot)
{
	static const char *const good[GEN_SLOTS] = {"a", "b", "c", "long-name.with_signs"};
	static const char *const odd[] = {"", ".", "..", "x/y", "/a", "a/", "no such"};
	static char longest[256], too_long[257];

	if (gen_chance(r, 95))
		return good[slot];
	memset(longest, 'n', sizeof(longest) - 1);
	memset(too_long, 'n', sizeof(too_long) - 1);
	if (gen_chance(r, 30))
		return gen_chance(r, 50) ? longest : too_long;
	return odd[gen_below(r, sizeof(odd) / sizeof(odd[0]))];
}

void gen_mq_text(struct gen_call *c)
{
	c->text[0] = 0;
	switch (c->op) {
	case MQOPEN:
		gen_add(c->text, "mq_open(\"%.30s\" %zu, %#o, %#o, %s) %ld of %ld into %d", c->name,
			strlen(c->name), (unsigned int)c->flags, c->mode, gen_ptr_name(c->ptr),
			c->count, c->size, c->slot);
		break;
	case MQCLOSE:
		gen_add(c->text, "close(mqd %d)", c->slot);
		break;
	case MQUNLINK:
		gen_add(c->text, "mq_unlink(\"%.30s\" %zu)", c->name, strlen(c->name));
		break;
	case MQSEND:
		gen_add(c->text, "mq_timedsend(mqd %d, %s, %ld, %u, %s)", c->slot,
			gen_ptr_name(c->ptr), c->size, (unsigned int)c->type,
			gen_timeout_name(c->timeout));
		break;
	case MQRECV:
		gen_add(c->text, "mq_timedreceive(mqd %d, %s, %ld, %s)", c->slot,
			gen_ptr_name(c->ptr), c->size, gen_timeout_name(c->timeout));
		break;
	case MQATTR:
		gen_add(c->text, "mq_getsetattr(mqd %d, %s) flags %#o", c->slot,
			gen_ptr_name(c->ptr), (unsigned int)c->flags);
		break;
	case MQNOTIFY:
		gen_add(c->text, "mq_notify(mqd %d, %s) kind %d", c->slot, gen_ptr_name(c->ptr),
			c->cmd);
		break;
	case MQPOLL:
		gen_add(c->text, "poll(mqd %d)", c->slot);
		break;
	case MQREAD:
		gen_add(c->text, "read(mqd %d)", c->slot);
		break;
	}
}

static bool has_open(const struct gen_shared *shared, const struct gen_call *c)
{
	const struct gen_worker *w = &shared->worker[c->worker];

	return c->slot < 0 || shared->worker[w->leader].proc.mqd[c->slot] >= 0;
}

void gen_mq_draw(struct gen_random *r, const struct gen_world *world, struct gen_call *c)
{
	unsigned int kind = gen_below(r, 100);

	c->slot = gen_chance(r, 97) ? (int)gen_below(r, GEN_SLOTS) : -1 - (int)gen_below(r, 3);
	c->ptr = gen_draw_ptr(r);
	c->timeout = gen_draw_timeout(r);
	if (kind < 12 || (kind < 90 && !has_open(world->shared, c))) {
		c->op = MQOPEN;
		if (c->slot < 0)
			c->slot = 0;
		c->name = draw_name(r, c->slot);
		c->mode = gen_draw_mode(r);
		c->flags = (int)GEN_PICK(r, O_RDWR, O_RDWR, O_RDWR, O_RDWR, O_RDWR, O_RDONLY,
					 O_WRONLY, 3) |
			   (gen_chance(r, 85) ? O_CREAT : 0) | (gen_chance(r, 8) ? O_EXCL : 0) |
			   (gen_chance(r, 15) ? O_NONBLOCK : 0);
		c->count = GEN_PICK(r, 1, 2, 2, 3, 4, 10);
		c->size = GEN_PICK(r, 1, 8, 64, 64, 64, 100, 1024);
		if (gen_chance(r, 6))
			c->count = GEN_PICK(r, 0, -1, 11, 65537, 0x7fffffff);
		if (gen_chance(r, 4))
			c->size = GEN_PICK(r, 0, -1, 8193, 0x7fffffffffffffff);
	} else if (kind < 16) {
		c->op = MQCLOSE;
	} else if (kind < 20) {
		c->op = MQUNLINK;
		c->name = draw_name(r, c->slot < 0 ? 0 : c->slot);
	} else if (kind < 48) {
		c->op = MQSEND;
		c->size = GEN_PICK(r, 0, 1, 1, 8, 8, 8, 64);
		if (gen_chance(r, 4))
			c->size = GEN_PICK(r, 65, 1024, 8193, -1, 0x7fffffff);
		c->type = GEN_PICK(r, 0, 0, 1, 1, 2, 31, 32767);
		if (gen_chance(r, 3))
			c->type = GEN_PICK(r, 32768, -1);
		c->blocks = true;
	} else if (kind < 74) {
		c->op = MQRECV;
		c->size = GEN_PICK(r, 8192, 1024, 1024, 64, 64);
		if (gen_chance(r, 4))
			c->size = GEN_PICK(r, 0, 1, -1, 65536);
		c->blocks = true;
	} else if (kind < 79) {
		c->op = MQATTR;
		c->flags = (int)GEN_PICK(r, -1, 0, 0, 0, O_NONBLOCK, O_NONBLOCK | O_RDWR, 1);
	} else if (kind < 91) {
		c->op = MQNOTIFY;
		c->cmd = (int)GEN_PICK(r, 0, 1, 1, 1, 2, 3, 4);
	} else {
		c->op = kind < 96 ? MQPOLL : MQREAD;
	}
	gen_mq_text(c);
}

bool gen_mq_is_send(const struct gen_call *c)
{
	return c->family == GEN_MQ && c->op == MQSEND;
}

static int mqd(const struct gen_proc *proc, int slot)
{
	static const int bogus[] = {-1, 99999, 0};

	return slot < 0 ? bogus[-1 - slot] : proc->mqd[slot];
}

static void mq_open_(struct gen_worker *w, struct gen_proc *proc, const struct gen_call *c)
{
	struct mq_attr *attr = gen_ptr(w, c->ptr, sizeof(*attr));

	if (proc->mqd[c->slot] >= 0)
		close(proc->mqd[c->slot]);
	proc->mqd[c->slot] = -1;
	if (c->ptr == PTR_OK) {
		attr->mq_maxmsg = c->count;
		attr->mq_msgsize = c->size;
	}
	w->result = syscall(SYS_mq_open, c->name, c->flags, c->mode, attr);
	w->error = errno;
	if (w->result >= 0)
		proc->mqd[c->slot] = (int)w->result;
}

static void notify(struct gen_worker *w, int fd, const struct gen_call *c)
{
	struct sigevent *ev = gen_ptr(w, c->ptr, sizeof(*ev));

	if (c->ptr == PTR_OK && c->cmd == 0)
		ev = NULL;
	if (c->ptr == PTR_OK && ev) {
		ev->sigev_value.sival_int = c->step;
		ev->sigev_signo = c->cmd == 3 ? 65 : SIGRTMIN;
		ev->sigev_notify = c->cmd == 2 ? SIGEV_NONE : c->cmd == 4 ? 77 : SIGEV_SIGNAL;
	}
	w->result = syscall(SYS_mq_notify, fd, ev);
	w->error = errno;
}

static void attr_(struct gen_worker *w, int fd, const struct gen_call *c)
{
	struct mq_attr *attr = gen_ptr(w, c->ptr, sizeof(*attr));
	struct mq_attr *old = c->ptr == PTR_OK ? attr + 1 : attr;

	if (c->ptr == PTR_OK)
		attr->mq_flags = c->flags;
	w->result = syscall(SYS_mq_getsetattr, fd, c->flags < 0 ? NULL : attr, old);
	w->error = errno;
	if (w->result == 0 && c->ptr == PTR_OK)
		gen_add(w->text, " flags=%#lo maxmsg=%ld msgsize=%ld curmsgs=%ld", old->mq_flags,
			old->mq_maxmsg, old->mq_msgsize, old->mq_curmsgs);
}

static void read_(struct gen_worker *w, int fd)
{
	char *at, text[256];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	w->result = len;
	w->error = errno;
	if (len < 0)
		return;
	text[len] = 0;
	at = strstr(text, "NOTIFY_PID:");
	if (at) {
		/* The line is padded, so its length tells nothing. */
		gen_add(w->text, " %.*s", (int)(at - text), text);
		gen_add(w->text, "NOTIFY_PID:%s", gen_role((pid_t)atoi(at + 11)));
	}
}

void gen_mq_make(struct gen_worker *w)
{
	struct gen_proc *proc = &gen_shared->worker[w->leader].proc;
	const struct gen_call *c = &w->call;
	int fd = mqd(proc, c->slot);
	unsigned int prio = 77;
	struct timespec ts;
	struct pollfd pfd = {.fd = fd, .events = POLLIN | POLLOUT};
	char *bytes;

	switch (c->op) {
	case MQOPEN:
		mq_open_(w, proc, c);
		break;
	case MQCLOSE:
		w->result = c->slot < 0 ? 0 : close(fd);
		w->error = errno;
		if (c->slot >= 0)
			proc->mqd[c->slot] = -1;
		break;
	case MQUNLINK:
		w->result = syscall(SYS_mq_unlink, c->name);
		w->error = errno;
		break;
	case MQSEND:
		bytes = gen_ptr(w, c->ptr, 1);
		if (c->ptr == PTR_OK)
			gen_fill(bytes, c->size < 0 || c->size > 8192 ? 0 : (size_t)c->size,
				 c->payload);
		w->result = syscall(SYS_mq_timedsend, fd, bytes, c->size, (unsigned int)c->type,
				    gen_time(c->timeout, true, &ts));
		w->error = errno;
		break;
	case MQRECV:
		bytes = gen_ptr(w, c->ptr, 1);
		w->result = syscall(SYS_mq_timedreceive, fd, bytes, c->size, &prio,
				    gen_time(c->timeout, true, &ts));
		w->error = errno;
		if (w->result >= 0)
			gen_add(w->text, " prio=%u", prio);
		if (w->result >= 0 && c->ptr == PTR_OK)
			gen_add(w->text, " %08x", gen_digest(bytes, (size_t)w->result));
		break;
	case MQATTR:
		attr_(w, fd, c);
		break;
	case MQNOTIFY:
		notify(w, fd, c);
		break;
	case MQPOLL:
		w->result = poll(&pfd, 1, 0);
		w->error = errno;
		gen_add(w->text, " %#x", (unsigned int)pfd.revents);
		break;
	case MQREAD:
		read_(w, fd);
		break;
	}
}
