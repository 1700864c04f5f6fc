/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shmget(2) of an existing segment asks for the permissions in the flags: EACCES if owner, group or
 * others' bits do not grant them; mode 0 asks for nothing. A capable caller passes.
 */
#include "shm_common.h"

#define OWNER 42001
#define GROUP 42002

static const int modes[] = {0600, 0640, 0604, 0420, 0000, 0666};

static void ask(void)
{
	static const int wanted[] = {0, 0400, 0200, 0600, 0444, 0222, 0666, 0060};

	for (int i = 0; i < 6; i++) {
		char line[256];
		int len = snprintf(line, sizeof(line), "mode %04o:", modes[i]);

		for (int j = 0; j < 8; j++) {
			int id = shmget(100 + i, 0, wanted[j]);

			len += snprintf(line + len, sizeof(line) - (size_t)len, " %04o %s",
					wanted[j], id == -1 ? sc_errname(errno) : "ok");
		}
		sc_say("%s", line);
	}
}

static void as(void *arg)
{
	uid_t *who = arg;

	MUST(syscall(SYS_setgroups, 0, NULL));
	MUST(setresgid(who[1], who[1], who[1]));
	MUST(setresuid(who[0], who[0], who[0]));
	ask();
	CALL(shmget(100, 0, IPC_CREAT | IPC_EXCL | 0600));
	CALL(shmget(100, 999999, 0600));
}

static void supplementary(void *arg)
{
	gid_t groups[] = {1, GROUP};

	(void)arg;
	MUST(syscall(SYS_setgroups, 2, groups));
	MUST(setresgid(5, 5, 5));
	MUST(setresuid(OWNER + 7, OWNER + 7, OWNER + 7));
	ask();
}

static void effective(void *arg)
{
	(void)arg;
	MUST(setresgid(-1, SC_NOBODY, -1));
	MUST(setresuid(-1, SC_NOBODY, -1));
	CALL_OK(shmget(100, 0, 0400));
	CALL(shmget(500, 10, IPC_CREAT | 0600));
	shm_show("made by an effective user", shmget(500, 0, 0));
}

void scenario(void)
{
	uid_t owner[] = {OWNER, OWNER};
	uid_t group[] = {OWNER + 1, GROUP};
	uid_t other[] = {SC_NOBODY, SC_NOBODY};

	for (int i = 0; i < 6; i++) {
		struct shmid_ds ds = {0};
		int id = (int)MUST(shmget(100 + i, 100, IPC_CREAT | modes[i]));

		ds.shm_perm.uid = OWNER;
		ds.shm_perm.gid = GROUP;
		ds.shm_perm.mode = (unsigned short)modes[i];
		MUST(shmctl(id, IPC_SET, &ds));
	}
	ask();
	sc_wait(sc_fork("owner", as, owner));
	sc_wait(sc_fork("group", as, group));
	sc_wait(sc_fork("other", as, other));
	sc_wait(sc_fork("supplementary", supplementary, NULL));
	sc_wait(sc_fork("effective", effective, NULL));
}
