/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits and environment of the process. */
#include "daemon/process.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "ipc/config.h"
#include "ipc/sem_share.h"

void process_raise_limits(void)
{
	static const int kinds[] = {RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_CPU,
				    RLIMIT_AS,     RLIMIT_DATA,  RLIMIT_MEMLOCK};
	struct rlimit rl;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (getrlimit(kinds[i], &rl) < 0)
			continue;
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(kinds[i], &rl);
	}
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGXCPU, SIG_IGN);
}

static void on_bus_error(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (IPCNS_WITH_SHIM && sem_share_lost(info->si_addr))
		return;
	/* It comes again, and ends the process as it should. */
	(void)signal(sig, SIG_DFL);
}

void process_catch_bus_errors(void)
{
	const struct sigaction sa = {
		.sa_sigaction = on_bus_error,
		.sa_flags = SA_SIGINFO | SA_RESTART,
	};

	sigset_t bus;

	(void)sigaction(SIGBUS, &sa, NULL);
	sigemptyset(&bus);
	sigaddset(&bus, SIGBUS);
	(void)pthread_sigmask(SIG_UNBLOCK, &bus, NULL);
}

void process_block_signals(sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	sigdelset(&all, SIGBUS);
	(void)pthread_sigmask(SIG_SETMASK, &all, old);
}

/* A namespace takes two dozen descriptors. Only CAP_SYS_RESOURCE may pass the hard limit. */
static void raise_descriptors(void)
{
	struct rlimit rl = {.rlim_cur = 1u << 20, .rlim_max = 1u << 20}, now;

	if (getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_max < rl.rlim_max)
		(void)setrlimit(RLIMIT_NOFILE, &rl);
}

void process_many(void)
{
	raise_descriptors();
	/* What is large is mapped, and so takes no memory before it is used, and none afterwards: left
	 * alone, the C library takes such memory from the heap once some of it was freed. */
	(void)mallopt(M_MMAP_THRESHOLD, 64 << 10);
	(void)mallopt(M_TRIM_THRESHOLD, 1 << 20);
	/* By default there are eight heaps for each processor. */
	(void)mallopt(M_ARENA_MAX, 2);
}

void process_backends(struct server_options *opt)
{
	const char *backend = getenv("IPCNS_BACKEND");

	*opt = (struct server_options){
		.state_dirfd = -1,
		.backing_fd = -1,
		.task_backend = TASK_BACKEND_AUTO,
		.signals_backend = SIGNALS_AUTO,
	};
	if (backend && strcmp(backend, "proc") == 0) {
		opt->task_backend = TASK_BACKEND_PROC;
		opt->signals_backend = SIGNALS_POLL;
	}
}
