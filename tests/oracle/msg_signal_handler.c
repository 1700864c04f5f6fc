/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A handled signal ends msgrcv() and msgsnd() with EINTR, SA_RESTART or not (signal(7)); nothing is
 * taken or sent, and the next call works.
 */
#include "msg_util.h"

struct task {
	long id;
	int sa_flags;
	bool send;
};

static void sleeper(void *arg)
{
	const struct task *task = arg;

	sc_catch(SIGUSR1, task->sa_flags);
	for (int i = 0; i < 2; i++) {
		if (task->send)
			CALL_Q("msgsnd", send_text(task->id, 2, "late", 0));
		else
			recv_say(task->id, 100, 0, 0);
		sc_say("handler ran %d", sc_caught(SIGUSR1));
	}
}

static void run(int sa_flags, bool send)
{
	struct task task = {.id = new_queue(), .sa_flags = sa_flags, .send = send};
	pid_t pid;

	sc_say("%s, %s", send ? "send" : "receive", sa_flags ? "SA_RESTART" : "no SA_RESTART");
	MUST(set_qbytes(task.id, 4));
	if (send)
		MUST(send_text(task.id, 1, "full", 0));
	pid = sc_fork("S", sleeper, &task);
	sc_wait_parked(pid);
	sc_kill(pid, SIGUSR1);
	/* Parked again only in its second call. */
	sc_wait_parked(pid);
	sc_flush(pid);
	say_fill("after the signal", task.id);
	if (send)
		recv_say(task.id, 100, 0, 0);
	else
		CALL(send_text(task.id, 1, "data", 0));
	sc_wait(pid);
	say_fill("end", task.id);
}

void scenario(void)
{
	run(0, false);
	run(SA_RESTART, false);
	run(0, true);
	run(SA_RESTART, true);
}
