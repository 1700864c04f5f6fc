/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mq_notify(3): which registrations are taken. One per queue (EBUSY, also for its owner), whatever
 * its kind; NULL removes the caller's own and is silently ignored otherwise; signal 0 is valid and
 * sends nothing; several queues may tell one process.
 */
#include "mq_common.h"

static mqd_t q;

static void try_notify(const char *label, int how, int signo)
{
	struct sigevent sev = {.sigev_notify = how, .sigev_signo = signo};

	CALL_Q(label, raw_mq_notify(q, &sev));
	CALL_Q("  remove", raw_mq_notify(q, NULL));
}

static void rival(void *arg)
{
	struct sigevent none = {.sigev_notify = SIGEV_NONE};

	(void)arg;
	CALL_Q("register while main is", raw_mq_notify(q, &none));
	CALL_Q("remove main's", raw_mq_notify(q, NULL));
	CALL_Q("register still", raw_mq_notify(q, &none));
	sc_post(1);
	sc_await(2);
	CALL_Q("register after main removed", raw_mq_notify(q, &none));
	CALL_Q("register twice", raw_mq_notify(q, &none));
	sc_post(3);
	sc_await(4);
}

void scenario(void)
{
	struct sigevent none = {.sigev_notify = SIGEV_NONE};
	struct sigevent sig = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	mqd_t second = mq_make("/second", O_RDWR, 2, 8);
	pid_t pid;

	q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);
	try_notify("SIGEV_SIGNAL 0", SIGEV_SIGNAL, 0);
	try_notify("SIGEV_SIGNAL 1", SIGEV_SIGNAL, 1);
	try_notify("SIGEV_SIGNAL 64", SIGEV_SIGNAL, 64);
	try_notify("SIGEV_SIGNAL 65", SIGEV_SIGNAL, 65);
	try_notify("SIGEV_SIGNAL -1", SIGEV_SIGNAL, -1);
	try_notify("SIGEV_SIGNAL SIGKILL", SIGEV_SIGNAL, SIGKILL);
	try_notify("SIGEV_NONE 99", SIGEV_NONE, 99);
	try_notify("SIGEV_THREAD_ID", SIGEV_THREAD_ID, SIGUSR1);
	try_notify("kind 3", 3, SIGUSR1);
	try_notify("kind -1", -1, SIGUSR1);
	try_notify("kind 0x10000", 0x10000, SIGUSR1);

	CALL(raw_mq_notify(q, NULL));
	CALL(raw_mq_notify(q, &sig));
	CALL(raw_mq_notify(q, &sig));
	CALL(raw_mq_notify(q, &none));
	mq_status("registered", q);
	pid = sc_fork("rival", rival, NULL);
	sc_await(1);
	CALL(raw_mq_notify(q, NULL));
	sc_post(2);
	sc_await(3);
	mq_status("the rival's", q);
	CALL(raw_mq_notify(q, &sig));
	sc_post(4);
	sc_wait(pid);

	mq_hold_signal(SIGUSR1);
	CALL(raw_mq_notify(q, &sig));
	CALL(raw_mq_notify(second, &sig));
	mq_put("send", q, "x", 0);
	mq_got_signal("from the first", SIGUSR1, 0);
	mq_put("send", second, "y", 0);
	mq_got_signal("from the second", SIGUSR1, 0);

	/* Signal 0 takes part in the rules but arrives nowhere. */
	mq_take("receive", q);
	sig.sigev_signo = 0;
	CALL(raw_mq_notify(q, &sig));
	mq_put("send", q, "z", 0);
	mq_status("used up", q);
}
