/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signals that run no handler do not end a wait: ignored ones, blocked ones (they stay pending),
 * SIGSTOP and SIGCONT. While a receiver is stopped it keeps waiting in the queue's sense: the
 * message that comes is given to it. Fatal signals end the process and free its place.
 */
#include "mq_common.h"

static mqd_t q;
static mqd_t nonblock;

static void ignoring(void *arg)
{
	(void)arg;
	signal(SIGUSR1, SIG_IGN);
	mq_take("receive", q);
}

static void blocking(void *arg)
{
	sigset_t pending;

	(void)arg;
	mq_hold_signal(SIGUSR1);
	mq_take("receive", q);
	sigpending(&pending);
	sc_say("SIGUSR1 pending: %d", sigismember(&pending, SIGUSR1));
}

static void plain(void *arg)
{
	(void)arg;
	mq_take("receive", q);
}

static void undisturbed(const char *role, void (*fn)(void *), int sig)
{
	pid_t pid = sc_fork(role, fn, NULL);

	sc_wait_parked(pid);
	sc_kill(pid, sig);
	sc_still_parked(pid);
	mq_put("send", nonblock, role, 0);
	sc_wait(pid);
}

void scenario(void)
{
	pid_t pid;
	pid_t next;

	q = mq_make("/q", O_RDWR, 2, 16);
	nonblock = mq_reopen("/q", O_RDWR | O_NONBLOCK);
	undisturbed("ignoring", ignoring, SIGUSR1);
	undisturbed("blocking", blocking, SIGUSR1);
	undisturbed("default-ignored", plain, SIGCHLD);

	pid = sc_fork("stopped", plain, NULL);
	sc_wait_parked(pid);
	sc_stop(pid);
	sc_cont(pid);
	sc_wait_parked(pid);
	mq_put("send after the stop", nonblock, "cont", 0);
	mq_show("queue", q);
	sc_wait(pid);

	pid = sc_fork("doomed", plain, NULL);
	sc_wait_parked(pid);
	next = sc_fork("next", plain, NULL);
	sc_wait_parked(next);
	sc_kill(pid, SIGTERM);
	sc_wait(pid);
	mq_put("send after SIGTERM", nonblock, "heir", 0);
	sc_wait(next);

	pid = sc_fork("doomed", plain, NULL);
	sc_wait_parked(pid);
	sc_kill(pid, SIGKILL);
	sc_wait(pid);
	mq_put("send after SIGKILL", nonblock, "kept", 0);
	mq_show("queue", q);
	mq_take("receive", nonblock);
}
