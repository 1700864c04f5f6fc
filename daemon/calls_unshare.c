/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unshare(2) of what is the namespace's: CLONE_SYSVSEM, and CLONE_NEWIPC, which implies it. The
 * kernel does the call itself; what it cannot know is the caller's undo list, which ends here if
 * nobody else shares it (ksys_unshare(), exit_sem()). It ends before the call is made, so a call
 * that will be refused has to be known as such: it must not have an effect.
 */
#include <sched.h>

#include "daemon/calls.h"
#include "daemon/holders.h"
#include "ipc/config.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define OF_NAMESPACES                                                                              \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID |                 \
	 CLONE_NEWCGROUP | CLONE_NEWTIME)
#define OF_PROCESS (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)
#define KNOWN                                                                                      \
	(OF_NAMESPACES | OF_PROCESS | CLONE_NEWUSER | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM)

/* check_unshare_flags(), unshare_nsproxy_namespaces() */
static bool will_be_refused(const struct task_ident *ident, uint64_t flags)
{
	if (flags & ~(uint64_t)KNOWN)
		return true;
	if (flags & CLONE_NEWUSER)
		flags |= CLONE_THREAD;
	if ((flags & OF_PROCESS) && !task_only_thread((pid_t)ident->cred.tgid))
		return true;
	/* In a new user namespace the caller has all capabilities. */
	return (flags & OF_NAMESPACES) && !(flags & CLONE_NEWUSER) && !ident->own_admin;
}

enum call_next calls_unshare(struct call_ctx *c)
{
	const struct task_ident *ident = &c->ident;

	if (IPCNS_WITH_SHIM)
		calls_leave_shim(c);
	/* With libipcshim all of them come. */
	if (!(c->call.args[0] & (CLONE_SYSVSEM | CLONE_NEWIPC)))
		return CALL_CONTINUE;
	if (IPCNS_WITH_SEM && holders_any(c->srv->holders) &&
	    !will_be_refused(ident, c->call.args[0])) {
		holders_check(c->srv->holders);
		holders_leave(c->srv->holders, ident);
	}
	return CALL_CONTINUE;
}
