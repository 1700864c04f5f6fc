/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rights are those of the calling thread at the time of the call: after setuid and back, in one of
 * two threads only (the bare system call changes one thread), and by capability alone.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "mq_common.h"
#include "shm_common.h"

#define KEY 0x99

static void try_all(const char *label)
{
	mqd_t q;

	sc_say("%s", label);
	CALL(msgget(KEY, 0600));
	CALL(semget(KEY, 1, 0600));
	CALL(shmget(KEY, 1, 0600));
	CALL(semctl(0, 0, GETVAL));
	errno = 0;
	q = (mqd_t)sc_result_ok("mq_open(\"/q\", O_RDWR)", mq_open("/q", O_RDWR));
	if (q != -1)
		mq_close(q);
}

static void alone(void *arg)
{
	(void)arg;
	MUST(syscall(SYS_setresuid, -1, SC_NOBODY, -1));
	sc_post(1);
	try_all("the thread's effective user is nobody");
	sc_await(2);
	MUST(syscall(SYS_setresuid, -1, 0, -1));
	try_all("the thread is root again");
}

static void without_capabilities(void *arg)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	(void)arg;
	MUST(syscall(SYS_capset, &head, data));
	try_all("root without capabilities owns them");
	CALL(shmget(KEY + 1, 1, 0600));
	CALL(shmget(KEY + 1, 1, 0004));
}

static void back_and_forth(void *arg)
{
	(void)arg;
	MUST(seteuid(SC_NOBODY));
	try_all("seteuid nobody");
	MUST(seteuid(0));
	try_all("seteuid 0");
}

void scenario(void)
{
	struct shmid_ds ds = {
		.shm_perm.uid = SC_NOBODY, .shm_perm.gid = SC_NOBODY, .shm_perm.mode = 0604};
	pid_t tid;

	umask(077);
	MUST(msgget(KEY, IPC_CREAT | 0600));
	MUST(semget(KEY, 1, IPC_CREAT | 0600));
	MUST(shmget(KEY, 1, IPC_CREAT | 0600));
	MUST(shmctl((int)MUST(shmget(KEY + 1, 1, IPC_CREAT | 0600)), IPC_SET, &ds));
	mq_make("/q", O_RDWR, 1, 8);
	sc_wait(sc_fork("switches", back_and_forth, NULL));
	tid = sc_thread("thread", alone, NULL);
	sc_await(1);
	try_all("main stays root");
	sc_post(2);
	sc_join(tid);
	sc_wait(sc_fork("capless", without_capabilities, NULL));
}
