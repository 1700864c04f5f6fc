/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * execve(2) and execveat(2): the kernel's own. A container's profile notifies of them so that its
 * first program does not run before the views are in place: the runtime tells of a listener when it
 * likes, but no program of the container comes to run without this call. Nothing is decided by the
 * arguments, so letting the call go on has no race.
 */
#include "daemon/calls.h"

enum call_next calls_execve(struct call_ctx *c)
{
	struct server_listener *l = c->srv->listener[c->slot->listener];

	if (l->wants_views && c->srv->first_exec) {
		l->wants_views = false;
		c->srv->first_exec(c->srv->changed_ctx, l, slot_notif(c->slot));
	}
	return CALL_CONTINUE;
}
