/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The limits under /proc/sys: those of messages, semaphores and queues are the backing kernel
 * namespace's. They can be read and written and begin with the right values, but change nothing.
 * Those of shared memory work.
 */
#include <sys/msg.h>
#include <sys/shm.h>

#include "mq_common.h"
#include "sem_util.h"

static void set(const char *name, const char *value)
{
	char path[64], old[64];
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	fd = open(path, O_RDWR);
	if (fd == -1) {
		sc_result(name, -1);
		return;
	}
	n = MUST(read(fd, old, sizeof(old) - 1));
	old[n > 0 ? n - 1 : 0] = '\0';
	MUST(pwrite(fd, value, strlen(value), 0));
	close(fd);
	sc_say("%s: was %s, now %s", name, old, value);
}

void scenario(void)
{
	struct {
		long type;
		char text[200];
	} msg = {.type = 1};
	long msqid = MUST(syscall(SYS_msgget, IPC_PRIVATE, 0600));
	int fd;

	set("kernel/msgmax", "100");
	CALL(syscall(SYS_msgsnd, msqid, &msg, sizeof(msg.text), 0));
	set("kernel/msgmni", "1");
	CALL_OK(syscall(SYS_msgget, IPC_PRIVATE, 0600));
	set("kernel/sem", "2 3 4 5");
	CALL_OK(raw_semget(IPC_PRIVATE, 3, 0600));
	set("fs/mqueue/msg_default", "3");
	fd = (int)MUST(open(MQ_DIR "/q", O_RDWR | O_CREAT, 0600));
	mq_show("queue", fd);
	set("kernel/shmmax", "100");
	CALL_OK(syscall(SYS_shmget, IPC_PRIVATE, 4096, 0600));
}
