/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may not leave the IPC namespace stays in it, with all its objects: unshare(2), clone(2),
 * clone3(2) and setns(2) want CAP_SYS_ADMIN over the namespaces concerned, and refuse senseless
 * flags and files whoever asks.
 */
#include "as_util.h"

#define KEY 0x4f2

static int shmid, own_ns;

static void still_there(void)
{
	CALL_OK(raw_msgget(KEY, 0));
	CALL_OK(raw_semget(KEY, 1, 0));
	CALL_OK(shmget(KEY, 4096, 0));
	CALL_OK(shmctl(shmid, IPC_STAT, &(struct shmid_ds){0}));
	CALL_OK(mq_open("/q", O_RDONLY));
}

static long clone_with(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

static long clone3_with(uint64_t flags)
{
	/* struct clone_args as it was at first: the fifth is exit_signal. */
	uint64_t a[8] = {flags, 0, 0, 0, SIGCHLD};
	long pid = syscall(SYS_clone3, a, sizeof(a));

	if (pid == 0)
		_exit(0);
	return pid;
}

static void refused(void *arg)
{
	int other = (int)MUST(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));

	if (arg)
		sc_become_nobody();
	CALL(syscall(SYS_unshare, CLONE_NEWIPC | 1));
	CALL(clone_with(CLONE_NEWIPC | CLONE_SYSVSEM));
	CALL(clone3_with(CLONE_NEWIPC | CLONE_SYSVSEM));
	CALL(setns(other, CLONE_NEWIPC));
	CALL(setns(-1, CLONE_NEWIPC));
	if (arg) {
		CALL(unshare(CLONE_NEWIPC));
		CALL(unshare(CLONE_NEWIPC | CLONE_SYSVSEM | CLONE_FS));
		CALL(clone_with(CLONE_NEWIPC));
		CALL(clone3_with(CLONE_NEWIPC));
		CALL(setns(own_ns, CLONE_NEWIPC));
		CALL(setns(own_ns, 0));
	}
	still_there();
}

void scenario(void)
{
	own_ns = (int)MUST(open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC));
	MUST(raw_msgget(KEY, IPC_CREAT | 0666));
	MUST(raw_semget(KEY, 1, IPC_CREAT | 0666));
	shmid = (int)MUST(shmget(KEY, 4096, IPC_CREAT | 0666));
	umask(0);
	mq_make("/q", O_RDWR, 2, 8);
	sc_wait(sc_fork("root", refused, NULL));
	sc_wait(sc_fork("nobody", refused, "nobody"));
}
