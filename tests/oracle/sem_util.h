/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shared by the sem_*.c scenarios: raw calls, and how results are put into the transcript.
 *
 * All calls are raw system calls: C libraries translate semctl()'s argument and may turn semop()
 * into semtimedop(). But with ORACLE_LIBC_SEMOP semop() and semtimedop() are the C library's, or whose
 * library is preloaded.
 */
#ifndef IPCNSD_TESTS_ORACLE_SEM_UTIL_H
#define IPCNSD_TESTS_ORACLE_SEM_UTIL_H

#include <sys/sem.h>

#include "scenario.h"

#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

#define SEM_PRINT_MAX 64

static inline long raw_semget(key_t key, int nsems, int flags)
{
	return syscall(SYS_semget, key, nsems, flags);
}

/* i386 has these two only behind ipc(2), as numbers 1 and 4. */
static inline long raw_semop(long id, const struct sembuf *ops, size_t nsops)
{
#ifdef ORACLE_LIBC_SEMOP
	return semop((int)id, (struct sembuf *)(uintptr_t)ops, nsops);
#elif defined(__i386__)
	return syscall(SYS_ipc, 1, id, nsops, 0, ops);
#else
	return syscall(SYS_semop, id, ops, nsops);
#endif
}

static inline long raw_semtimedop(long id, const struct sembuf *ops, size_t nsops,
				  const struct timespec *timeout)
{
#ifdef ORACLE_LIBC_SEMOP
	return semtimedop((int)id, (struct sembuf *)(uintptr_t)ops, nsops, timeout);
#elif defined(__i386__)
	return syscall(SYS_ipc, 4, id, nsops, 0, ops, timeout);
#else
	return syscall(SYS_semtimedop, id, ops, nsops, timeout);
#endif
}

static inline long raw_semctl(long id, int num, int cmd, const void *arg)
{
	return syscall(SYS_semctl, id, num, cmd, arg);
}

static inline long new_set(int nsems)
{
	return MUST(raw_semget(IPC_PRIVATE, nsems, IPC_CREAT | 0600));
}

/* One operation; the caller prints. */
static inline long op(long id, unsigned int num, int delta, int flags)
{
	struct sembuf one = {
		.sem_num = (unsigned short)num, .sem_op = (short)delta, .sem_flg = (short)flags};

	return raw_semop(id, &one, 1);
}

/* One operation with a relative timeout; the caller prints. */
static inline long op_ms(long id, unsigned int num, int delta, int flags, long ms)
{
	struct sembuf one = {
		.sem_num = (unsigned short)num, .sem_op = (short)delta, .sem_flg = (short)flags};
	struct timespec timeout = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	return raw_semtimedop(id, &one, 1, &timeout);
}

static inline long setval(long id, int num, long value)
{
	return syscall(SYS_semctl, id, num, SETVAL, value);
}

static inline long getval(long id, int num)
{
	return raw_semctl(id, num, GETVAL, NULL);
}

/* GETALL, printed. */
static inline void say_values(const char *label, long id, int nsems)
{
	unsigned short values[SEM_PRINT_MAX];
	char text[SEM_PRINT_MAX * 6 + 1];
	int len = 0;

	errno = 0;
	if (raw_semctl(id, 0, GETALL, values) < 0) {
		sc_say("%s: GETALL = -1 %s", label, sc_errname(errno));
		return;
	}
	text[0] = 0;
	for (int i = 0; i < nsems && i < SEM_PRINT_MAX; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, " %u", values[i]);
	sc_say("%s: values%s", label, text);
}

/* Value, last process, sleepers of one semaphore, printed. */
static inline void say_sem(const char *label, long id, int num)
{
	sc_say("%s: sem %d val %ld pid %s ncnt %ld zcnt %ld", label, num, getval(id, num),
	       sc_role((pid_t)raw_semctl(id, num, GETPID, NULL)),
	       raw_semctl(id, num, GETNCNT, NULL), raw_semctl(id, num, GETZCNT, NULL));
}

static inline void say_set_ds(const char *label, const struct semid_ds *ds)
{
	sc_say("%s: key %#x mode %#o uid %u gid %u cuid %u cgid %u seq %u", label,
	       (unsigned int)ds->sem_perm.__key, ds->sem_perm.mode, ds->sem_perm.uid,
	       ds->sem_perm.gid, ds->sem_perm.cuid, ds->sem_perm.cgid, ds->sem_perm.__seq);
	sc_say("%s: nsems %lu otime %s ctime %s", label, (unsigned long)ds->sem_nsems,
	       sc_when(ds->sem_otime), sc_when(ds->sem_ctime));
}

/* IPC_STAT, printed. */
static inline void say_set(const char *label, long id)
{
	struct semid_ds ds;

	memset(&ds, 0, sizeof(ds));
	errno = 0;
	if (raw_semctl(id, 0, IPC_STAT, &ds) < 0)
		sc_say("%s: IPC_STAT = -1 %s", label, sc_errname(errno));
	else
		say_set_ds(label, &ds);
}

/* IPC_SET of the mode alone; the caller prints. */
static inline long sem_set_mode(long id, unsigned int mode)
{
	struct semid_ds ds;

	MUST(raw_semctl(id, 0, IPC_STAT, &ds));
	ds.sem_perm.mode = (unsigned short)mode;
	return raw_semctl(id, 0, IPC_SET, &ds);
}

struct op_args {
	long id;
	unsigned int num;
	int delta;
	int flags;
};

static inline void op_actor(void *arg)
{
	const struct op_args *args = arg;
	char label[64];

	snprintf(label, sizeof(label), "semop(sem %u, %+d, flags 0%o)", args->num, args->delta,
		 args->flags);
	CALL_Q(label, op(args->id, args->num, args->delta, args->flags));
}

/* Forks a child that does one operation, and returns when it sleeps there. */
static inline pid_t park_op(const char *role, long id, unsigned int num, int delta, int flags)
{
	struct op_args args = {.id = id, .num = num, .delta = delta, .flags = flags};
	pid_t pid = sc_fork(role, op_actor, &args);

	sc_wait_parked(pid);
	return pid;
}

#endif
