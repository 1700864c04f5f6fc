/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * semop(2) and semtimedop(2) as programs call them.
 *
 * One operation without SEM_UNDO, on a set whose body this process has, is a compare-and-swap. All
 * else is the system call, as the C library would have made it; so is whatever turns out to be an
 * error that does not come from the value, since nobody but the daemon knows in which order errors
 * are found.
 */
#include <errno.h>
#include <signal.h>
#include <sys/sem.h>

#include "libipcshim/os.h"
#include "libipcshim/readable.h"
#include "libipcshim/table.h"

/*
 * Calls about sets that this process has no body of, before it asks for one: a child that does but
 * two or three has more of it if it does not. Builds for tests ask at once.
 */
#ifndef SHIM_PATIENCE
#define SHIM_PATIENCE 4
#endif

/* What an attempt without the kernel returns besides 0 and an error: it must be asked. */
#define ASK 1
#define ASK_FOR_BODY 2

static bool timeout_valid(const struct timespec *timeout)
{
	struct timespec t;

	if (!readable(timeout, sizeof(t)))
		return false;
	t = *timeout;
	return t.tv_sec >= 0 && t.tv_nsec >= 0 && t.tv_nsec < 1000000000;
}

static int attempt(int semid, const struct sembuf *sops, size_t nsops,
		   const struct timespec *timeout)
{
	struct table *t = atomic_load_explicit(&the_table, memory_order_acquire);
	struct table_entry e;
	struct sembuf op;
	int r;

	if (nsops != 1)
		return ASK;
	if (!t || !table_find(t, semid, &e))
		return ASK_FOR_BODY;
	if (!readable(sops, sizeof(*sops)))
		return ASK;
	op = *sops;
	if ((op.sem_flg & SEM_UNDO) || op.sem_num >= sem_key_nsems(e.view.seen))
		return ASK;
	if (timeout && !timeout_valid(timeout))
		return ASK;
	r = sem_body_op(&e.view, op.sem_num, op.sem_op, op.sem_flg & IPC_NOWAIT,
			os_seconds(CLOCK_REALTIME_COARSE));
	if (r == SEM_BODY_DEAD) {
		table_retire(t, &e);
		return ASK_FOR_BODY;
	}
	return r > 0 ? ASK : r;
}

/*
 * Is it time to ask for the body of @semid? A count is forgotten when another set comes to its place:
 * who goes through thousands of sets would pay for bodies that he never comes back to. It need not be
 * exact, nor a child's own.
 */
static bool is_due(int semid)
{
	static _Atomic(uint64_t) calls[1024];
	_Atomic(uint64_t) *place = &calls[table_hash(semid) % 1024];
	uint64_t last = atomic_load_explicit(place, memory_order_relaxed);
	uint32_t n = last >> 32 == (uint32_t)semid ? (uint32_t)last + 1 : 1;
	struct table *t = atomic_load(&the_table);

	atomic_store_explicit(place, (uint64_t)(uint32_t)semid << 32 | n, memory_order_relaxed);
	return n % SHIM_PATIENCE == 0 && (!t || table_wants(t, semid));
}

static long ask(int semid, struct sembuf *sops, size_t nsops, const struct timespec *timeout,
		struct sem_offer *offer)
{
	return os_call(SYS_semtimedop, semid, (long)sops, (long)nsops, (long)timeout,
		       offer ? (long)table_magic() : 0, (long)offer);
}

/* All signals at once, by the mask that the kernel has. Return: those that were blocked before. */
static uint64_t set_blocked(uint64_t mask)
{
	uint64_t old = 0;

	(void)os_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, (long)&old, sizeof(mask), 0, 0);
	__asm__ volatile("" : : : "memory");
	return old;
}

/*
 * The body of a set that was operated on just now. A handler that jumped out of this would leave a
 * descriptor open, and nobody could add bodies any more; one that forks would have a child that goes on
 * with the parent's table. So signals wait meanwhile, and it is a call of its own that neither waits nor
 * changes anything: no value is so large.
 */
static void ask_for_body(int semid, unsigned short num)
{
	struct sembuf op = {num, INT16_MIN, IPC_NOWAIT};
	struct sem_offer offer = {0};
	uint64_t blocked = set_blocked(~UINT64_C(0));

	(void)ask(semid, &op, 1, NULL, &offer);
	/* The daemon has written there, if there is one. */
	__asm__ volatile("" : : : "memory");
	if (offer.key)
		table_take(&offer);
	(void)set_blocked(blocked);
}

static long operate(int semid, struct sembuf *sops, size_t nsops, const struct timespec *timeout)
{
	long r = attempt(semid, sops, nsops, timeout);

	const bool due = r == ASK_FOR_BODY && is_due(semid);

	if (r > 0)
		r = ask(semid, sops, nsops, timeout, NULL);
	if (due && r == 0 && readable(sops, sizeof(*sops)))
		ask_for_body(semid, sops->sem_num);
	return r;
}

static int result(long r)
{
	if (r >= 0)
		return (int)r;
	*__errno_location() = (int)-r;
	return -1;
}

SHIM_EXPORT int semtimedop(int semid, struct sembuf *sops, size_t nsops,
			   const struct timespec *timeout)
{
	return result(operate(semid, sops, nsops, timeout));
}

SHIM_EXPORT int semop(int semid, struct sembuf *sops, size_t nsops)
{
	return result(operate(semid, sops, nsops, NULL));
}
