/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Noticing signals without privilege: reading the pending masks in /proc/PID/task/TID/status.
 *
 * TIF_SIGPENDING itself cannot be seen from here, it is inferred. A signal pending for the thread
 * alone (SigPnd) and not blocked by it means that the flag is set. One pending for the process
 * (ShdPnd) was given to one of its threads, see holder(). Reporting the wrong one is worse than
 * reporting late: the restart code would reach the program. So a process-wide signal counts only
 * if it is still there at a second look (a running thread takes its signals at once) and the
 * kernel's rule gives it to the thread in question.
 *
 * The cost is a file read a look (7 to 15 us), so a bounded number of threads is read per tick: a
 * few parked calls are looked at each tick, a thousand in turn.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "seccomp/signals_impl.h"

#define STATUS_SIZE 4096
#define PATH_SIZE 64

/* A stop signal was reported: its siblings are to stop too, if the thread stops within this. */
#define STOP_WAIT_NS 100000000u

/* Looks after which a thread that does not take a signal is thought not to be its holder. */
#define PATIENCE 5

#define SIGBIT(sig) (UINT64_C(1) << ((sig)-1))
#define STOP_SIGNALS (SIGBIT(SIGSTOP) | SIGBIT(SIGTSTP) | SIGBIT(SIGTTIN) | SIGBIT(SIGTTOU))

struct status {
	char state;
	bool traced;
	unsigned int threads;
	uint64_t own, shared, blocked, ignored;
};

static bool parse_line(const char *line, const char *key, int base, uint64_t *out)
{
	size_t len = strlen(key);

	if (strncmp(line, key, len))
		return false;
	*out = strtoull(line + len, NULL, base);
	return true;
}

/* Adds what @text holds; true when the masks, which stand together, were all in it. */
static bool parse_status(const char *text, struct status *st)
{
	uint64_t tracer = 0, threads = 0;
	unsigned int found = 0;

	while (text) {
		if (!strncmp(text, "State:\t", 7))
			st->state = text[7];
		found += parse_line(text, "TracerPid:", 10, &tracer);
		found += parse_line(text, "Threads:", 10, &threads);
		found += parse_line(text, "SigPnd:", 16, &st->own);
		found += parse_line(text, "ShdPnd:", 16, &st->shared);
		found += parse_line(text, "SigBlk:", 16, &st->blocked);
		found += parse_line(text, "SigIgn:", 16, &st->ignored);
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	st->traced = tracer;
	st->threads = threads;
	return found == 6;
}

static int open_status(pid_t tgid, pid_t tid)
{
	char path[PATH_SIZE];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", tgid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* One read, unless the list of groups is so long that the masks come behind the buffer's end. */
static int read_status(int fd, struct status *st)
{
	char text[STATUS_SIZE];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	off_t at = 0;

	memset(st, 0, sizeof(*st));
	while (n > 0) {
		text[n] = '\0';
		if (parse_status(text, st))
			return 0;
		/* Overlapping pieces: the masks and what is near them (500 bytes) are in one. */
		at += n > STATUS_SIZE / 2 ? STATUS_SIZE / 2 : n;
		n = pread(fd, text, sizeof(text) - 1, at);
	}
	return n < 0 ? -errno : -EPROTO;
}

static int status_of(pid_t tgid, pid_t tid, struct status *st)
{
	int fd = open_status(tgid, tid);
	int err;

	if (fd < 0)
		return fd;
	err = read_status(fd, st);
	close(fd);
	return err;
}

/*
 * Signals of @set that would be acted upon. An ignored one is dropped when it is sent, unless a
 * tracer is to see it, so while it pends it does no more than restart the call.
 */
static uint64_t deliverable(const struct status *st, uint64_t set)
{
	return set & ~st->blocked & ~(st->traced ? 0 : st->ignored);
}

static struct sig_watch *watched(struct sig_set *s, pid_t tid)
{
	struct sig_node *node = sig_table_find(&s->watches, tid);

	return node ? SIG_OF(node, struct sig_watch, by_tid) : NULL;
}

/*
 * Which thread of the process did the kernel give the shared signals @set to? complete_signal()
 * asks the leader first and then the others in order of creation (which is that of the directory),
 * and takes the first that does not block it and is not on its way out. With @parked_only, those
 * that are not parked are passed over: they had time enough to take it.
 */
static pid_t holder(struct sig_set *s, struct sig_watch *w, uint64_t set, bool parked_only)
{
	pid_t tgid = sig_proc_tgid(w->proc), found = 0;
	char path[PATH_SIZE];
	struct dirent *entry;
	struct status st;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", tgid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!found && (entry = readdir(dir))) {
		pid_t tid = atoi(entry->d_name);

		if (tid <= 0 || (parked_only && !watched(s, tid)))
			continue;
		if (!status_of(tgid, tid, &st) && !strchr("ZXTt", st.state) && (set & ~st.blocked))
			found = tid;
	}
	closedir(dir);
	return found;
}

static enum sig_look look_shared(struct sig_set *s, struct sig_watch *w, const struct status *st)
{
	uint64_t set = deliverable(st, st->shared);

	if (!set) {
		w->seen = 0;
		return SIG_LOOK_IDLE;
	}
	if (st->threads == 1)
		return SIG_LOOK_PENDING;
	if (!w->seen++)
		return SIG_LOOK_SOON;
	if (holder(s, w, set, w->seen > PATIENCE) == sig_watch_tid(w))
		return SIG_LOOK_PENDING;
	return SIG_LOOK_IDLE;
}

/*
 * When one thread stops for a job control signal, do_signal_stop() flags all its siblings, which
 * shows in no mask. That it did stop shows in its state.
 */
static bool stopping(struct sig_watch *w)
{
	struct sig_proc *proc = w->proc;
	struct status st;

	if (!proc->stopper || proc->stopper == sig_watch_tid(w))
		return false;
	if (!status_of(sig_proc_tgid(proc), proc->stopper, &st) && st.state == 'T')
		return true;
	if (signals_now() - proc->stop_since > STOP_WAIT_NS)
		proc->stopper = 0;
	return false;
}

static enum sig_look look_one(struct sig_set *s, struct sig_watch *w)
{
	pid_t tgid = sig_proc_tgid(w->proc), tid = sig_watch_tid(w);
	enum sig_look seen;
	struct status st;
	int err;

	/* No descriptor left when it was parked, perhaps there is one now. */
	err = w->fd < 0 ? status_of(tgid, tid, &st) : read_status(w->fd, &st);
	if (err == -ESRCH || err == -ENOENT)
		return SIG_LOOK_PENDING;
	if (err)
		return SIG_LOOK_IDLE;
	if (strchr("ZX", st.state) || deliverable(&st, st.own) || stopping(w))
		seen = SIG_LOOK_PENDING;
	else
		seen = look_shared(s, w, &st);
	if (seen == SIG_LOOK_PENDING && deliverable(&st, st.own | st.shared) & STOP_SIGNALS) {
		w->proc->stopper = tid;
		w->proc->stop_since = signals_now();
	}
	return seen;
}

static void look(struct sig_set *s, struct sig_watch **w, unsigned int n, enum sig_look *out)
{
	for (unsigned int i = 0; i < n; i++)
		out[i] = look_one(s, w[i]);
}

/* Keeping the file open halves the cost of a look; short of descriptors it is opened each time. */
static int watch_add(struct sig_set *s, struct sig_watch *w)
{
	(void)s;
	w->fd = open_status(sig_proc_tgid(w->proc), sig_watch_tid(w));
	if (w->fd < 0)
		w->fd = -1;
	return 0;
}

static void watch_del(struct sig_set *s, struct sig_watch *w)
{
	(void)s;
	if (w->fd >= 0)
		close(w->fd);
}

static void proc_add(struct sig_set *s, struct sig_proc *proc)
{
	(void)s;
	(void)proc;
}

static void drain(struct sig_set *s)
{
	(void)s;
}

static void poll_close(struct sig_set *s)
{
	free(s);
}

static const struct signals_ops poll_ops = {
	.id = SIGNALS_POLL,
	.pace =
		{
			.delay_us = {400, 4000},
			.nsteps = 2,
			.first = 1,
			.budget = 8,
			.gap_us = 4000,
			.max_idle = 0,
		},
	.close = poll_close,
	.proc_add = proc_add,
	.proc_del = proc_add,
	.watch_add = watch_add,
	.watch_del = watch_del,
	.drain = drain,
	.look = look,
};

int signals_poll_open(struct sig_set **out)
{
	struct sig_set *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->ops = &poll_ops;
	*out = s;
	return 0;
}
