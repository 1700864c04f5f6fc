/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's generator: random numbers, and what the families draw and print alike.
 *
 * Draws lean towards valid arguments: a sequence of errors reaches no state worth comparing.
 */
#include <sys/msg.h>

#include "gen.h"

uint64_t gen_random(struct gen_random *r)
{
	uint64_t z = (r->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

unsigned int gen_below(struct gen_random *r, unsigned int n)
{
	return (unsigned int)((gen_random(r) >> 32) % n);
}

bool gen_chance(struct gen_random *r, unsigned int percent)
{
	return gen_below(r, 100) < percent;
}

/* Draws the same number of random numbers whatever the world looks like. */
int gen_draw_id(struct gen_random *r, const struct gen_world *w, enum gen_family family, int slot)
{
	unsigned int kind = gen_below(r, 100);
	unsigned int other = gen_below(r, 3);
	long bogus = GEN_PICK(r, -1, 0, 1, 32767, 32768, 0x7fffffff, -0x7fffffff - 1, 12345);

	if (kind < 94)
		return w->id[family][slot];
	if (kind < 97)
		return w->old[family][slot];
	if (kind < 98)
		return w->id[other][slot];
	if (kind < 99)
		return w->id[family][slot] + 32768;
	return (int)bogus;
}

int gen_draw_key(struct gen_random *r, int slot)
{
	return gen_chance(r, 15) ? IPC_PRIVATE : 0x1001 + slot;
}

unsigned int gen_draw_mode(struct gen_random *r)
{
	if (gen_chance(r, 85))
		return 0666;
	return (unsigned int)GEN_PICK(r, 0600, 0644, 0640, 0622, 0, 0222, 0444, 0660, 0777, 0006);
}

enum gen_ptr gen_draw_ptr(struct gen_random *r)
{
	if (gen_chance(r, 94))
		return PTR_OK;
	return (enum gen_ptr)(1 + gen_below(r, 4));
}

enum gen_timeout gen_draw_timeout(struct gen_random *r)
{
	if (gen_chance(r, 55))
		return TIME_NONE;
	if (gen_chance(r, 80))
		return (enum gen_timeout)GEN_PICK(r, TIME_FAR, TIME_FAR, TIME_ZERO, TIME_SHORT);
	return (enum gen_timeout)GEN_PICK(r, TIME_NSEC, TIME_NEGATIVE, TIME_BAD);
}

const char *gen_ptr_name(enum gen_ptr ptr)
{
	static const char *const names[] = {"ok", "null", "unmapped", "readonly", "ends"};

	return names[ptr];
}

const char *gen_timeout_name(enum gen_timeout timeout)
{
	static const char *const names[] = {"none", "zero",	"short", "far",
					    "nsec", "negative", "bad"};

	return names[timeout];
}

const char *gen_errname(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "E?";
}

void gen_add(char *text, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + len, GEN_TEXT - len, fmt, args);
	va_end(args);
}

void gen_fill(char *bytes, size_t size, uint32_t seed)
{
	uint32_t x = seed | 1;
	size_t i;

	for (i = 0; i < size; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (char)(x >> 24);
	}
}

uint32_t gen_digest(const void *bytes, size_t size)
{
	const unsigned char *b = bytes;
	uint32_t hash = 2166136261u;
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ b[i]) * 16777619u;
	return hash;
}

void *gen_ptr(const struct gen_worker *w, enum gen_ptr ptr, size_t size)
{
	(void)size;
	switch (ptr) {
	case PTR_NULL:
		return NULL;
	case PTR_UNMAPPED:
		return (void *)0x10000;
	case PTR_READONLY:
		return w->readonly;
	case PTR_ENDS:
		return w->buf + GEN_BUF - 4;
	default:
		memset(w->buf, 0, 256);
		return w->buf;
	}
}

void *gen_time(enum gen_timeout timeout, bool absolute, struct timespec *ts)
{
	*ts = (struct timespec){0, 0};
	if (absolute)
		clock_gettime(CLOCK_REALTIME, ts);
	switch (timeout) {
	case TIME_NONE:
		return NULL;
	case TIME_ZERO:
		ts->tv_sec -= absolute ? 1000 : 0;
		break;
	case TIME_SHORT:
		ts->tv_nsec += 2000000;
		if (ts->tv_nsec >= 1000000000) {
			ts->tv_sec++;
			ts->tv_nsec -= 1000000000;
		}
		break;
	case TIME_FAR:
		ts->tv_sec += 1000;
		break;
	case TIME_NSEC:
		ts->tv_nsec = 1000000000;
		break;
	case TIME_NEGATIVE:
		ts->tv_sec = -1;
		break;
	case TIME_BAD:
		return (void *)0x10000;
	}
	return ts;
}

const char *gen_role(pid_t pid)
{
	static _Thread_local char text[8];
	int i;

	if (pid == 0)
		return "0";
	if (pid == gen_shared->conductor)
		return "cond";
	for (i = gen_shared->pids - 1; i >= 0; i--) {
		if (gen_shared->pid[i] == pid) {
			snprintf(text, sizeof(text), "w%d", gen_shared->role[i]);
			return text;
		}
	}
	return "other";
}

void gen_add_perm(char *text, const struct ipc_perm *perm)
{
	gen_add(text, " key=%#x owner=%u:%u creator=%u:%u mode=%#o seq=%u",
		(unsigned int)perm->__key, perm->uid, perm->gid, perm->cuid, perm->cgid,
		(unsigned int)perm->mode, (unsigned int)perm->__seq);
}
