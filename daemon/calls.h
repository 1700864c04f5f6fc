/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A trapped call's way through the daemon: receiver.c receives, calls.c identifies, calls_FAMILY.c decode
 * arguments and memory and call ipc/, reply.c answers.
 */
#ifndef DAEMON_CALLS_H
#define DAEMON_CALLS_H

#include <linux/seccomp.h>

#include "daemon/server.h"
#include "seccomp/abi.h"

/** What becomes of a call after its handler ran. */
enum call_next {
	CALL_REPLY,    /* slot->result is the answer */
	CALL_PARKED,   /* it sleeps, or another thread answers it */
	CALL_CONTINUE, /* the kernel runs it */
};

/**
 * struct call_early - memory of the caller that was copied first of all, so that one check vouches
 * for that and for who calls.
 * @len: 0: nothing was.
 * @result: of the copy, as task_read().
 */
struct call_early {
	uint64_t addr, len;
	int result;
	char data[TASK_COPY_MAX];
};

/**
 * struct call_ctx - one call being handled, and who calls.
 * @bad: not 0 is the answer: the call is not understood, or there is nobody any more.
 * @turns: of the lock, before the caller was looked at.
 */
struct call_ctx {
	struct server *srv;
	struct ipc_slot *slot;
	int bad;
	uint64_t turns;
	struct ipc_call call;
	struct task_ident ident;
	struct call_early early;
};

/**
 * calls_begin() - the notification in @s was received from @l: what can be done with it without the
 * namespace's lock, which the caller does not hold. Fills @c. For the receiver of @l only. May sleep
 * as task_read().
 */
void calls_begin(struct call_ctx *c, struct server_listener *l, struct ipc_slot *s);
/** calls_handle() - the rest: handle it and what follows from it. The lock is held. */
void calls_handle(struct call_ctx *c);

/* Handlers. */
enum call_next calls_msgget(struct call_ctx *c);
enum call_next calls_msgsnd(struct call_ctx *c);
enum call_next calls_msgrcv(struct call_ctx *c);
enum call_next calls_msgctl(struct call_ctx *c);
enum call_next calls_semget(struct call_ctx *c);
enum call_next calls_semtimedop(struct call_ctx *c);
enum call_next calls_semctl(struct call_ctx *c);
enum call_next calls_shm(struct call_ctx *c);
/** calls_shm_foreign() - of a caller outside the backing namespace, where server.foreign is there. */
enum call_next calls_shm_foreign(struct call_ctx *c);
/** shm_check_quota() - before a segment is made. Return: 0 or -ENOSPC. */
int shm_check_quota(const struct call_ctx *c);
enum call_next calls_mq_open(struct call_ctx *c);
enum call_next calls_mq_unlink(struct call_ctx *c);
enum call_next calls_mq_timedsend(struct call_ctx *c);
enum call_next calls_mq_timedreceive(struct call_ctx *c);
enum call_next calls_mq_notify(struct call_ctx *c);
enum call_next calls_mq_getsetattr(struct call_ctx *c);
enum call_next calls_unshare(struct call_ctx *c);
enum call_next calls_identity(struct call_ctx *c);
/** calls_execve() - without an identity: none is needed. */
enum call_next calls_execve(struct call_ctx *c);

/* libipcshim (daemon/calls_shim.c). */

/**
 * calls_offer_sem() - the call in @c about set @semid is done: if its caller asks for the set's body,
 * it may get it. Gives up the lock.
 */
void calls_offer_sem(struct call_ctx *c, int32_t semid);
/** calls_leave_shim() - the caller is about to become somebody else. */
void calls_leave_shim(struct call_ctx *c);

/** call_result() - the answer is @result. */
static inline enum call_next call_result(struct call_ctx *c, int64_t result)
{
	c->slot->result = result;
	return CALL_REPLY;
}

/** call_outcome() - of an ipc/ operation that may park. */
static inline enum call_next call_outcome(struct call_ctx *c, int r)
{
	return r == IPC_PARKED ? CALL_PARKED : call_result(c, r);
}

static inline const struct seccomp_notif *slot_notif(const struct ipc_slot *s)
{
	return (const struct seccomp_notif *)(const void *)s->notif;
}

/**
 * call_copy_in(), call_copy_str() (as strncpy_from_user()), call_copy_out() - the caller's memory.
 * They give up the namespace's lock while they copy: what was looked up before must be held or
 * looked up again. The caller was still waiting after what was read, else -EINTR (which nobody will
 * see): a tid may have become another task's, or another program's by execve(2).
 * Return: 0 (str: length), -EFAULT, -EINTR, -ESRCH; str: -ENAMETOOLONG.
 */
int call_copy_in(const struct call_ctx *c, uint64_t addr, void *buf, size_t len);
ssize_t call_copy_str(const struct call_ctx *c, uint64_t addr, char *buf, size_t size);
int call_copy_out(const struct call_ctx *c, uint64_t addr, const void *buf, size_t len);
/**
 * call_identify() - the caller again, with its descriptor @fd (-1: none). Gives up the lock.
 * Return: as task_identify().
 */
int call_identify(const struct call_ctx *c, int fd, struct task_ident *out);
/** call_done() - the call is finished: free its slot. */
void call_done(struct server *srv, struct ipc_slot *s);
/** call_get(), call_put() - the same for a structure. */
int call_get(const struct call_ctx *c, uint64_t addr, struct abi_bytes *b, uint32_t len);
int call_put(const struct call_ctx *c, uint64_t addr, const struct abi_bytes *b);

/**
 * reply_send() - copy out what a receiver was granted, answer, undo what could not be delivered,
 * free the slot.
 */
void reply_send(struct server *srv, struct ipc_slot *s);
/** reply_copies() - does the answer to the completed call @s come with a copy to its caller? */
bool reply_copies(const struct ipc_slot *s);
/** reply_abandon() - the task is gone and gets no answer: put back what it holds, free the slot. */
void reply_abandon(struct server *srv, struct ipc_slot *s);
/** reply_parked() - a parked call ends without its effect: cancel it and answer @result. */
void reply_parked(struct server *srv, struct ipc_slot *s, int64_t result);

#endif
