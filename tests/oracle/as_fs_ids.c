/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of the ids decides, changed between calls: of System V objects the effective user and, for
 * groups, the file system one (ipcperms(), in_group_p()); of queues the file system's, as they are
 * files. Creators are the effective ids, of queues the file system's.
 */
#include <sys/fsuid.h>

#include "as_util.h"

#define USER 5000
#define GROUP 6000

static struct as_set mine, ours;

static void look(const char *label)
{
	struct msqid_ds msg;
	struct stat st;
	long id, fd;

	as_try(label, &mine);
	as_try(label, &ours);
	id = MUST(raw_msgget(IPC_PRIVATE, 0777));
	MUST(raw_msgctl(id, IPC_STAT, &msg));
	sc_say("%s: makes %d:%d by %d:%d", label, (int)msg.msg_perm.uid, (int)msg.msg_perm.gid,
	       (int)msg.msg_perm.cuid, (int)msg.msg_perm.cgid);
	CALL(raw_msgctl(id, IPC_RMID, NULL));
	fd = CALL_OK(raw_mq_open("made", O_CREAT | O_RDWR, 0666, NULL));
	if (fd < 0)
		return;
	MUST(fstat((int)fd, &st));
	sc_say("%s: makes a queue of %d:%d", label, (int)st.st_uid, (int)st.st_gid);
	close((int)fd);
	CALL(raw_mq_unlink("made"));
}

/* All changes of one thread, so by the bare calls; the capabilities go with the first of them. */
static void changes(void *arg)
{
	(void)arg;
	mq_own_purse();
	MUST(setgroups(0, NULL));
	MUST(syscall(SYS_setresgid, 1, 2, 3));
	MUST(syscall(SYS_setresuid, 1, 2, 0));
	look("others");
	MUST(syscall(SYS_setresuid, -1, 0, -1));
	MUST(syscall(SYS_setresuid, USER, 2, 0));
	look("the real user");
	MUST(syscall(SYS_setresuid, -1, 0, -1));
	MUST(syscall(SYS_setresuid, 1, USER, 0));
	look("the effective user");
	MUST(syscall(SYS_setresuid, -1, 0, -1));
	MUST(syscall(SYS_setresgid, GROUP, -1, -1));
	MUST(syscall(SYS_setresuid, -1, 2, -1));
	look("the real group");
	MUST(syscall(SYS_setresuid, -1, 0, -1));
	MUST(syscall(SYS_setresgid, -1, GROUP, -1));
	MUST(syscall(SYS_setresuid, -1, 2, -1));
	look("the effective group");
	MUST(syscall(SYS_setresuid, -1, 0, -1));
	MUST(syscall(SYS_setresgid, -1, 2, -1));
	MUST(setfsgid(GROUP));
	MUST(syscall(SYS_setresuid, -1, 2, -1));
	look("the file system's group");
	MUST(syscall(SYS_setresuid, -1, 0, -1));
	MUST(syscall(SYS_setresgid, -1, 2, -1));
	MUST(syscall(SYS_setresuid, -1, 2, -1));
	look("others again");
}

static void fs_user(void *arg)
{
	(void)arg;
	mq_own_purse();
	MUST(setgroups(0, NULL));
	MUST(syscall(SYS_setresgid, 2, 2, 2));
	/* The capabilities that override modes go with an fs uid that is not root's, the others stay. */
	MUST(setfsuid(USER));
	look("the file system's user");
	MUST(setfsuid(2));
	look("another");
	MUST(setfsuid(0));
	look("root's");
}

void scenario(void)
{
	umask(0);
	mine = as_make(0x20, USER, 1000, 0600);
	ours = as_make(0x21, 1000, GROUP, 0660);
	sc_wait(sc_fork("changes", changes, NULL));
	sc_wait(sc_fork("fs", fs_user, NULL));
}
