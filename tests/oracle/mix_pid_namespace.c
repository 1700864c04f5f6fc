/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Process ids told to a reader in another pid namespace than where the ids were made: in results, in
 * listings, in the status of a queue, and of the sender of a notification.
 */
#include <sys/msg.h>

#include "mq_common.h"
#include "sem_util.h"

static long msqid, semid;

static void look(void)
{
	struct msqid_ds ds;
	char line[256] = "";
	unsigned int lspid = 0;
	FILE *f;

	MUST(syscall(SYS_msgctl, msqid, IPC_STAT, &ds));
	sc_say("msg_lspid: %s", sc_role(ds.msg_lspid));
	sc_say("GETPID: %s", sc_role((pid_t)raw_semctl(semid, 0, GETPID, NULL)));
	f = fopen("/proc/sysvipc/msg", "re");
	if (!f || !fgets(line, sizeof(line), f) || !fgets(line, sizeof(line), f) ||
	    sscanf(line, "%*s %*s %*s %*s %*s %u", &lspid) != 1)
		sc_fail("/proc/sysvipc/msg: '%s'", line);
	fclose(f);
	sc_say("/proc/sysvipc/msg: %s", sc_role((pid_t)lspid));
	mq_status("/dev/mqueue/q", (int)MUST(open(MQ_DIR "/q", O_RDONLY)));
}

static void use_and_look(void)
{
	struct {
		long type;
		char text[1];
	} msg = {.type = 1, .text = "x"};
	mqd_t q = mq_reopen("/q", O_RDWR);

	mq_hold_signal(SIGUSR1);
	CALL(syscall(SYS_msgsnd, msqid, &msg, sizeof(msg.text), 0));
	CALL(op(semid, 0, 1, 0));
	mq_want_signal("register", q, SIGUSR1, 1);
	look();
	mq_put("send", q, "x", 0);
	mq_got_signal("notified", SIGUSR1, 1000);
	mq_take("receive", q);
}

/* The library finds an actor by its pid, so the first process of the namespace is none. */
static void maker(void *arg)
{
	pid_t pid;

	(void)arg;
	sc_say("outside");
	use_and_look();
	MUST(unshare(CLONE_NEWPID));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		sc_say("inside");
		use_and_look();
		_exit(0);
	}
	MUST(waitpid(pid, NULL, 0));
}

void scenario(void)
{
	msqid = MUST(syscall(SYS_msgget, IPC_PRIVATE, 0600));
	semid = new_set(1);
	mq_make("/q", O_RDWR, 2, 8);
	sc_wait(sc_fork("maker", maker, NULL));
}
