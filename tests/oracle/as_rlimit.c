/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RLIMIT_MSGQUEUE and user namespaces (inc_rlimit_ucounts(), kernel/ucount.c): a user of another user
 * namespace has a purse of its own, and who made that namespace pays, too, out of the limit that it
 * had when it made it. What one of them cannot pay is not made, and nobody has paid.
 */
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "mq_common.h"

#define COST(maxmsg) ((maxmsg) * (96 + 4L))

static uid_t payer;

static void limit_to(rlim_t bytes)
{
	struct rlimit limit;

	MUST(getrlimit(RLIMIT_MSGQUEUE, &limit));
	limit.rlim_cur = bytes;
	MUST(setrlimit(RLIMIT_MSGQUEUE, &limit));
}

static void make(const char *name, long maxmsg)
{
	struct mq_attr attr = {.mq_maxmsg = maxmsg, .mq_msgsize = 4};
	long fd;

	errno = 0;
	fd = sc_result_ok(name, raw_mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0666, &attr));
	if (fd >= 0)
		close((int)fd);
}

static void gone(const char *name)
{
	errno = 0;
	sc_result(name, raw_mq_unlink(name));
}

static void write_to(const char *path, const char *text)
{
	int fd = (int)MUST(open(path, O_WRONLY | O_CLOEXEC));

	MUST(write(fd, text, strlen(text)));
	close(fd);
}

/* As itself: without a map nobody can make another namespace inside. */
static void enter(void)
{
	char map[32];

	MUST(unshare(CLONE_NEWUSER));
	snprintf(map, sizeof(map), "%u %u 1", (unsigned int)payer, (unsigned int)payer);
	write_to("/proc/self/uid_map", map);
	write_to("/proc/self/setgroups", "deny");
	write_to("/proc/self/gid_map", map);
}

static void become_payer(void)
{
	MUST(syscall(SYS_setgroups, 0, NULL));
	MUST(setresgid(payer, payer, payer));
	MUST(setresuid(payer, payer, payer));
	/* Or its own files below /proc would be root's. */
	MUST(prctl(PR_SET_DUMPABLE, 1));
}

static void own_purse(void *arg)
{
	(void)arg;
	become_payer();
	limit_to(COST(10));
	make("outside", 4);
	enter();
	/* Its own is empty, while the maker's has 6 left. */
	limit_to(COST(5));
	make("five", 5);
	make("one more", 1);
	limit_to(COST(10));
	make("sixth", 1);
	make("seventh", 1);
	make("seven", 7);
	gone("five");
	make("five again", 5);
	make("sixth again", 1);
}

static void as_the_maker(void *arg)
{
	(void)arg;
	become_payer();
	limit_to(COST(10));
	make("maker's", 1);
	gone("five again");
	make("maker's", 5);
	gone("sixth");
	gone("maker's");
	make("ten", 10);
	gone("outside");
	make("ten", 10);
	gone("ten");
}

static void deep(void *arg)
{
	(void)arg;
	become_payer();
	limit_to(COST(3));
	enter();
	limit_to(COST(2));
	enter();
	limit_to(COST(9));
	make("four", 4);
	make("three", 3);
	make("two", 2);
	make("three", 1);
	gone("two");
	enter();
	make("one", 1);
	make("two", 1);
	make("three", 1);
	/* By a file call it is the same. */
	CALL_OK(open(MQ_DIR "/file", O_RDWR | O_CREAT, 0600));
}

static void afterwards(void *arg)
{
	(void)arg;
	become_payer();
	gone("one");
	gone("two");
	limit_to(COST(10));
	make("ten", 10);
	gone("ten");
}

static bool user_namespaces(void)
{
	pid_t pid = (pid_t)MUST(fork());
	int status;

	if (pid == 0) {
		become_payer();
		_exit(unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
	}
	MUST(waitpid(pid, &status, 0));
	return status == 0;
}

void scenario(void)
{
	payer = mq_own_user(500000, 100000);
	if (!user_namespaces())
		sc_skip("no user namespaces for users here");
	sc_wait(sc_fork("own", own_purse, NULL));
	sc_wait(sc_fork("maker", as_the_maker, NULL));
	sc_wait(sc_fork("deep", deep, NULL));
	sc_wait(sc_fork("after", afterwards, NULL));
}
