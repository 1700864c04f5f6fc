/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may send, receive, look, change and remove: owner, others and root (linux ipc/util.c,
 * ipcperms() and ipcctl_obtain_check()).
 */
#include "msg_util.h"

static void try_all(long id)
{
	struct msqid_ds ds;

	CALL(send_text(id, 1, "x", IPC_NOWAIT));
	recv_say(id, 10, 0, IPC_NOWAIT);
	recv_say(id, 10, 0, IPC_NOWAIT | MSG_COPY);
	memset(&ds, 0, sizeof(ds));
	CALL(raw_msgctl(id, IPC_STAT, &ds));
	CALL(raw_msgctl((int)id & 0x7fff, MSG_STAT, &ds));
	CALL(raw_msgctl((int)id & 0x7fff, MSG_STAT_ANY, &ds));
	CALL(raw_msgctl(id, IPC_SET, &ds));
	CALL(raw_msgctl(id, IPC_SET, sc_bad_page()));
	CALL(raw_msgctl(id, IPC_RMID, NULL));
}

static void nobody(void *arg)
{
	const long *ids = arg;

	sc_become_nobody();
	for (int i = 0; i < 5; i++) {
		sc_say("queue %d", i);
		try_all(ids[i]);
	}
}

static void owner_without_rights(void *arg)
{
	long id;

	(void)arg;
	sc_become_nobody();
	id = CALL(raw_msgget(IPC_PRIVATE, 0077));
	CALL(send_text(id, 1, "x", IPC_NOWAIT));
	recv_say(id, 10, 0, IPC_NOWAIT);
	say_queue("not even stat", id);
	CALL(raw_msgctl(id, IPC_RMID, NULL));
}

void scenario(void)
{
	long ids[5];
	static const int modes[5] = {0600, 0604, 0602, 0606, 0660};

	for (int i = 0; i < 5; i++) {
		ids[i] = MUST(raw_msgget(IPC_PRIVATE, modes[i]));
		MUST(send_text(ids[i], 3, "root's", 0));
	}
	sc_wait(sc_fork("nobody", nobody, ids));
	sc_wait(sc_fork("owner", owner_without_rights, NULL));
	sc_say("root, mode 0");
	try_all(MUST(raw_msgget(IPC_PRIVATE, 0)));
}
