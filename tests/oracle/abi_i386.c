/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * i386's calls and the program's own meet in one table of objects: what int 0x80 makes, the other
 * door finds. And what ipc(2) does not know, nobody answers.
 */
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "i386.h"
#include "mq_common.h"

#define KEY 0x4f2

static void same(const char *label, long foreign, long own)
{
	sc_say("%s: %s", label,
	       foreign < 0	? sc_errname((int)-foreign)
	       : foreign == own ? "same"
				: "other");
}

static void unknown(const char *label, long op)
{
	long r = i386_ipc(op, 0, 0, 0600, NULL, 0);

	sc_say("%s: %s", label, r < 0 ? sc_errname((int)-r) : "ok");
}

static void queues(char *mem)
{
	struct mq_attr attr;
	int32_t *geometry = (int32_t *)(void *)(mem + 64);

	strcpy(mem, "abi");
	geometry[1] = 3;
	geometry[2] = 16;
	long fd = i386_call(I386_MQ_OPEN, ADDRESS(mem), O_RDWR | O_CREAT | O_NONBLOCK, 0600,
			    ADDRESS(geometry), 0, 0);

	sc_say("mq_open: %s", fd < 0 ? sc_errname((int)-fd) : "ok");
	if (fd < 0)
		return;
	CALL(mq_getattr((mqd_t)fd, &attr));
	sc_say("maxmsg %ld msgsize %ld", attr.mq_maxmsg, attr.mq_msgsize);
	mq_put("mq_send", (mqd_t)fd, "by the own door", 4);
	i386_say("mq_timedreceive", i386_call(I386_MQ_TIMEDRECEIVE, fd, ADDRESS(mem + 128), 16,
					      ADDRESS(mem + 32), 0, 0));
	sc_say("'%.15s' prio %d", mem + 128, *(int32_t *)(void *)(mem + 32));
	i386_say("mq_unlink", i386_call(I386_MQ_UNLINK, ADDRESS(mem), 0, 0, 0, 0, 0));
	CALL(raw_mq_unlink("abi"));
}

void scenario(void)
{
	char *mem;

	i386_or_skip();
	mem = i386_memory(1);

	long q = i386_ipc(OP_MSGGET, KEY, IPC_CREAT | 0600, 0, NULL, 0);

	same("msgget after ipc(MSGGET)", q, msgget(KEY, 0));
	same("split msgget", i386_call(I386_MSGGET, KEY, 0, 0, 0, 0, 0), q);

	long set = i386_call(I386_SEMGET, KEY, 2, IPC_CREAT | 0600, 0, 0, 0);

	same("semget after split semget", set, semget(KEY, 0, 0));
	same("ipc(SEMGET)", i386_ipc(OP_SEMGET, KEY, 0, 0, NULL, 0), set);

	long seg = i386_call(I386_SHMGET, KEY, 4096, IPC_CREAT | 0600, 0, 0, 0);

	same("shmget after split shmget", seg, shmget(KEY, 0, 0));
	same("ipc(SHMGET)", i386_ipc(OP_SHMGET, KEY, 0, 0, NULL, 0), seg);
	queues(mem);

	for (long op = 0; op <= 30; op++) {
		static const char *const known =
			"\1\2\3\4\13\14\15\16\25\26\27\30"; /* SEMOP … SHMCTL */
		char label[32];

		if (op && strchr(known, (int)op))
			continue;
		snprintf(label, sizeof(label), "ipc(%ld)", op);
		unknown(label, op);
	}
	unknown("ipc(65535)", 0xffff);
	unknown("ipc(version 1, 0)", VERSION(1));
	unknown("ipc(version 65535, 40)", VERSION(0xffff) | 40);
	same("ipc(version 7, MSGGET)", i386_ipc(VERSION(7) | OP_MSGGET, KEY, 0, 0, NULL, 0), q);
	CALL(msgctl((int)q, IPC_RMID, NULL));
	CALL(semctl((int)set, 0, IPC_RMID));
	CALL(shmctl((int)seg, IPC_RMID, NULL));
}
