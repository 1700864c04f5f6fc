/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A queue outlives its name as long as it is open, with its messages, waiters and registration; the
 * name is free at once for another queue, which has nothing to do with it; without unlink a queue
 * and its messages stay when nobody has it open.
 */
#include "mq_common.h"

static mqd_t old;

static void receiver(void *arg)
{
	(void)arg;
	mq_take("receive", old);
}

void scenario(void)
{
	mqd_t fresh;
	mqd_t third;
	struct stat st;
	pid_t pid;

	old = mq_make("/q", O_RDWR | O_NONBLOCK, 3, 8);
	mq_put("send", old, "kept", 7);
	mq_close(old);
	old = mq_reopen("/q", O_RDWR | O_NONBLOCK);
	mq_show("opened again", old);
	MUST(fstat(old, &st));
	sc_say("nlink %d", (int)st.st_nlink);

	CALL(mq_unlink("/q"));
	CALL(mq_unlink("/q"));
	CALL(mq_open("/q", O_RDWR));
	CALL(access(MQ_DIR "/q", F_OK));
	MUST(fstat(old, &st));
	sc_say("nlink %d size %ld mode %o", (int)st.st_nlink, (long)st.st_size, st.st_mode);
	mq_put("send to the old", old, "old", 1);
	mq_show("old", old);

	fresh = mq_make("/q", O_RDWR | O_NONBLOCK | O_EXCL, 2, 4);
	mq_show("fresh", fresh);
	mq_take("receive from the fresh", fresh);
	mq_put("send to the fresh", fresh, "new", 2);
	mq_take("receive from the old", old);
	mq_take("receive from the old", old);
	mq_take("receive from the old", old);
	mq_hold_signal(SIGUSR1);
	mq_want_signal("register on the old", old, SIGUSR1, 1);
	CALL(mq_notify(fresh, NULL));
	mq_status("old", old);
	mq_status("fresh", fresh);
	mq_put("send to the old", old, "sig", 0);
	mq_got_signal("from the old", SIGUSR1, 0);
	mq_take("receive from the old", old);

	CALL(mq_unlink("/q"));
	third = mq_make("/q", O_RDWR | O_NONBLOCK | O_EXCL, 1, 1);
	mq_put("send to the third", third, "3", 0);
	mq_show("old", old);
	mq_show("fresh", fresh);
	mq_show("third", third);

	/* A waiter holds it as well. */
	MUST(fcntl(old, F_SETFL, 0));
	pid = sc_fork("receiver", receiver, NULL);
	sc_wait_parked(pid);
	mq_close(old);
	sc_still_parked(pid);
	sc_kill(pid, SIGTERM);
	sc_wait(pid);
	CALL(mq_unlink("/q"));
}
