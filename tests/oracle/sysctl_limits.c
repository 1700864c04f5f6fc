/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A limit that is written counts at once, for the next call and for everybody; what has been made
 * stays as it is. Messages, semaphores and queues.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "mq_common.h"
#include "sem_util.h"
#include "sysctl_util.h"

static void infos(void)
{
	struct msginfo m;
	struct seminfo s;

	CALL(syscall(SYS_msgctl, 0, IPC_INFO, &m));
	sc_say("msgmax %d msgmnb %d msgmni %d", m.msgmax, m.msgmnb, m.msgmni);
	CALL(syscall(SYS_semctl, 0, 0, IPC_INFO, &s));
	sc_say("semmsl %d semmns %d semopm %d semmni %d", s.semmsl, s.semmns, s.semopm, s.semmni);
}

static void qbytes(const char *label, long msqid)
{
	struct msqid_ds ds;

	MUST(syscall(SYS_msgctl, msqid, IPC_STAT, &ds));
	sc_say("%s: %lu bytes", label, (unsigned long)ds.msg_qbytes);
}

static void raise_qbytes(void *arg)
{
	long msqid = *(long *)arg;
	struct msqid_ds ds;

	MUST(syscall(SYS_msgctl, msqid, IPC_STAT, &ds));
	sysctl_keep_caps(SYSCTL_CAP(CAP_SYS_ADMIN));
	ds.msg_qbytes = 501;
	CALL(syscall(SYS_msgctl, msqid, IPC_SET, &ds));
	ds.msg_qbytes = 500;
	CALL(syscall(SYS_msgctl, msqid, IPC_SET, &ds));
}

static void messages(void)
{
	static struct {
		long type;
		char text[20000];
	} msg = {.type = 1};
	long first = MUST(syscall(SYS_msgget, IPC_PRIVATE, 0600));
	long second;

	CALL(syscall(SYS_msgsnd, first, &msg, 8193, IPC_NOWAIT));
	sysctl_set("kernel/msgmax", "100");
	CALL(syscall(SYS_msgsnd, first, &msg, 101, IPC_NOWAIT));
	CALL(syscall(SYS_msgsnd, first, &msg, 100, IPC_NOWAIT));
	sysctl_set("kernel/msgmax", "0");
	CALL(syscall(SYS_msgsnd, first, &msg, 1, IPC_NOWAIT));
	CALL(syscall(SYS_msgsnd, first, &msg, 0, IPC_NOWAIT));
	/* What was sent can be received. */
	CALL(syscall(SYS_msgrcv, first, &msg, 100, 0, IPC_NOWAIT));
	sysctl_set("kernel/msgmax", "20000");
	CALL(syscall(SYS_msgsnd, first, &msg, 16385, IPC_NOWAIT));
	CALL(syscall(SYS_msgsnd, first, &msg, 16384, IPC_NOWAIT));

	sysctl_set("kernel/msgmnb", "500");
	qbytes("the first", first);
	CALL_OK(second = syscall(SYS_msgget, IPC_PRIVATE, 0600));
	qbytes("the second", second);
	msg.type = 1;
	CALL(syscall(SYS_msgsnd, second, &msg, 501, IPC_NOWAIT));
	CALL(syscall(SYS_msgsnd, second, &msg, 500, IPC_NOWAIT));
	sc_wait(sc_fork("qbytes", raise_qbytes, &second));
	sysctl_set("kernel/msgmnb", "0");
	CALL_OK(second = syscall(SYS_msgget, IPC_PRIVATE, 0600));
	CALL(syscall(SYS_msgsnd, second, &msg, 1, IPC_NOWAIT));

	infos();
	sysctl_set("kernel/msgmni", "2");
	CALL(syscall(SYS_msgget, IPC_PRIVATE, 0600));
	CALL(syscall(SYS_msgctl, second, IPC_RMID, NULL));
	CALL(syscall(SYS_msgget, IPC_PRIVATE, 0600));
	sysctl_set("kernel/msgmni", "3");
	CALL_OK(syscall(SYS_msgget, IPC_PRIVATE, 0600));
	CALL(syscall(SYS_msgget, IPC_PRIVATE, 0600));
	sysctl_set("kernel/msgmni", "0");
	CALL(syscall(SYS_msgget, 0x4711, 0600 | IPC_CREAT));
}

static void semaphores(void)
{
	static struct sembuf ops[1000];
	long set, more;

	sysctl_set("kernel/sem", "5 12 3 4");
	infos();
	CALL(raw_semget(IPC_PRIVATE, 6, 0600));
	CALL_OK(set = raw_semget(IPC_PRIVATE, 5, 0600));
	CALL_OK(raw_semget(IPC_PRIVATE, 5, 0600));
	CALL(raw_semget(IPC_PRIVATE, 3, 0600));
	CALL_OK(more = raw_semget(IPC_PRIVATE, 2, 0600));
	CALL(raw_semget(IPC_PRIVATE, 1, 0600));
	sysctl_set("kernel/sem", "5 100");
	CALL_OK(raw_semget(IPC_PRIVATE, 1, 0600));
	CALL(raw_semget(IPC_PRIVATE, 1, 0600));
	CALL(raw_semctl(more, 0, IPC_RMID, NULL));
	CALL_OK(raw_semget(0x4711, 1, 0600 | IPC_CREAT));

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		ops[i].sem_op = 1;
	CALL(raw_semop(set, ops, 3));
	CALL(raw_semop(set, ops, 4));
	CALL(raw_semop(-1, ops, 4));
	CALL(raw_semop(set, sc_bad_page(), 4));
	CALL(raw_semop(set, ops, 0));
	sysctl_set("kernel/sem", "5 100 0");
	CALL(raw_semop(set, ops, 1));
	CALL(raw_semop(set, ops, 0));
	sysctl_set("kernel/sem", "5 100 1000");
	CALL(raw_semop(set, ops, 1000));
	CALL(raw_semop(set, ops, 1001));
	CALL(syscall(SYS_semctl, set, 0, GETVAL, 0));

	/* Negative ones: no set is small enough, no array of operations too long. */
	sysctl_set("kernel/sem", "-1 -1 -1 32000");
	infos();
	CALL(raw_semget(IPC_PRIVATE, 0, 0600));
	CALL(raw_semget(IPC_PRIVATE, 1, 0600));
	CALL(raw_semget(0x4711, 0, 0600));
	CALL(raw_semop(set, ops, 500));
	CALL(raw_semop(set, ops, -1));
	sysctl_set("kernel/sem", "10 -1");
	CALL(raw_semget(IPC_PRIVATE, 1, 0600));
	CALL(raw_semget(IPC_PRIVATE, 0, 0600));
	/* A set may be larger than a sembuf's number reaches. */
	sysctl_set("kernel/sem", "100000 1024000000 500 32000");
	CALL_OK(set = raw_semget(IPC_PRIVATE, 70000, 0600));
	CALL(syscall(SYS_semctl, set, 69999, SETVAL, 7));
	CALL(syscall(SYS_semctl, set, 69999, GETVAL, 0));
	CALL(syscall(SYS_semctl, set, 70000, GETVAL, 0));
	CALL(syscall(SYS_semctl, set, 0, IPC_RMID, 0));
}

static void make_queue(const char *name, long maxmsg, long msgsize)
{
	struct mq_attr attr = {.mq_maxmsg = maxmsg, .mq_msgsize = msgsize};
	long fd;

	sc_say("%s: %ld of %ld", name, maxmsg, msgsize);
	CALL_OK(fd = raw_mq_open(name, O_RDWR | O_CREAT, 0600, maxmsg ? &attr : NULL));
	if (fd == -1)
		return;
	mq_show(name, (mqd_t)fd);
	close((int)fd);
	MUST(raw_mq_unlink(name));
}

static void queues(void *arg)
{
	if (arg)
		mq_drop_sys_resource();
	make_queue("default", 0, 0);
	make_queue("edge", 12, 200);
	make_queue("more", 13, 200);
	make_queue("larger", 12, 201);
	CALL_OK(raw_mq_open("kept", O_RDWR | O_CREAT, 0600, NULL));
	CALL_OK(raw_mq_open("second", O_RDWR | O_CREAT, 0600, NULL));
	CALL_OK(open(MQ_DIR "/third", O_RDWR | O_CREAT, 0600));
	raw_mq_unlink("kept");
	raw_mq_unlink("second");
	raw_mq_unlink("third");
}

static void both_queues(void)
{
	sc_wait(sc_fork("root", queues, NULL));
	sc_wait(sc_fork("bare", queues, "bare"));
}

void scenario(void)
{
	messages();
	semaphores();

	sysctl_set("fs/mqueue/msg_max", "12");
	sysctl_set("fs/mqueue/msgsize_max", "200");
	both_queues();
	sysctl_set("fs/mqueue/msg_default", "3");
	sysctl_set("fs/mqueue/msgsize_default", "150");
	both_queues();
	sysctl_set("fs/mqueue/msg_default", "20");
	sysctl_set("fs/mqueue/msgsize_default", "300");
	both_queues();
	sysctl_set("fs/mqueue/queues_max", "2");
	both_queues();
	sysctl_set("fs/mqueue/queues_max", "0");
	both_queues();
	sysctl_set("fs/mqueue/queues_max", "-1");
	both_queues();
}
