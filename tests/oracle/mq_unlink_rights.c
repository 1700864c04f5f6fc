/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may unlink: the directory is sticky and writable for all, so a queue's owner (whatever the
 * queue's mode), the directory's owner and a capable caller. The kernel says EPERM, the C library's
 * mq_unlink() makes EACCES of it. chmod(2) and chown(2) are the owner's, too.
 */
#include "mq_common.h"

#define OWNER 41001

static void owner(void *arg)
{
	(void)arg;
	mq_become(OWNER, OWNER);
	mq_close(mq_make("/mine", O_RDWR, 1, 1));
	mq_close(mq_make("/mine2", O_RDWR, 1, 1));
	mq_close(mq_make("/mine3", O_RDWR, 1, 1));
	CALL(chmod(MQ_DIR "/mine", 0));
	CALL(mq_unlink("/mine"));
	CALL(chown(MQ_DIR "/mine2", OWNER + 1, -1));
	CALL(chown(MQ_DIR "/mine2", OWNER, OWNER));
}

static void other(void *arg)
{
	(void)arg;
	sc_become_nobody();
	CALL(mq_unlink("/mine2"));
	CALL(raw_mq_unlink("mine2"));
	CALL(unlink(MQ_DIR "/mine2"));
	CALL(remove(MQ_DIR "/roots"));
	CALL(mq_unlink("/roots"));
	CALL(raw_mq_unlink("missing"));
	CALL(unlink(MQ_DIR "/missing"));
	CALL(chmod(MQ_DIR "/roots", 0600));
	CALL(chown(MQ_DIR "/roots", SC_NOBODY, SC_NOBODY));
	CALL(chmod(MQ_DIR, 0777));
	CALL_OK(mq_open("/roots", O_RDWR));
	CALL_OK(open(MQ_DIR "/roots", O_RDWR));
	/* O_CREAT in a sticky directory: fs.protected_regular may refuse what plain open allows. */
	CALL_OK(open(MQ_DIR "/roots", O_RDWR | O_CREAT, 0600));
	CALL_OK(mq_open("/roots", O_RDWR | O_CREAT, 0600, NULL));
}

static void new_owner(void *arg)
{
	(void)arg;
	mq_become(OWNER + 1, OWNER + 1);
	CALL(chmod(MQ_DIR "/mine3", 0640));
	CALL(raw_mq_unlink("mine3"));
}

void scenario(void)
{
	umask(0);
	mq_make("/roots", O_RDWR, 1, 1);
	sc_wait(sc_fork("owner", owner, NULL));
	sc_wait(sc_fork("other", other, NULL));
	CALL(chown(MQ_DIR "/mine3", OWNER + 1, OWNER));
	sc_wait(sc_fork("new-owner", new_owner, NULL));
	CALL(unlink(MQ_DIR "/mine2"));
	CALL(mq_unlink("/roots"));
	CALL_OK(open(MQ_DIR "/roots", O_RDONLY));
}
