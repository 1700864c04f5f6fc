/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Process ids through many levels of pid namespaces, as deep as there can be (MAX_PID_NS_LEVEL is
 * 32): who looks sees the number of its own namespace, 0 for a process that has none there, and that
 * of one that is dead.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "msg_util.h"
#include "sem_util.h"

static long msqid, semid;

static void look(int level, const char *when)
{
	struct msqid_ds ds;

	MUST(raw_msgctl(msqid, IPC_STAT, &ds));
	sc_say("level %d, %s: lspid %d lrpid %d last %ld", level, when, (int)ds.msg_lspid,
	       (int)ds.msg_lrpid, raw_semctl(semid, 0, GETPID, NULL));
}

/* Numbers are those of a fresh namespace: they begin at 1. */
static void descend(int level, int last)
{
	pid_t pid;

	if (level > 0) {
		look(level, "first");
		MUST(send_text(msqid, 1, "x", 0));
		look(level, "sent");
		MUST(op(semid, 0, 1, 0));
		look(level, "changed");
		pid = (pid_t)MUST(fork());
		if (pid == 0) {
			recv_say(msqid, 100, 0, IPC_NOWAIT);
			_exit(0);
		}
		MUST(waitpid(pid, NULL, 0));
		look(level, "received by one that is dead");
	}
	if (level == last)
		return;
	MUST(unshare(CLONE_NEWPID));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		descend(level + 1, last);
		_exit(0);
	}
	MUST(waitpid(pid, NULL, 0));
	if (level > 0)
		look(level, "after those below");
}

static void levels(void *arg)
{
	descend(0, *(int *)arg);
}

void scenario(void)
{
	int deep = 20;

	msqid = new_queue();
	semid = new_set(1);
	sc_wait(sc_fork("levels", levels, &deep));
}
