/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the mqueue directory refuses: it has only lookup, create and unlink (ipc/mqueue.c
 * mqueue_dir_inode_operations), so directories, links, renames and device nodes fail as the VFS
 * says for a file system without the operation.
 */
#include <sys/sysmacros.h>

#include "mq_common.h"

static void make_regular(void *arg)
{
	(void)arg;
	mq_own_purse();
	CALL(mknod(MQ_DIR "/s", S_IFREG | 0600, 0));
	MUST(unlink(MQ_DIR "/s"));
}

void scenario(void)
{
	char template[] = "/tmp/oracle-mq-XXXXXX";
	char path[64];
	int fd;

	mq_make("/q", O_RDWR, 1, 1);
	mq_make("/r", O_RDWR, 1, 1);
	CALL(mkdir(MQ_DIR "/d", 0755));
	CALL(mkdir(MQ_DIR "/q", 0755));
	CALL(rmdir(MQ_DIR "/q"));
	CALL(rmdir(MQ_DIR "/missing"));
	CALL(rename(MQ_DIR "/q", MQ_DIR "/s"));
	CALL(rename(MQ_DIR "/q", MQ_DIR "/r"));
	CALL(rename(MQ_DIR "/q", MQ_DIR "/q"));
	CALL(rename(MQ_DIR "/missing", MQ_DIR "/s"));
	CALL(link(MQ_DIR "/q", MQ_DIR "/s"));
	CALL(link(MQ_DIR "/q", MQ_DIR "/r"));
	CALL(link(MQ_DIR "/missing", MQ_DIR "/s"));
	CALL(symlink("q", MQ_DIR "/s"));
	CALL(symlink("q", MQ_DIR "/r"));
	CALL(readlink(MQ_DIR "/q", path, sizeof(path)));
	sc_wait(sc_fork("allowed", make_regular, NULL));
	CALL(mknod(MQ_DIR "/s", S_IFIFO | 0600, 0));
	CALL(mknod(MQ_DIR "/s", S_IFSOCK | 0600, 0));
	CALL(mknod(MQ_DIR "/s", S_IFCHR | 0600, makedev(1, 3)));
	CALL(mknod(MQ_DIR "/q", S_IFIFO | 0600, 0));
	CALL(unlink(MQ_DIR));
	CALL(open(MQ_DIR "/q/x", O_RDONLY));
	CALL(open(MQ_DIR "/d/x", O_RDWR | O_CREAT, 0600));
	CALL(open(MQ_DIR, O_RDWR));
	CALL(open(MQ_DIR "/q", O_RDONLY | O_DIRECTORY));
	CALL(open(MQ_DIR, O_TMPFILE | O_RDWR, 0600));
	CALL(truncate(MQ_DIR, 0));

	fd = mkstemp(template);
	MUST(fd);
	close(fd);
	snprintf(path, sizeof(path), "%s", template);
	CALL_Q("rename into the directory", rename(path, MQ_DIR "/s"));
	CALL_Q("rename out of it", rename(MQ_DIR "/q", path));
	CALL_Q("link into it", link(path, MQ_DIR "/s"));
	MUST(unlink(path));
	CALL(access(MQ_DIR "/s", F_OK));
	CALL(access(MQ_DIR "/q", R_OK | W_OK));
	CALL(access(MQ_DIR "/q", X_OK));
}
