/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A confined program that leaves the IPC namespace, by unshare(2), clone(2) or setns(2): it gets
 * another kernel namespace but stays in the same virtual one. Messages, semaphores and queues go on
 * as before; segments cannot be reached at all, neither those of the run nor others.
 */
#include <sys/msg.h>
#include <sys/shm.h>

#include "mq_common.h"
#include "sem_util.h"

#define KEY 0x4f1

static int first_shmid;

static void look_around(void *arg)
{
	(void)arg;
	CALL_OK(syscall(SYS_msgget, KEY, 0));
	CALL_OK(raw_semget(KEY, 1, 0));
	CALL_OK(mq_open("/q", O_RDWR));
	CALL_OK(syscall(SYS_shmget, KEY, 4096, 0));
	CALL_OK(syscall(SYS_shmget, KEY, 4096, IPC_CREAT | 0600));
	CALL_OK(syscall(SYS_shmat, first_shmid, NULL, SHM_RDONLY));
	CALL_OK(syscall(SYS_shmctl, first_shmid, IPC_RMID, NULL));
	CALL_OK(syscall(SYS_shmctl, 0, SHM_INFO, &(struct shm_info){0}));
}

static void unshares(void *arg)
{
	MUST(unshare(CLONE_NEWIPC));
	look_around(arg);
}

static void unshares_unprivileged(void *arg)
{
	sc_become_nobody();
	CALL(unshare(CLONE_NEWIPC));
	CALL(unshare(CLONE_NEWUSER | CLONE_NEWIPC));
	look_around(arg);
}

/* The clone has no role of its own: it finds the namespace, the caller goes there by it. */
static void enters_clones(void *arg)
{
	int done[2], ns;
	char path[64];
	pid_t pid;

	MUST(pipe(done));
	pid = (pid_t)MUST(syscall(SYS_clone, CLONE_NEWIPC | SIGCHLD, 0, 0, 0, 0));
	if (pid == 0) {
		char byte;
		long id = syscall(SYS_shmget, KEY, 4096, 0);

		close(done[1]);
		(void)!read(done[0], &byte, 1);
		_exit(id >= 0 ? 0 : errno);
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", pid);
	ns = (int)MUST(open(path, O_RDONLY | O_CLOEXEC));
	CALL(setns(ns, CLONE_NEWIPC));
	look_around(arg);
	close(done[0]);
	close(done[1]);

	int status;

	MUST(waitpid(pid, &status, 0));
	sc_say("the clone: shmget %s", sc_errname(WEXITSTATUS(status)));
}

/* There and back again. */
static void comes_back(void *arg)
{
	int home = (int)MUST(open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC));

	MUST(unshare(CLONE_NEWIPC));
	CALL_OK(syscall(SYS_shmget, KEY, 4096, 0));
	MUST(setns(home, CLONE_NEWIPC));
	look_around(arg);
}

void scenario(void)
{
	MUST(syscall(SYS_msgget, KEY, IPC_CREAT | 0600));
	MUST(raw_semget(KEY, 1, IPC_CREAT | 0600));
	first_shmid = (int)MUST(syscall(SYS_shmget, KEY, 4096, IPC_CREAT | 0600));
	mq_make("/q", O_RDWR, 2, 8);
	sc_wait(sc_fork("unshares", unshares, NULL));
	sc_wait(sc_fork("nobody", unshares_unprivileged, NULL));
	sc_wait(sc_fork("clones", enters_clones, NULL));
	sc_wait(sc_fork("returns", comes_back, NULL));
}
