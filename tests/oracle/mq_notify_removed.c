/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a registration ends besides delivery: its owner closes any descriptor of the queue (a dup or
 * an unrelated open, too), exits, is killed or execs. Another process's close does not end it, not
 * even of an inherited descriptor. mq_notify(3), mq_close(3); ipc/mqueue.c mqueue_flush_file().
 */
#include "mq_common.h"

static mqd_t q;
static const struct sigevent none = {.sigev_notify = SIGEV_NONE};

static void registers(void *arg)
{
	CALL(raw_mq_notify(q, &none));
	sc_post(1);
	if (arg) {
		sc_await(2);
		return;
	}
	for (;;)
		pause();
}

static void closes(void *arg)
{
	(void)arg;
	CALL(close(q));
}

static void just_exits(void *arg)
{
	(void)arg;
}

static void execs(void *arg)
{
	(void)arg;
	CALL(raw_mq_notify(q, &none));
	sc_exec_self("after exec");
}

static void execs_with_kept(void *arg)
{
	(void)arg;
	MUST(fcntl(q, F_SETFD, 0));
	CALL(raw_mq_notify(q, &none));
	sc_exec_self("kept over exec");
}

void scenario_stage(const char *stage)
{
	sc_say("%s", stage);
	sc_post(1);
	sc_await(2);
}

void scenario(void)
{
	mqd_t dup_of;
	mqd_t second;
	pid_t pid;

	q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);

	CALL(raw_mq_notify(q, &none));
	dup_of = (mqd_t)MUST(dup(q));
	mq_status("registered", q);
	CALL(close(dup_of));
	mq_status("closed a dup", q);

	CALL(raw_mq_notify(q, &none));
	second = mq_reopen("/q", O_RDONLY);
	CALL(close(second));
	mq_status("closed another open", q);

	CALL(raw_mq_notify(q, &none));
	dup_of = (mqd_t)MUST(dup(q));
	MUST(dup2(STDIN_FILENO, dup_of));
	mq_status("dup2 over a dup", q);
	close(dup_of);

	CALL(raw_mq_notify(q, &none));
	sc_wait(sc_fork("child", closes, NULL));
	mq_status("a child closed", q);
	sc_wait(sc_fork("child", just_exits, NULL));
	mq_status("a child exited", q);
	CALL(raw_mq_notify(q, NULL));
	mq_status("removed", q);

	pid = sc_fork("exits", registers, &q);
	sc_await(1);
	mq_status("before exit", q);
	sc_post(2);
	sc_wait(pid);
	mq_status("after exit", q);

	pid = sc_fork("killed", registers, NULL);
	sc_await(1);
	CALL(raw_mq_notify(q, &none));
	sc_kill(pid, SIGKILL);
	sc_wait(pid);
	mq_status("after kill", q);
	CALL(raw_mq_notify(q, &none));
	CALL(raw_mq_notify(q, NULL));

	pid = sc_fork("execs", execs, NULL);
	sc_await(1);
	mq_status("after exec", q);
	sc_post(2);
	sc_wait(pid);

	pid = sc_fork("execs-kept", execs_with_kept, NULL);
	sc_await(1);
	mq_status("after exec with the descriptor kept", q);
	sc_post(2);
	sc_wait(pid);
	mq_status("after its end", q);
}
