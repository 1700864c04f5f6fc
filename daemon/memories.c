/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An entry in use is not closed: the lock is given up while it is written through. What cannot be
 * cached (its identity is unknown, or all entries are in use) is opened for one write.
 */
#include "daemon/memories.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/calls.h"
#include "seccomp/listener.h"
#include "seccomp/memory.h"

#define CACHED 64

struct entry {
	uint64_t mm; /* 0: free */
	uint64_t last_use;
	unsigned users;
	struct task_memory memory;
};

struct memories {
	uint64_t clock;
	struct entry entry[CACHED];
};

int memories_open(struct memories **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void memories_close(struct memories *m)
{
	if (!m)
		return;
	for (int i = 0; i < CACHED; i++)
		if (m->entry[i].mm)
			memory_close(&m->entry[i].memory);
	free(m);
}

static struct entry *find(struct memories *m, uint64_t mm)
{
	for (int i = 0; mm && i < CACHED; i++)
		if (m->entry[i].mm == mm)
			return &m->entry[i];
	return NULL;
}

static struct entry *oldest_unused(struct memories *m)
{
	struct entry *best = NULL;

	for (int i = 0; i < CACHED; i++) {
		struct entry *e = &m->entry[i];

		if (!e->users && (!best || e->last_use < best->last_use))
			best = e;
	}
	return best;
}

static void close_unused(struct memories *m)
{
	for (int i = 0; i < CACHED; i++) {
		struct entry *e = &m->entry[i];

		if (!e->mm || e->users)
			continue;
		memory_close(&e->memory);
		e->mm = 0;
	}
}

/*
 * The memory of the caller, known to be its own because its call still waits after it was opened.
 * Without the lock: opening waits for a task that executes a program (seccomp/task_pidfd.h).
 */
static int open_checked(struct server *srv, const struct ipc_slot *s, struct task_memory *memory)
{
	const pid_t tid = (pid_t)slot_notif(s)->pid;
	int r;

	for (int tries = 0; tries < 2; tries++) {
		turn_unlock(&srv->lock);
		r = memory_open(memory, tid);
		turn_lock(&srv->lock);
		if (r != -EMFILE && r != -ENFILE)
			break;
		close_unused(srv->memories);
	}
	if (r == 0 && !listener_valid(server_listener_fd(srv, s), slot_notif(s)->id)) {
		memory_close(memory);
		r = -ESRCH;
	}
	return r;
}

/*
 * An entry for the caller's memory, opened if need be. Return: 0 or negative errno; *@out is NULL
 * where it cannot be cached: then *@once is open.
 */
static int entry_of(struct server *srv, const struct ipc_slot *s, struct entry **out,
		    struct task_memory *once)
{
	struct memories *m = srv->memories;
	int r;

	*out = find(m, s->mm);
	if (*out)
		return 0;
	r = open_checked(srv, s, once);
	if (r < 0)
		return r;
	/* Another thread of the same memory may have come first. */
	*out = find(m, s->mm);
	if (*out) {
		memory_close(once);
		return 0;
	}
	*out = s->mm ? oldest_unused(m) : NULL;
	if (*out) {
		if ((*out)->mm)
			memory_close(&(*out)->memory);
		**out = (struct entry){.mm = s->mm, .memory = *once};
	}
	return 0;
}

static int write_unlocked(struct server *srv, const struct task_memory *memory, pid_t tid,
			  uint64_t addr, const void *buf, size_t len)
{
	struct culprit_copy copy;

	turn_unlock(&srv->lock);
	culprits_copy_begin(srv->culprits, &copy, tid);
	int r = memory_write(memory, addr, buf, len);

	if (r == -EIO) {
		/* Whoever is read from: nothing comes of it but that the pages are there. */
		char *scratch = malloc(len);

		if (scratch && task_read(tid, addr, scratch, len) == 0)
			r = memory_write(memory, addr, buf, len);
		free(scratch);
	}
	culprits_copy_end(srv->culprits, &copy);
	turn_lock(&srv->lock);
	return r == -EIO ? -EFAULT : r;
}

int memories_write(struct server *srv, const struct ipc_slot *s, uint64_t addr, const void *buf,
		   size_t len)
{
	const pid_t tid = (pid_t)slot_notif(s)->pid;
	struct task_memory once;
	struct entry *e;
	int r = entry_of(srv, s, &e, &once);

	if (r < 0)
		return r;
	if (!e) {
		r = write_unlocked(srv, &once, tid, addr, buf, len);
		memory_close(&once);
		return r;
	}
	e->last_use = ++srv->memories->clock;
	e->users++;
	r = write_unlocked(srv, &e->memory, tid, addr, buf, len);
	e->users--;
	return r;
}
