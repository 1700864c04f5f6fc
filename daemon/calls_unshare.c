/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unshare(2) of what is the namespace's: CLONE_SYSVSEM, and CLONE_NEWIPC, which implies it. The
 * kernel does the call itself; what it cannot know is the caller's undo list, which ends here if
 * nobody else shares it (ksys_unshare(), exit_sem()).
 */
#include <sched.h>

#include "daemon/calls.h"
#include "daemon/holders.h"
#include "ipc/config.h"

enum call_next calls_unshare(struct call_ctx *c)
{
	const struct task_ident *ident = &c->ident;

	/* A call that the kernel will refuse must not have an effect. */
	if ((c->call.args[0] & CLONE_NEWIPC) && !(ident->cred.caps & IPC_CAP_SYS_ADMIN))
		return CALL_CONTINUE;
	if (IPCNS_WITH_SEM && holders_any(c->srv->holders)) {
		holders_check(c->srv->holders);
		holders_leave(c->srv->holders, ident);
	}
	return CALL_CONTINUE;
}
