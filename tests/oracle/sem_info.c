/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPC_INFO, SEM_INFO, SEM_STAT and SEM_STAT_ANY: limits, totals, and walking the table by index.
 */
#include "sem_util.h"

static void say_info(int cmd)
{
	struct seminfo info;
	char label[24];

	memset(&info, 0, sizeof(info));
	snprintf(label, sizeof(label), "semctl(%s)", cmd == IPC_INFO ? "IPC_INFO" : "SEM_INFO");
	CALL_Q(label, raw_semctl(0, 0, cmd, &info));
	sc_say("map %d mni %d mns %d mnu %d msl %d opm %d ume %d usz %d vmx %d aem %d", info.semmap,
	       info.semmni, info.semmns, info.semmnu, info.semmsl, info.semopm, info.semume,
	       info.semusz, info.semvmx, info.semaem);
}

static void walk(int cmd)
{
	struct semid_ds ds;

	for (int index = 0; index < 6; index++) {
		char label[24];

		memset(&ds, 0, sizeof(ds));
		snprintf(label, sizeof(label), "%s(%d)",
			 cmd == SEM_STAT ? "SEM_STAT" : "SEM_STAT_ANY", index);
		if (CALL_Q(label, raw_semctl(index, 0, cmd, &ds)) >= 0)
			say_set_ds(label, &ds);
	}
}

static void nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	say_info(SEM_INFO);
	walk(SEM_STAT);
	walk(SEM_STAT_ANY);
}

void scenario(void)
{
	long ids[5];

	say_info(IPC_INFO);
	say_info(SEM_INFO);
	for (int i = 0; i < 5; i++)
		ids[i] = CALL(raw_semget(20 + i, i + 1, IPC_CREAT | (i & 1 ? 0644 : 0600)));
	say_info(IPC_INFO);
	say_info(SEM_INFO);
	CALL(op(ids[2], 0, 1, 0));
	CALL(raw_semctl(ids[1], 0, IPC_RMID, NULL));
	CALL(raw_semctl(ids[4], 0, IPC_RMID, NULL));
	say_info(IPC_INFO);
	say_info(SEM_INFO);
	walk(SEM_STAT);
	sc_wait(sc_fork("nobody", nobody, NULL));
}
