/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the daemon does for libipcshim: it lets a caller have a set's body, and takes it back when the
 * caller may be about to lose the right to it.
 *
 * A body is offered in the course of a semop(2), to who could have done it in other ways: the
 * permission is looked at as for a call that reads and alters. The body's descriptor is installed in
 * the caller, which waits for the caller and is therefore done without the lock, after the operation
 * is done and before it is answered.
 *
 * Natively each semop(2) is checked against the credentials of that moment. Operations without a call
 * are not, so calls that change credentials come here (FILTER_SHIM), and all that the process was
 * given is frozen for good before the kernel goes on with the call. What it asks for afterwards is
 * decided anew. In a process with several threads, which may have different credentials and one
 * memory, nothing is offered any more until it executes a program.
 */
#include <errno.h>
#include <unistd.h>

#include "daemon/calls.h"
#include "ipc/config.h"
#include "ipc/sem_share.h"
#include "seccomp/listener.h"

static bool is_shim(const struct call_ctx *c)
{
	return IPCNS_WITH_SHIM && c->srv->listener[c->slot->listener]->shim;
}

static bool is_barred(const struct call_ctx *c)
{
	for (unsigned i = 0; i < SERVER_BARRED; i++) {
		const struct server_barred *b = &c->srv->barred[i];

		if (b->tgid == c->slot->cred.tgid && b->start_time == c->ident.start_time &&
		    b->exec_id == c->ident.exec_id)
			return true;
	}
	return false;
}

/* The oldest is forgotten: it is about programs that are surprised, not about ones that attack. */
static void bar(const struct call_ctx *c)
{
	if (is_barred(c))
		return;
	c->srv->barred[c->srv->next_barred++ % SERVER_BARRED] = (struct server_barred){
		.tgid = c->slot->cred.tgid,
		.start_time = c->ident.start_time,
		.exec_id = c->ident.exec_id,
	};
}

/*
 * A filter that the program has besides could be about semop(2), which natively always asks it; or about
 * mmap(2) and the like, which the library would call and the program would not.
 */
static bool has_own_filters(const struct call_ctx *c)
{
	const unsigned expected = c->srv->listener[c->slot->listener]->filters;

	turn_unlock(&c->srv->lock);
	unsigned n = task_filters((pid_t)slot_notif(c->slot)->pid);

	turn_lock(&c->srv->lock);
	return n != expected;
}

void calls_offer_sem(struct call_ctx *c, int32_t semid)
{
	struct server *srv = c->srv;
	const int listener = server_listener_fd(srv, c->slot);
	struct sem_offer offer;

	const bool again = c->call.args[4] == SEM_OFFER_AGAIN;

	if (!is_shim(c) || (c->call.args[4] != SEM_OFFER_MAGIC && !again) ||
	    (c->call.abi != ABI_X86_64 && c->call.abi != ABI_ARM64) || is_barred(c))
		return;
	if (has_own_filters(c))
		return;
	if (sem_share_offer(&srv->ns, &c->slot->cred, semid, &offer) < 0)
		return;

	const int copy = offer.fd, lives = offer.lives_fd;
	const uint64_t call = slot_notif(c->slot)->id;

	/* The listener is this thread's, so it stays. */
	turn_unlock(&srv->lock);
	offer.fd = listener_add_fd(listener, call, copy);
	offer.lives_fd = offer.fd < 0 || again ? -1 : listener_add_fd(listener, call, lives);
	close(copy);
	close(lives);
	turn_lock(&srv->lock);
	/* A client that got one of two learns of it, to close it. */
	if (offer.fd >= 0)
		(void)call_copy_out(c, c->call.args[5], &offer, sizeof(offer));
}

void calls_leave_shim(struct call_ctx *c)
{
	if (!is_shim(c))
		return;
	sem_shares_leave(&c->srv->ns, c->slot->cred.tgid);
	if (!task_only_thread((pid_t)c->slot->cred.tgid))
		bar(c);
}

enum call_next calls_identity(struct call_ctx *c)
{
	/* No other profile notifies of it for us. */
	if (!is_shim(c))
		return call_result(c, -ENOSYS);
	calls_leave_shim(c);
	return CALL_CONTINUE;
}
