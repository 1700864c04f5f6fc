/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /proc/sysvipc/shm: a heading and one line per segment in the order of the indices, marked ones
 * included, readable by everyone. Pids become roles and times "now" here, columns stay.
 */
#include "shm_common.h"

static void show(const char *label)
{
	char line[512];
	FILE *f = fopen("/proc/sysvipc/shm", "r");

	if (!f) {
		sc_result(label, -1);
		return;
	}
	sc_say("%s", label);
	while (fgets(line, sizeof(line), f)) {
		int key;
		int id;
		unsigned int perms;
		unsigned long size;
		int cpid;
		int lpid;
		unsigned long nattch;
		unsigned int uid[4];
		unsigned long times[3];
		unsigned long rss;
		unsigned long swap;
		char who[32];

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%d %d %o %lu %d %d %lu %u %u %u %u %lu %lu %lu %lu %lu", &key,
			   &id, &perms, &size, &cpid, &lpid, &nattch, &uid[0], &uid[1], &uid[2],
			   &uid[3], &times[0], &times[1], &times[2], &rss, &swap) != 16) {
			sc_say("  %s", line);
			continue;
		}
		snprintf(who, sizeof(who), "%s", sc_role(cpid));
		sc_say("  %d %d %o %lu %s %s %lu %u %u %u %u rss %lu swap %lu, %zu wide", key, id,
		       perms, size, who, sc_role(lpid), nattch, uid[0], uid[1], uid[2], uid[3], rss,
		       swap, strlen(line));
		sc_say("    atime %s", sc_when((time_t)times[0]));
		sc_say("    dtime %s", sc_when((time_t)times[1]));
		sc_say("    ctime %s", sc_when((time_t)times[2]));
	}
	fclose(f);
}

static void nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	shm_make(7, 0600);
	CALLP(shmat(shmget(0x123456, 0, 0444), NULL, SHM_RDONLY));
	show("as nobody");
}

void scenario(void)
{
	int marked;
	char *p;

	show("empty");
	shmget(0x123456, 100000, IPC_CREAT | 0644);
	shmget(-5, 1, IPC_CREAT | 0);
	marked = (int)MUST(shmget(99, 8192, IPC_CREAT | 0600));
	p = shm_map(marked);
	p[0] = 'x';
	show("three");
	MUST(shmctl(marked, IPC_RMID, NULL));
	MUST(shmctl(marked, SHM_LOCK, NULL));
	show("marked and locked");
	sc_wait(sc_fork("nobody", nobody, NULL));
	show("main again");
	CALL(access("/proc/sysvipc/shm", R_OK));
}
