/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fork, and what the child sheds before it begins. */
#include "daemon/clean_process.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void drop_capabilities(const struct clean_process *p)
{
	cap_t now = cap_get_proc(), caps = cap_init();

	/* An empty set first: a kept one that the process has not got would fail as a whole. */
	for (unsigned i = 0; now && caps && i < p->nkeep; i++) {
		cap_flag_value_t has = CAP_CLEAR;

		(void)cap_get_flag(now, p->keep[i], CAP_PERMITTED, &has);
		(void)cap_set_flag(caps, CAP_PERMITTED, 1, &p->keep[i], has);
		(void)cap_set_flag(caps, CAP_EFFECTIVE, 1, &p->keep[i], has);
	}
	if (caps)
		(void)cap_set_proc(caps);
	cap_free(now);
	cap_free(caps);
}

static _Noreturn void begin(const struct clean_process *p, pid_t maker)
{
	(void)prctl(PR_SET_NAME, p->name);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_DUMPABLE, 0);
	if (getppid() != maker)
		_exit(0);
	(void)setpgid(0, 0);
	drop_capabilities(p);
	p->serve(0);
	_exit(0);
}

int clean_process_start(const struct clean_process *p, pid_t *pid)
{
	const pid_t maker = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	*pid = fork();
	if (*pid == 0) {
		(void)dup2(pair[1], 0);
		(void)close_range(1, ~0u, 0);
		begin(p, maker);
	}
	close(pair[1]);
	if (*pid < 0) {
		close(pair[0]);
		return -EAGAIN;
	}
	return pair[0];
}

void clean_process_stop(int sock, pid_t pid)
{
	close(sock);
	(void)waitpid(pid, NULL, 0);
}
