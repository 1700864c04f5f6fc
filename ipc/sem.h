/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System V semaphores: sets, operations, undo. Source of every rule: semget(2), semop(2),
 * semctl(2) and the kernel's ipc/sem.c.
 *
 * A set's record (ns->sem_rec) has owner, times, sleepers and undo lists; its values are in the
 * body (ns->sem_body), one word each. What a record looks like is in sem_private.h; nobody but the
 * sem*.c files has to know.
 */
#ifndef IPC_SEM_H
#define IPC_SEM_H

#include "ipc/namespace.h"

/**
 * struct ipc_sembuf - one operation. The caller fills in what struct sembuf has; the rest is the
 * intent: what the operation would make of its semaphore, known before anything is changed.
 */
struct ipc_sembuf {
	uint16_t num;
	int16_t op;
	int16_t flg;
	int16_t adj;   /* intent: the caller's semadj after this operation */
	int32_t val;   /* intent: the semaphore's value after this operation */
	uint32_t prev; /* 1 + index of the operation before on the same semaphore, 0 none */
};

/** A semaphore's word in the body. Value and pid change by one store of eight bytes. */
struct ipc_sem {
	int32_t val;
	uint32_t pid; /* tgid that last changed it (GETPID), daemon's pid namespace */
} __attribute__((aligned(8)));

struct sem_stat {
	struct kern_ipc_perm perm;
	int64_t otime, ctime;
	uint64_t nsems;
};

/** As struct seminfo. */
struct sem_info {
	int32_t semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz, semvmx, semaem;
};

/** sem_init_ns() - an empty table. (POSIX has taken sem_init, and libfuse calls that one.) */
int sem_init_ns(struct ipc_ns *ns);

/**
 * semget(2).
 * Return: id; -EINVAL (@nsems negative, over semmsl, 0 for a new set, more than the set has);
 * -ENOENT, -EEXIST, -EACCES; -ENOSPC (semmns, semmni); -ENOMEM.
 */
int sem_get(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t key, int32_t nsems,
	    int32_t flg);

/**
 * sem_op() - semop(2), semtimedop(2) after copy-in. @s: cred, start_time, deadline_ns
 * (CLOCK_MONOTONIC, 0 none) set; s->u.sem.sops (array of @nsops in ns->calls, owned by the slot;
 * freed by sem_op() unless it parks, then when it completes or is cancelled) and s->u.sem.nsops.
 * The caller has checked 1 <= nsops <= semopm.
 * Completes other sleepers as do_smart_update(). Deadline already past when it would sleep: -EAGAIN.
 * On 0 the slot's state is SLOT_APPLIED and its result 0.
 * Return: 0, IPC_PARKED, -EINVAL, -EFBIG, -EACCES, -ERANGE, -EAGAIN, -ENOMEM.
 */
int sem_op(struct ipc_ns *ns, struct ipc_slot *s, int32_t semid);

/*
 * semctl(2), command by command. Ids: sequence checked, except by_index ones (SEM_STAT). As
 * natively, an id that names no set, or an earlier one, is -EINVAL; EIDRM is for sleepers only.
 */

/** IPC_STAT, SEM_STAT, SEM_STAT_ANY. Return: 0, or the id for the latter two; -EINVAL, -EACCES. */
int sem_ctl_stat(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, int cmd,
		 struct sem_stat *out);
/** IPC_INFO, SEM_INFO. Return: highest index in use (0 when none). */
int sem_ctl_info(struct ipc_ns *ns, int cmd, struct sem_info *out);
/** IPC_SET. Ids are kuids, checked by the caller. Return: 0, -EINVAL, -EPERM. */
int sem_ctl_set(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, uint32_t uid,
		uint32_t gid, uint32_t mode);
/** IPC_RMID: every sleeper gets -EIDRM, undo entries are dropped. Return: 0, -EINVAL, -EPERM. */
int sem_ctl_rmid(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id);
/**
 * GETVAL, GETPID, GETNCNT, GETZCNT: the value (a pid in the daemon's namespace for GETPID).
 * The counts are of living sleepers; dead ones found on the way are completed with -ESRCH.
 * Return: >= 0; -EINVAL (id), -EACCES, -EINVAL (@semnum), in this order.
 */
int sem_ctl_get(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, int32_t semnum,
		int cmd);
/**
 * SETVAL: the value, the pid, no one's semadj of this semaphore any more; hands over.
 * Return: 0; -EINVAL (negative id), -ERANGE, -EINVAL (id, @semnum), -EACCES, in this order.
 */
int sem_ctl_setval(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, int32_t semnum,
		   int32_t val);
/**
 * GETALL / SETALL, first half: how many values there are, before the caller's memory is touched.
 * Return: number of semaphores; -EINVAL, -EACCES.
 */
int sem_ctl_nsems(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, int cmd);
/** GETALL, second half; @n as sem_ctl_nsems() said. -EIDRM: not that set any more. */
int sem_ctl_getall(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, uint16_t *vals,
		   uint32_t n);
/** SETALL, second half; likewise. -ERANGE: a value over SEMVMX. */
int sem_ctl_setall(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, const uint16_t *vals,
		   uint32_t n);

/*
 * Undo. A holder is an undo list: what one thread, or those who share by CLONE_SYSVSEM, did with
 * SEM_UNDO. The daemon watches one of them: before each call on a set with undo entries it asks
 * whether it lives, because natively an exit's undo is visible the moment waitpid(2) returns.
 */

/*
 * Walks. *@cursor is 0 to begin; false at the end, when *@out is not touched. The holder just
 * returned may be ended by sem_undo_exit() during the walk; no other call may come in between.
 */

/** sem_undo_next_holder() - all holders of the namespace. */
bool sem_undo_next_holder(struct ipc_ns *ns, aref *cursor, struct sem_holder *out);
/** sem_undo_next_of_set() - those that hold undo entries of set @id (any sequence). */
bool sem_undo_next_of_set(struct ipc_ns *ns, int32_t id, aref *cursor, struct sem_holder *out);
/**
 * sem_undo_exit() - the last who shared the list is gone: apply its entries (exit_sem()), hand over.
 * @tgid: the process that was; it becomes the semaphores' sempid.
 */
void sem_undo_exit(struct ipc_ns *ns, const struct sem_holder *who, uint32_t tgid);
/**
 * sem_undo_rekey() - list @from is known as @to from now on; entries of both are added up. Sleepers
 * of @to whose operations the sum forbids are completed with -ERANGE.
 */
void sem_undo_rekey(struct ipc_ns *ns, const struct sem_holder *from, const struct sem_holder *to);
/** sem_set_has_undo() - does set @id (any sequence) have undo entries at all? */
bool sem_set_has_undo(struct ipc_ns *ns, int32_t id);

/** sem_cancel() - ipc_cancel()'s part, after the slot has left its queue. */
void sem_cancel(struct ipc_ns *ns, struct ipc_slot *s);

/** sem_next() - record at or after slot *@idx (set to it), for /proc/sysvipc/sem; false at the end. */
bool sem_next(struct ipc_ns *ns, int32_t *idx, struct sem_stat *out);

#endif
