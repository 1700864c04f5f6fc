/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Limits that CAP_SYS_RESOURCE lifts are lifted by it in the initial user namespace alone
 * (capable()): not for root of a child one. *_next_id and the sysctls are the namespace owner's.
 */
#include "as_util.h"
#include "sysctl_util.h"

static void limits(const char *label)
{
	struct mq_attr many = {.mq_maxmsg = 11, .mq_msgsize = 8};
	struct mq_attr large = {.mq_maxmsg = 1, .mq_msgsize = 8193};
	struct msqid_ds ds;
	long id = MUST(raw_msgget(IPC_PRIVATE, 0600));

	sc_say("%s", label);
	MUST(raw_msgctl(id, IPC_STAT, &ds));
	ds.msg_qbytes = 16385;
	CALL(raw_msgctl(id, IPC_SET, &ds));
	ds.msg_qbytes = 16384;
	CALL(raw_msgctl(id, IPC_SET, &ds));
	MUST(raw_msgctl(id, IPC_RMID, NULL));
	CALL_OK(raw_mq_open("many", O_CREAT | O_RDWR, 0600, &many));
	CALL_OK(raw_mq_open("large", O_CREAT | O_RDWR, 0600, &large));
	CALL_OK(raw_mq_open("one", O_CREAT | O_RDWR, 0600, NULL));
	CALL_OK(sysctl_open("kernel/msgmax", O_WRONLY));
	CALL_OK(sysctl_open("kernel/msg_next_id", O_WRONLY));
	CALL_OK(sysctl_open("kernel/sem_next_id", O_RDWR));
	CALL_OK(sysctl_open("fs/mqueue/queues_max", O_WRONLY));
}

static void in_child(void *arg)
{
	mq_own_purse();
	as_enter(arg, "0 0 65536");
	limits("in a child user namespace");
}

static void poor(void *arg)
{
	(void)arg;
	mq_own_purse();
	mq_drop_sys_resource();
	limits("without CAP_SYS_RESOURCE");
}

static void full(void *arg)
{
	mq_own_purse();
	sysctl_set("fs/mqueue/queues_max", "1");
	as_enter(arg, "0 0 65536");
	CALL_OK(raw_mq_open("first", O_CREAT | O_RDWR, 0600, NULL));
	CALL_OK(raw_mq_open("second", O_CREAT | O_RDWR, 0600, NULL));
}

void scenario(void)
{
	static char map[] = "0 0 65536\n100000 100000 10000000";

	as_user_namespaces_or_skip();
	sc_wait(sc_fork("poor", poor, NULL));
	MUST(raw_mq_unlink("one"));
	sc_wait(sc_fork("child", in_child, map));
	MUST(raw_mq_unlink("one"));
	sc_wait(sc_fork("full", full, map));
}
