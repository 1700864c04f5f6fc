/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unshare(2) of what is the namespace's: CLONE_SYSVSEM, and CLONE_NEWIPC, which implies it. The
 * kernel does the call itself; what it cannot know is the caller's undo list, which ends here if
 * nobody else shares it (ksys_unshare(), exit_sem()). A call that the kernel will refuse must not
 * have that effect, so what it refuses is known here as well.
 */
#include <sched.h>
#include <stdio.h>

#include "daemon/calls.h"
#include "daemon/holders.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* unshare_nsproxy_namespaces() asks for CAP_SYS_ADMIN, in the new user namespace if there is one. */
#define NAMESPACES                                                                 \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID | \
	 CLONE_NEWCGROUP | CLONE_NEWTIME)
#define SINGLE_THREADED (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWUSER)
#define KNOWN (NAMESPACES | SINGLE_THREADED | CLONE_FS | CLONE_SYSVSEM | CLONE_FILES)

static unsigned threads_of(uint32_t tgid)
{
	char path[32], line[128];
	unsigned threads = 1;

	snprintf(path, sizeof(path), "/proc/%u/status", tgid);
	FILE *status = fopen(path, "re");

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "Threads: %u", &threads) == 1)
			break;
	if (status)
		fclose(status);
	return threads;
}

/*
 * check_unshare_flags() and unshare_nsproxy_namespaces(). Not looked at: limits of namespaces, and
 * that nobody makes a user namespace in a chroot.
 */
static bool refused(const struct ipc_cred *cred, uint64_t flags)
{
	if (flags & ~(uint64_t)KNOWN)
		return true;
	if ((flags & SINGLE_THREADED) && threads_of(cred->tgid) > 1)
		return true;
	return (flags & NAMESPACES) && !(flags & CLONE_NEWUSER) &&
	       !(cred->caps & IPC_CAP_OWN_ADMIN);
}

enum call_next calls_unshare(struct call_ctx *c)
{
	const struct task_ident *ident = &c->ident;

	if (refused(&ident->cred, c->call.args[0]))
		return CALL_CONTINUE;
	if (holders_any(c->srv->holders)) {
		holders_check(c->srv->holders);
		holders_leave(c->srv->holders, ident);
	}
	return CALL_CONTINUE;
}
