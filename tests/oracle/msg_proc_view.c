/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /proc/sysvipc/msg: the header byte for byte, and each queue's line with pids as roles and times as
 * relations. Spaces are kept, since old tools read columns.
 */
#include "msg_util.h"

static void show(const char *label)
{
	FILE *file = fopen("/proc/sysvipc/msg", "re");
	char line[512];

	sc_say("%s", label);
	if (!file) {
		sc_say("fopen: %s", sc_errname(errno));
		return;
	}
	while (fgets(line, sizeof(line), file)) {
		int key, id, uid, gid, cuid, cgid, lspid, lrpid;
		unsigned int perms;
		unsigned long cbytes, qnum, stime, rtime, ctime;
		size_t len = strcspn(line, "\n");

		line[len] = 0;
		if (sscanf(line, "%d %d %o %lu %lu %d %d %d %d %d %d %lu %lu %lu", &key, &id,
			   &perms, &cbytes, &qnum, &lspid, &lrpid, &uid, &gid, &cuid, &cgid, &stime,
			   &rtime, &ctime) != 14) {
			sc_say("[%s]", line);
			continue;
		}
		/* The first five columns have no run-dependent content. */
		sc_say("[%.*s] %d %d %o", 10 + 1 + 10 + 2 + 4 + 2 + 10 + 1 + 10, line, key, id,
		       perms);
		sc_say("cbytes %lu qnum %lu lspid %s lrpid %s ids %d %d %d %d", cbytes, qnum,
		       sc_role(lspid), sc_role(lrpid), uid, gid, cuid, cgid);
		sc_say("stime %s rtime %s ctime %s", sc_when((time_t)stime), sc_when((time_t)rtime),
		       sc_when((time_t)ctime));
	}
	fclose(file);
}

static void sender(void *arg)
{
	long id = *(long *)arg;

	CALL(send_text(id, 2, "from a child", 0));
}

static void nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	CALL(raw_msgget(0x7777, IPC_CREAT | 0620));
	show("as nobody");
}

void scenario(void)
{
	long ids[3];
	struct stat st;
	pid_t child;

	show("empty");
	ids[0] = MUST(raw_msgget(1, IPC_CREAT | 0600));
	ids[1] = MUST(raw_msgget(-2, IPC_CREAT | 0644));
	ids[2] = MUST(raw_msgget(IPC_PRIVATE, 0));
	child = sc_fork("sender", sender, &ids[1]);
	sc_wait(child);
	show("three");
	recv_say(ids[1], 100, 0, 0);
	MUST(raw_msgctl(ids[0], IPC_RMID, NULL));
	sc_wait(sc_fork("nobody", nobody, NULL));
	show("three again");
	if (CALL(stat("/proc/sysvipc/msg", &st)) == 0)
		sc_say("mode %#o uid %u gid %u size %ld", st.st_mode, st.st_uid, st.st_gid,
		       (long)st.st_size);
}
