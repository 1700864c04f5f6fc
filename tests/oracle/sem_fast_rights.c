/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each operation is allowed or not by who the caller is at that moment, and whose the set is at that
 * moment, however often it was allowed before.
 */
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "sem_util.h"

#define MANY 20

static void warm(long id)
{
	for (int i = 0; i < MANY; i++) {
		(void)op(id, 0, 1, IPC_NOWAIT);
		(void)op(id, 0, -1, IPC_NOWAIT);
	}
}

static void try_it(const char *who, long id)
{
	sc_say("%s", who);
	CALL(op(id, 0, 1, IPC_NOWAIT));
	CALL(op(id, 0, -1, IPC_NOWAIT));
	CALL(op(id, 0, 0, IPC_NOWAIT));
}

static void users(void *arg)
{
	const long id = *(const long *)arg;

	warm(id);
	MUST(seteuid(SC_NOBODY));
	try_it("nobody, for now", id);
	warm(id);
	MUST(seteuid(0));
	try_it("root again", id);
	warm(id);
	MUST(setresuid(SC_NOBODY, SC_NOBODY, SC_NOBODY));
	try_it("nobody", id);
}

static void groups(void *arg)
{
	const long id = *(const long *)arg;
	gid_t gid = 4321;

	MUST(setgroups(1, &gid));
	MUST(setresuid(-1, 1000, -1));
	warm(id);
	try_it("in the group", id);
	MUST(seteuid(0));
	MUST(setgroups(0, NULL));
	MUST(seteuid(1000));
	try_it("not in the group", id);
	MUST(seteuid(0));
	MUST(setegid(gid));
	MUST(seteuid(1000));
	warm(id);
	try_it("its own group", id);
}

static void capabilities(void *arg)
{
	const long id = *(const long *)arg;
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};

	warm(id);
	try_it("root, of nobody's set", id);
	MUST(syscall(SYS_capset, &head, none));
	try_it("root without capabilities", id);
}

static void denied(void *arg)
{
	const long id = *(const long *)arg;

	warm(id);
	try_it("child", id);
}

static void filtered(void *arg)
{
	const long id = *(const long *)arg;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef __i386__
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ipc, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ipc, 0, 1),
#else
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_semop, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_semtimedop, 0, 1),
#endif
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {sizeof(code) / sizeof(code[0]), code};

	warm(id);
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
	try_it("under a filter", id);
	sc_wait(sc_fork("child", denied, arg));
}

static void many(void *arg)
{
	const long id = *(const long *)arg;

	warm(id);
	sc_post(0);
	sc_await(1);
	try_it("mode 0600", id);
	sc_post(0);
	sc_await(1);
	try_it("mode 0602", id);
	sc_post(0);
	sc_await(1);
	try_it("his own", id);
}

static void as_nobody(void *arg)
{
	sc_become_nobody();
	many(arg);
}

static void own_user(void *arg)
{
	const long id = *(const long *)arg;

	MUST(setresuid(0, 0, 0));
	warm(id);
	try_it("with the set's rights", id);
	if (unshare(CLONE_NEWUSER) < 0) {
		sc_say("no user namespace");
		return;
	}
	try_it("in a user namespace of its own", id);
}

/* Credentials are each thread's own; memory is not. */
static void second(void *arg)
{
	const long id = *(const long *)arg;

#ifdef SYS_setresuid32
	MUST(syscall(SYS_setresuid32, -1, SC_NOBODY, -1));
#else
	MUST(syscall(SYS_setresuid, -1, SC_NOBODY, -1));
#endif
	warm(id);
	try_it("thread", id);
	sc_post(2);
	sc_await(3);
	warm(id);
	try_it("thread", id);
}

static void threads(void *arg)
{
	const long id = *(const long *)arg;
	pid_t tid;

	warm(id);
	tid = sc_thread("second", second, arg);
	sc_await(2);
	warm(id);
	try_it("main", id);
	sc_post(3);
	sc_join(tid);
	warm(id);
	try_it("main", id);
}

static long new_mode(unsigned int mode, int uid, int gid)
{
	long id = MUST(raw_semget(IPC_PRIVATE, 1, mode | IPC_CREAT));
	struct semid_ds ds;

	MUST(raw_semctl(id, 0, IPC_STAT, &ds));
	ds.sem_perm.uid = (uid_t)uid;
	ds.sem_perm.gid = (gid_t)gid;
	MUST(raw_semctl(id, 0, IPC_SET, &ds));
	return id;
}

static void set_owner(long id, int uid)
{
	struct semid_ds ds;

	MUST(raw_semctl(id, 0, IPC_STAT, &ds));
	ds.sem_perm.uid = (uid_t)uid;
	MUST(raw_semctl(id, 0, IPC_SET, &ds));
}

void scenario(void)
{
	long of_root = new_mode(0600, 0, 0), of_group = new_mode(0060, 0, 4321),
	     of_other = new_mode(0600, 1000, 1000), shared = new_mode(0606, 0, 0);
	pid_t pid;

	sc_wait(sc_fork("users", users, &of_root));
	sc_wait(sc_fork("groups", groups, &of_group));
	sc_wait(sc_fork("capabilities", capabilities, &of_other));
	sc_wait(sc_fork("filtered", filtered, &of_root));
	sc_wait(sc_fork("own_user", own_user, &of_other));
	sc_wait(sc_fork("threads", threads, &of_root));

	warm(shared);
	pid = sc_fork("nobody", as_nobody, &shared);
	sc_await(0);
	warm(shared);
	MUST(sem_set_mode(shared, 0600));
	sc_post(1);
	sc_await(0);
	warm(shared);
	MUST(sem_set_mode(shared, 0602));
	sc_post(1);
	sc_await(0);
	set_owner(shared, SC_NOBODY);
	sc_post(1);
	sc_wait(pid);
	try_it("main", shared);
	say_values("in the end", shared, 1);
}
