/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * busy FILE [open]
 *
 * Calls all the time (with "open" it opens and closes queues, three processes at once), with another
 * process parked; says "ready" in FILE, and then in FILE what any
 * call answered that should not have: until it is killed it must see a working namespace, whatever
 * happens to the processes that make one. Never ends by itself within a minute.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <sys/msg.h>
#include <sys/prctl.h>

#include "e2e.h"

static int out;

static void complain(const char *call)
{
	char text[80];

	snprintf(text, sizeof(text), "%s: errno %d, %s\n", call, errno, strerror(errno));
	(void)!write(out, text, strlen(text));
	e2e_usleep(60000000);
	_exit(1);
}

static _Noreturn void open_and_close(void)
{
	char name[32];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(name, sizeof(name), "/busy-%d", getpid());
	for (;;) {
		mqd_t mqd = mq_open(name, O_RDWR | O_CREAT, 0600, NULL);

		if (mqd < 0)
			complain("mq_open");
		/* The close of a file is the server's matter too; what it answers nobody minds. */
		(void)mq_close(mqd);
		if (mq_unlink(name) < 0)
			complain("mq_unlink");
	}
}

int main(int argc, char **argv)
{
	struct {
		long type;
		uint64_t number;
	} m = {.type = 1};

	if (argc < 2)
		return 2;
	out = (int)MUST(open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));

	int parked = (int)MUST(msgget(IPC_PRIVATE, 0600)),
	    mine = (int)MUST(msgget(IPC_PRIVATE, 0600));
	pid_t pid = (pid_t)MUST(fork());

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)msgrcv(parked, &m, sizeof(m.number), 0, 0);
		complain("parked msgrcv");
	}
	e2e_await_call(pid, SYS_msgrcv, 20);
	for (int i = 0; i < 2 && argc > 2; i++) {
		pid = (pid_t)MUST(fork());
		if (pid == 0)
			open_and_close();
	}
	(void)!write(out, "ready\n", 6);
	if (argc > 2)
		open_and_close();
	for (int64_t end = e2e_ns() + 60000000000LL; e2e_ns() < end;) {
		m.type = 1;
		if (msgsnd(mine, &m, sizeof(m.number), 0) < 0)
			complain("msgsnd");
		if (msgrcv(mine, &m, sizeof(m.number), 0, 0) < 0)
			complain("msgrcv");
	}
	return 1;
}
