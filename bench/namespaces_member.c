/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a namespace of the crowd has in it: a confined process with 20 objects and a call that waits.
 * Its listener is brought to the service by AttachListener, so no process of ipcnsctl stands beside it.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/namespaces.h"
#include "daemon/run_proto.h"
#include "seccomp/filter.h"

#define MANAGER "org.ipcnsd", "/org/ipcnsd", "org.ipcnsd.Manager1"
/* Of each kind. */
#define EACH (MEMBER_OBJECTS / 4)

/* In the namespace, under the filter. Exit status: 0 if the call that waits ends as it should. */
static int make_and_wait(void)
{
	char name[16], buf[16];
	int q = -1;

	for (int i = 0; i < EACH; i++) {
		snprintf(name, sizeof(name), "/q%d", i);
		mqd_t mq = mq_open(name, O_RDWR | O_CREAT, 0600, NULL);

		if (mq < 0)
			return 2;
		close((int)mq);
		q = msgget(i + 1, IPC_CREAT | 0600);
		if (q < 0 || semget(i + 1, 2, IPC_CREAT | 0600) < 0 ||
		    shmget(i + 1, 4096, IPC_CREAT | 0600) < 0)
			return 3;
	}
	return msgrcv(q, buf, 8, 1, 0) < 0 && errno == EIDRM ? 0 : 4;
}

static _Noreturn void member(int ipc_ns, int parent)
{
	struct run_msg m = {.type = RUN_LISTENER};
	char go;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	const int listener = setns(ipc_ns, CLONE_NEWIPC) < 0 ? -errno : filter_install(0);

	if (listener < 0 || run_send(parent, &m, &listener, 1) < 0)
		_exit(5);
	close(listener);
	/* From here on an IPC call waits for the service, which does not have the listener yet. */
	if (read(parent, &go, 1) != 1)
		_exit(6);
	_exit(make_and_wait());
}

/* Take the listener from the member at the other end of `fd` to the service. */
static int attach(sd_bus *bus, const char *name, int fd, const char **why)
{
	struct run_msg m;
	int listener = -1;

	*why = "its listener does not come";
	if (run_recv(fd, &m, &listener, 1) != 1 || listener < 0)
		return -EPROTO;
	*why = "AttachListener";
	int r = sd_bus_call_method(bus, MANAGER, "AttachListener", NULL, NULL, "sh", name,
				   listener);

	close(listener);
	if (r >= 0 && write(fd, "", 1) != 1)
		r = -errno;
	return r < 0 ? r : 0;
}

pid_t member_start(sd_bus *bus, const char *name, const char **why)
{
	sd_bus_message *reply = NULL;
	int pair[2], ipc_ns = -1;

	*why = "OpenIpcNamespace";
	int r = sd_bus_call_method(bus, MANAGER, "OpenIpcNamespace", NULL, &reply, "s", name);

	if (r >= 0)
		r = sd_bus_message_read(reply, "h", &ipc_ns);
	if (r >= 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		r = -errno;
	if (r < 0) {
		sd_bus_message_unref(reply);
		return r;
	}
	pid_t pid = fork();

	if (pid == 0)
		member(ipc_ns, pair[1]);
	*why = "fork";
	if (pid < 0)
		pid = -errno;
	close(pair[1]);
	sd_bus_message_unref(reply);
	if (pid > 0) {
		r = attach(bus, name, pair[0], why);
		if (r < 0) {
			kill(pid, SIGKILL);
			pid = r;
		}
	}
	close(pair[0]);
	return pid;
}
