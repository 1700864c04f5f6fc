/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mq_open(3) returns the lowest free descriptor, close-on-exec, and takes it before it looks at the
 * name: at the limit of open files it fails with EMFILE and creates nothing.
 */
#include <sys/resource.h>

#include "mq_common.h"

static void at_limit(void *arg)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 1};
	struct rlimit limit;
	int first = *(int *)arg;

	MUST(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = (rlim_t)first + 1;
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	CALL(raw_mq_open("a", O_RDWR | O_CREAT, 0600, &attr) - first);
	CALL(raw_mq_open("b", O_RDWR | O_CREAT, 0600, &attr));
	CALL(raw_mq_open("b/c", O_RDWR, 0600, NULL));
	CALL(raw_mq_open("missing", O_RDWR, 0600, NULL));
	CALL(raw_mq_open(NULL, O_RDWR, 0600, NULL));
	CALL(access(MQ_DIR "/a", F_OK));
	CALL(access(MQ_DIR "/b", F_OK));
	close(first);
	CALL(raw_mq_open("a", O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
	CALL(raw_mq_open("a", O_RDWR, 0600, NULL) - first);
}

void scenario(void)
{
	int first = (int)MUST(open("/dev/null", O_RDONLY));
	int second = (int)MUST(open("/dev/null", O_RDONLY));
	int third = (int)MUST(open("/dev/null", O_RDONLY));
	mqd_t q;

	q = mq_make("/q", O_RDWR, 1, 1);
	sc_say("after three files: %s", q == third + 1 ? "the next number" : "another number");
	sc_say("FD_CLOEXEC %d", fcntl(q, F_GETFD));
	close(second);
	sc_say("with a hole: %s",
	       mq_reopen("/q", O_RDWR) == second ? "the hole" : "another number");
	CALL(dup2(q, third) - third);
	sc_say("after dup2 FD_CLOEXEC %d", fcntl(third, F_GETFD));
	mq_show("dup2", third);
	close(first);
	sc_wait(sc_fork("limited", at_limit, &first));
}
