/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mq_notify(3) by signal: what the signal carries (code, value, pid and user of the sender), that
 * it comes once per registration, into a handler as well, and that its sender needs no permission
 * to signal the receiver.
 */
#include "mq_common.h"

static mqd_t q;
static volatile sig_atomic_t handled_value;
static volatile sig_atomic_t handled_code;

static void handler(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	handled_value = si->si_value.sival_int;
	handled_code = si->si_code;
}

static void sends(void *arg)
{
	mq_put("send", q, arg, 1);
}

static void sends_as_nobody(void *arg)
{
	sc_become_nobody();
	mq_put("send", q, arg, 1);
}

static void sends_with_effective_uid(void *arg)
{
	MUST(setresuid(4711, 4712, 4713));
	mq_put("send", q, arg, 1);
}

void scenario(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	q = mq_make("/q", O_RDWR | O_NONBLOCK, 4, 8);
	mq_hold_signal(SIGUSR1);
	mq_hold_signal(SIGRTMIN + 1);
	mq_want_signal("register", q, SIGUSR1, 42);
	mq_got_signal("before", SIGUSR1, 0);
	mq_put("send", q, "own", 0);
	mq_got_signal("own message", SIGUSR1, 0);
	mq_take("receive", q);
	mq_put("send", q, "again", 0);
	mq_got_signal("without a new registration", SIGUSR1, 0);
	mq_take("receive", q);

	mq_want_signal("register", q, SIGRTMIN + 1, -7);
	sc_wait(sc_fork("child", sends, "child"));
	mq_got_signal("a child's message", SIGRTMIN + 1, 0);
	mq_take("receive", q);

	mq_want_signal("register", q, SIGUSR1, 1);
	sc_wait(sc_fork("nobody", sends_as_nobody, "nobody"));
	mq_got_signal("nobody's message", SIGUSR1, 0);
	mq_take("receive", q);

	/* The user told is the sender's real one. */
	mq_want_signal("register", q, SIGUSR1, 2);
	sc_wait(sc_fork("effective", sends_with_effective_uid, "eff"));
	mq_got_signal("another effective user's message", SIGUSR1, 0);
	mq_take("receive", q);

	sc_must("sigaction", sigaction(SIGUSR2, &action, NULL));
	mq_want_signal("register with a handler", q, SIGUSR2, 99);
	mq_put("send", q, "handler", 0);
	sc_say("handler: value %d code %s", (int)handled_value,
	       handled_code == SI_MESGQ ? "SI_MESGQ" : "other");
	mq_take("receive", q);
}
