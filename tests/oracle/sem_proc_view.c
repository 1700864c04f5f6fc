/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /proc/sysvipc/sem: the header byte for byte, each set's line with times as relations.
 */
#include "sem_util.h"

static void show(const char *label)
{
	FILE *file = fopen("/proc/sysvipc/sem", "re");
	char line[512];

	sc_say("%s", label);
	if (!file) {
		sc_say("fopen: %s", sc_errname(errno));
		return;
	}
	while (fgets(line, sizeof(line), file)) {
		unsigned long otime, ctime;
		int times_at = -1;

		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "%*d %*d %*o %*u %*u %*u %*u %*u%n %lu %lu", &times_at, &otime,
			   &ctime) != 2) {
			sc_say("[%s]", line);
			continue;
		}
		/* Up to the times a line has no run-dependent content; then two fixed columns. */
		sc_say("[%.*s] otime %s ctime %s, %zu bytes", times_at, line,
		       sc_when((time_t)otime), sc_when((time_t)ctime), strlen(line));
	}
	fclose(file);
}

static void nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	CALL(raw_semget(0x7777, 1, IPC_CREAT | 0620));
	show("as nobody");
}

void scenario(void)
{
	long ids[3];
	struct stat st;

	show("empty");
	ids[0] = MUST(raw_semget(1, 1, IPC_CREAT | 0600));
	ids[1] = MUST(raw_semget(-2, 250, IPC_CREAT | 0644));
	ids[2] = MUST(raw_semget(IPC_PRIVATE, 3, 0));
	show("three");
	CALL(op(ids[1], 249, 1, 0));
	MUST(raw_semctl(ids[0], 0, IPC_RMID, NULL));
	sc_wait(sc_fork("nobody", nobody, NULL));
	show("three again");
	if (CALL(stat("/proc/sysvipc/sem", &st)) == 0)
		sc_say("mode %#o uid %u gid %u size %ld", st.st_mode, st.st_uid, st.st_gid,
		       (long)st.st_size);
}
