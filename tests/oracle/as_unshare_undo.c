/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unshare(2) with CLONE_SYSVSEM carries undo out if the whole call succeeds, and not if the kernel
 * refuses it: for want of rights to another flag, for threads, for a flag that there is not. The
 * rights are those over the caller's user namespace, and over the new one if the call makes it.
 */
#include "as_util.h"

static long id;

static void taken(const char *label, unsigned long flags)
{
	CALL(setval(id, 0, 5));
	CALL(op(id, 0, -2, SEM_UNDO));
	errno = 0;
	sc_result(label, syscall(SYS_unshare, flags));
	say_values(label, id, 1);
}

static void nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	taken("a network namespace, too", CLONE_SYSVSEM | CLONE_NEWNET);
	taken("a mount namespace, too", CLONE_SYSVSEM | CLONE_NEWNS);
	taken("an IPC namespace", CLONE_NEWIPC);
	taken("files, too", CLONE_SYSVSEM | CLONE_FILES | CLONE_FS);
	taken("an unknown flag", CLONE_SYSVSEM | 1);
	taken("a flag of clone(2)", CLONE_SYSVSEM | CLONE_PARENT);
	taken("a flag beyond 32 bits",
	      (unsigned long)CLONE_SYSVSEM | 1UL << (sizeof(long) * 8 - 1));
	taken("a user namespace, too", CLONE_SYSVSEM | CLONE_NEWUSER | CLONE_NEWNET);
}

static void rests(void *arg)
{
	(void)arg;
	sc_await(1);
}

static void threads(void *arg)
{
	pid_t tid = sc_thread("thread", rests, NULL);

	(void)arg;
	taken("signal handlers of several", CLONE_SYSVSEM | CLONE_SIGHAND);
	taken("memory of several", CLONE_SYSVSEM | CLONE_VM);
	taken("user namespace of several", CLONE_SYSVSEM | CLONE_NEWUSER);
	taken("of several", CLONE_SYSVSEM);
	sc_post(1);
	sc_join(tid);
}

static void child(void *arg)
{
	(void)arg;
	as_enter("0 0 1\n65534 65534 1", "0 0 1\n65534 65534 1");
	taken("root of a child, a network namespace, too", CLONE_SYSVSEM | CLONE_NEWNET);
}

void scenario(void)
{
	as_user_namespaces_or_skip();
	id = MUST(raw_semget(IPC_PRIVATE, 1, 0666));
	sc_wait(sc_fork("nobody", nobody, NULL));
	say_values("after nobody", id, 1);
	sc_wait(sc_fork("threads", threads, NULL));
	say_values("after threads", id, 1);
	sc_wait(sc_fork("child", child, NULL));
	say_values("after child", id, 1);
}
