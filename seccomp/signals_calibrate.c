/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which bit of thread_info.flags is TIF_SIGPENDING? It differs between architectures and kernels
 * (2 on older x86, 1 since the generic entry numbering), and type information does not hold it.
 *
 * So we watch it come: a child waits where signals do not wake it, gets one that it handles, and
 * the bit that is set from then on is it. A thread waits like that, TASK_KILLABLE, in a received
 * notification, but also in vfork(2), which needs neither a filter nor anyone to answer: the child
 * forks a grandchild with CLONE_VFORK, which reads from a pipe until we are done (or are dead).
 * Neither has an exit signal, so that the daemon's handling of SIGCHLD does not see them.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include "seccomp/signals_impl.h"

#define SAMPLES 8
#define TRIES 50

struct pipes {
	int ready[2], done[2];
};

static void ignore(int sig)
{
	(void)sig;
}

/* Bare clone: no atfork handlers, no locks; the children make system calls only. */
static pid_t bare_fork(unsigned long flags)
{
	return syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
}

static _Noreturn void grandchild(const struct pipes *p)
{
	char c = 0;

	if (write(p->ready[1], &c, 1) == 1) {
		while (read(p->done[0], &c, 1) < 0 && errno == EINTR)
			;
	}
	_exit(0);
}

static _Noreturn void child(const struct pipes *p)
{
	struct sigaction sa = {.sa_handler = ignore};
	sigset_t none;
	pid_t pid;

	close(p->done[1]);
	close(p->ready[0]);
	sigemptyset(&none);
	if (sigaction(SIGUSR1, &sa, NULL) || sigprocmask(SIG_SETMASK, &none, NULL))
		_exit(1);
	pid = bare_fork(CLONE_VFORK);
	if (!pid)
		grandchild(p);
	if (pid > 0)
		waitpid(pid, NULL, __WALL);
	_exit(0);
}

struct reader {
	int (*read_flags)(void *arg, pid_t tid, uint64_t *flags);
	void *arg;
	pid_t tid;
};

/* Bits that were set at any (@any) or at all of some moments: others come and go by themselves. */
static int sample(const struct reader *r, bool any, uint64_t *out)
{
	uint64_t flags;

	*out = any ? 0 : UINT64_MAX;
	for (int i = 0; i < SAMPLES; i++) {
		int err = r->read_flags(r->arg, r->tid, &flags);

		if (err)
			return err;
		*out = any ? *out | flags : *out & flags;
	}
	return 0;
}

static int find_bit(const struct reader *r, uint64_t *mask)
{
	uint64_t before, after;
	int err = sample(r, true, &before);

	if (err)
		return err;
	if (kill(r->tid, SIGUSR1))
		return -errno;
	for (int i = 0; i < TRIES; i++) {
		err = sample(r, false, &after);
		if (err)
			return err;
		after &= ~before;
		if (after && !(after & (after - 1))) {
			*mask = after;
			return 0;
		}
		usleep(1000);
	}
	return -EOPNOTSUPP;
}

static void close_pair(int fd[2])
{
	for (int i = 0; i < 2; i++) {
		if (fd[i] >= 0)
			close(fd[i]);
	}
}

static int run_child(struct reader *r, struct pipes *p, uint64_t *mask)
{
	int err = -EOPNOTSUPP;
	char c = 0;

	r->tid = bare_fork(0);
	if (r->tid < 0)
		return -errno;
	if (!r->tid)
		child(p);
	close(p->ready[1]);
	p->ready[1] = -1;
	if (read(p->ready[0], &c, 1) == 1)
		err = find_bit(r, mask);
	/* Not only by closing: another thread may just have forked a process with a copy of it. */
	if (write(p->done[1], &c, 1) != 1)
		kill(r->tid, SIGKILL);
	while (waitpid(r->tid, NULL, __WALL) < 0 && errno == EINTR)
		;
	return err;
}

int signals_calibrate(int (*read_flags)(void *arg, pid_t tid, uint64_t *flags), void *arg,
		      uint64_t *mask)
{
	struct pipes p = {{-1, -1}, {-1, -1}};
	struct reader r = {.read_flags = read_flags, .arg = arg};
	int err;

	if (pipe2(p.ready, O_CLOEXEC) || pipe2(p.done, O_CLOEXEC))
		err = -errno;
	else
		err = run_child(&r, &p, mask);
	close_pair(p.ready);
	close_pair(p.done);
	return err;
}
