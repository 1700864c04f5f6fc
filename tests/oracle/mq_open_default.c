/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A queue made without attributes, by mq_open() or as a file by open(2), creat(2) or touch(1), has
 * the namespace's defaults; what is made as a file is a whole queue.
 */
#include "mq_common.h"

static void touch(void *arg)
{
	(void)arg;
	execl("/usr/bin/touch", "touch", MQ_DIR "/touched", NULL);
	_exit(9);
}

static void makes(void *arg)
{
	uid_t user = *(uid_t *)arg;
	mqd_t q;
	int fd;

	mq_become(user, user);
	umask(022);
	errno = 0;
	q = (mqd_t)sc_result_ok("mq_open without attributes",
				mq_open("/plain", O_RDWR | O_CREAT, 0666, NULL));
	mq_show("plain", q);
	mq_close(q);
	MUST(mq_unlink("/plain"));

	CALL_OK(fd = open(MQ_DIR "/file", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
	CALL(open(MQ_DIR "/file", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
	q = mq_reopen("/file", O_RDWR);
	mq_show("made by open(2)", q);
	mq_put("send", q, "through a file", 3);
	/* The file's own descriptor is one for messages, too. */
	mq_take("receive by the descriptor of open(2)", fd);
	mq_close(q);
	close(fd);
	MUST(mq_unlink("/file"));

	sc_wait(sc_fork("touch", touch, NULL));
	q = mq_reopen("/touched", O_RDWR);
	mq_show("made by touch", q);
	mq_put("send", q, "touched", 0);
	mq_take("receive", q);
	mq_close(q);
	MUST(mq_unlink("/touched"));

	CALL_OK(fd = creat(MQ_DIR "/created", 0600));
	mq_show("made by creat(2)", fd);
	CALL(mq_send(fd, "x", 1, 0));
	close(fd);
	CALL(unlink(MQ_DIR "/created"));
}

void scenario(void)
{
	/*
	 * A user of this run's own: queues of the default size cost so much of RLIMIT_MSGQUEUE that
	 * runs at the same time would meet it.
	 */
	uid_t user = mq_own_user(460000, 40000);

	sc_wait(sc_fork("user", makes, &user));
}
