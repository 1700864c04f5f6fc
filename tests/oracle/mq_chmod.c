/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * chmod, fchmod, chown and fchown on queues change who may open them from then on (open descriptors
 * stay good), for mq_open() and open(2) alike; set-id bits go as with any file.
 */
#include "mq_common.h"

static mqd_t q;

static void try_all(void *arg)
{
	(void)arg;
	sc_become_nobody();
	CALL_OK(mq_open("/q", O_RDONLY));
	CALL_OK(mq_open("/q", O_WRONLY));
	CALL_OK(open(MQ_DIR "/q", O_RDWR));
	CALL(access(MQ_DIR "/q", R_OK));
	CALL(access(MQ_DIR "/q", W_OK));
	mq_put("send by the inherited descriptor", q, "x", 0);
	mq_take("receive by the inherited descriptor", q);
}

static void show(const char *label)
{
	struct stat st;

	MUST(stat(MQ_DIR "/q", &st));
	sc_say("%s: mode %o uid %d gid %d", label, st.st_mode, (int)st.st_uid, (int)st.st_gid);
	sc_wait(sc_fork("nobody", try_all, NULL));
}

void scenario(void)
{
	umask(077);
	q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);
	show("0600 of root");
	CALL(chmod(MQ_DIR "/q", 0604));
	show("chmod");
	CALL(fchmod(q, 0602));
	show("fchmod");
	CALL(chmod(MQ_DIR "/q", 0060));
	CALL(chown(MQ_DIR "/q", -1, SC_NOBODY));
	show("chown to the group");
	CALL(fchown(q, SC_NOBODY, 0));
	show("fchown to the owner");
	CALL(chmod(MQ_DIR "/q", 0400));
	show("readable for the owner");
	CALL(chmod(MQ_DIR "/q", 06770));
	CALL(fchownat(AT_FDCWD, MQ_DIR "/q", 0, 0, AT_SYMLINK_NOFOLLOW));
	show("set-id bits after chown");
	CALL(chmod(MQ_DIR "/missing", 0));
	CALL(chown(MQ_DIR "/missing", 0, 0));
}
