/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * User ids told to a reader in another user namespace: as that namespace maps them, 65534 where it
 * does not; in results, in listings and for the file of a queue.
 */
#include <sys/msg.h>

#include "mq_common.h"
#include "sem_util.h"

static long msqid, semid;

static void look(const char *when)
{
	struct msqid_ds msg;
	struct semid_ds sem;
	char line[256] = "";
	unsigned int uid = 0;
	struct stat st;
	FILE *f;

	MUST(syscall(SYS_msgctl, msqid, IPC_STAT, &msg));
	MUST(raw_semctl(semid, 0, IPC_STAT, &sem));
	MUST(stat(MQ_DIR "/q", &st));
	f = fopen("/proc/sysvipc/msg", "re");
	if (!f || !fgets(line, sizeof(line), f) || !fgets(line, sizeof(line), f) ||
	    sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %u", &uid) != 1)
		sc_fail("/proc/sysvipc/msg: '%s'", line);
	fclose(f);
	sc_say("%s: msg %d sem %d listed %u file %d", when, (int)msg.msg_perm.uid,
	       (int)sem.sem_perm.uid, uid, (int)st.st_uid);
}

static void inside(void *arg)
{
	int map;

	(void)arg;
	MUST(unshare(CLONE_NEWUSER));
	look("unmapped");
	map = (int)MUST(open("/proc/self/uid_map", O_WRONLY));
	MUST(write(map, "7 0 1", 5));
	look("mapped");
}

static bool user_namespaces(void)
{
	pid_t pid = (pid_t)MUST(fork());
	int status;

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
	MUST(waitpid(pid, &status, 0));
	return status == 0;
}

void scenario(void)
{
	if (!user_namespaces())
		sc_skip("no user namespaces here");
	msqid = MUST(syscall(SYS_msgget, IPC_PRIVATE, 0666));
	semid = MUST(raw_semget(IPC_PRIVATE, 1, 0666));
	mq_make("/q", O_RDWR, 2, 8);
	look("outside");
	sc_wait(sc_fork("inside", inside, NULL));
}
