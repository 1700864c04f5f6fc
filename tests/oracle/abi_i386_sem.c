/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Semaphores by i386's calls: ipc(2), whose SEMCTL takes a pointer to its argument, and the calls
 * with numbers of their own; structures with and without IPC_64; times of both widths.
 */
#include <sys/sem.h>

#include "i386.h"

#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

static char *mem;
static void *bad;

/* ipc(SEMCTL): the argument lies in memory. */
static long ctl(long set, long num, long cmd, long arg)
{
	uint32_t *cell = (uint32_t *)(void *)(mem + 2048);

	*cell = (uint32_t)arg;
	return i386_ipc(OP_SEMCTL, set, num, cmd, cell, 0);
}

static long split(long set, long num, long cmd, long arg)
{
	return i386_call(I386_SEMCTL, set, num, cmd, arg, 0, 0);
}

static struct sembuf *ops(int num, int op, int flags)
{
	struct sembuf *one = (struct sembuf *)(void *)(mem + 3072);

	*one = (struct sembuf){
		.sem_num = (unsigned short)num, .sem_op = (short)op, .sem_flg = (short)flags};
	return one;
}

static const void *time32(int32_t sec, int32_t nsec)
{
	int32_t *t = (int32_t *)(void *)(mem + 3200);

	t[0] = sec;
	t[1] = nsec;
	return t;
}

static const void *time64(int64_t sec, int64_t nsec)
{
	int64_t *t = (int64_t *)(void *)(mem + 3264);

	t[0] = sec;
	t[1] = nsec;
	return t;
}

static long timed32(long set, const struct sembuf *one, const void *t)
{
	return i386_ipc(OP_SEMTIMEDOP, set, 1, 0, one, ADDRESS(t));
}

static long timed64(long set, const struct sembuf *one, const void *t)
{
	return i386_call(I386_SEMTIMEDOP_TIME64, set, ADDRESS(one), 1, ADDRESS(t), 0, 0);
}

static void operating(long set)
{
	const int32_t ms20 = 20 * 1000 * 1000;
	long start;

	i386_say("semop +3", i386_ipc(OP_SEMOP, set, 1, 0, ops(0, 3, 0), 0x1234));
	i386_say("semop -4 nowait", i386_ipc(OP_SEMOP, set, 1, 0, ops(0, -4, IPC_NOWAIT), 0));
	i386_say("semop none", i386_ipc(OP_SEMOP, set, 0, 0, ops(0, 1, 0), 0));
	i386_say("semop -1 of them", i386_ipc(OP_SEMOP, set, -1, 0, ops(0, 1, 0), 0));
	i386_say("semop bad address", i386_ipc(OP_SEMOP, set, 1, 0, bad, 0));
	i386_say("semop no semaphore", i386_ipc(OP_SEMOP, set, 1, 0, ops(9, 1, 0), 0));
	start = sc_mstime();
	i386_say("time32 20 ms", timed32(set, ops(0, -4, 0), time32(0, ms20)));
	sc_say_elapsed("time32", start, 19, 4000);
	start = sc_mstime();
	i386_say("time64 20 ms", timed64(set, ops(0, -4, 0), time64(0, ms20)));
	sc_say_elapsed("time64", start, 19, 4000);
	i386_say("time32 none", timed32(set, ops(0, -1, 0), NULL));
	i386_say("time64 none", timed64(set, ops(0, 1, 0), NULL));
	i386_say("time32 sec -1", timed32(set, ops(0, -4, 0), time32(-1, 0)));
	i386_say("time32 nsec -1", timed32(set, ops(0, -4, 0), time32(0, -1)));
	i386_say("time32 nsec 10^9", timed32(set, ops(0, -4, 0), time32(0, 1000000000)));
	i386_say("time32 bad", timed32(set, ops(0, -4, 0), (char *)bad - 4));
	i386_say("time64 nsec -1", timed64(set, ops(0, -4, 0), time64(0, -1)));
	i386_say("time64 nsec 10^9", timed64(set, ops(0, -4, 0), time64(0, 1000000000)));
	i386_say("time64 padding", timed64(set, ops(0, -4, 0), time64(0, 0x123400000000ll + 5)));
	i386_say("time64 sec negative", timed64(set, ops(0, -4, 0), time64(INT64_MIN, 0)));
	i386_say("time64 bad", timed64(set, ops(0, -4, 0), (char *)bad - 8));
	i386_say("time64 enough there", timed64(set, ops(0, -3, 0), time64(INT64_MAX, 0)));
}

static void sleeper(void *arg)
{
	const long set = *(const long *)arg;

	i386_say("asleep 32", timed32(set, ops(1, -1, SEM_UNDO), time32(1000, 0)));
	i386_say("asleep 64", timed64(set, ops(1, -1, 0), time64(1000, 0)));
}

static void asleep(long set)
{
	pid_t pid = sc_fork("sleeper", sleeper, &set);

	sc_wait_in(pid, I386_IPC);
	i386_say("GETNCNT", ctl(set, 1, GETNCNT, 0));
	i386_say("wake", i386_ipc(OP_SEMOP, set, 1, 0, ops(1, 1, 0), 0));
	sc_wait_in(pid, I386_SEMTIMEDOP_TIME64);
	i386_say("wake", i386_ipc(OP_SEMOP, set, 1, 0, ops(1, 1, 0), 0));
	sc_wait(pid);
	i386_say("undone", split(set, 1, GETVAL, 0));
}

static void show64(const char *label, const uint32_t *w)
{
	sc_say("%s: key %#x uid %u gid %u cuid %u cgid %u mode %#o seq %u unused %u %u", label,
	       w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8]);
	sc_say("%s: otime %s %u ctime %s %u nsems %u unused %u %u, behind %#x", label,
	       sc_when((time_t)w[9]), w[10], sc_when((time_t)w[11]), w[12], w[13], w[14], w[15],
	       w[16]);
}

static void show_old(const char *label, const uint32_t *w)
{
	const uint16_t *h = (const uint16_t *)w;

	sc_say("%s: key %#x uid %u gid %u cuid %u cgid %u mode %#o seq %u", label, w[0], h[2], h[3],
	       h[4], h[5], h[6], h[7]);
	sc_say("%s: otime %s ctime %s pointers %u %u %u %u nsems %u padding %u, behind %#x", label,
	       sc_when((time_t)w[4]), sc_when((time_t)w[5]), w[6], w[7], w[8], w[9], h[20], h[21],
	       w[11]);
}

static void show(const char *label, long r, bool old)
{
	if (i386_say(label, r) >= 0)
		(old ? show_old : show64)(label, (const uint32_t *)(void *)mem);
	memset(mem, 0xee, 128);
}

static void values(long set)
{
	uint16_t *v = (uint16_t *)(void *)(mem + 512);

	i386_say("SETVAL", ctl(set, 0, SETVAL, 5));
	i386_say("SETVAL|IPC_64", ctl(set, 0, SETVAL | IPC_64, 6));
	i386_say("split SETVAL", split(set, 2, SETVAL, 7));
	i386_say("split SETVAL|IPC_64", split(set, 2, SETVAL | IPC_64, 8));
	i386_say("SETVAL -1", ctl(set, 0, SETVAL, -1));
	i386_say("GETVAL", ctl(set, 0, GETVAL, 0));
	i386_say("split GETVAL", split(set, 2, GETVAL, 0));
	i386_say("split GETVAL|IPC_64", split(set, 2, GETVAL | IPC_64, 0));
	i386_say("GETALL", ctl(set, 0, GETALL, ADDRESS(v)));
	sc_say("values %u %u %u", v[0], v[1], v[2]);
	v[1] = 40;
	i386_say("SETALL", ctl(set, 0, SETALL, ADDRESS(v)));
	i386_say("split GETALL", split(set, 0, GETALL, ADDRESS(v + 8)));
	sc_say("values %u %u %u", v[8], v[9], v[10]);
	i386_say("GETALL bad", ctl(set, 0, GETALL, ADDRESS(bad)));
	sc_say("GETPID %s", sc_role((pid_t)ctl(set, 1, GETPID, 0)));
	i386_say("no argument", i386_ipc(OP_SEMCTL, set, 0, GETVAL, NULL, 0));
	i386_say("no argument, bad set", i386_ipc(OP_SEMCTL, -1, 0, GETVAL, NULL, 0));
	i386_say("bad argument", i386_ipc(OP_SEMCTL, set, 0, GETVAL, bad, 0));
	i386_say("half an argument", i386_ipc(OP_SEMCTL, set, 0, GETVAL, (char *)bad - 2, 0));
	i386_say("bad set", ctl(-1, 0, GETVAL, 0));
	i386_say("command 99", ctl(set, 0, 99, 0));
	i386_say("command -1", ctl(set, 0, -1, 0));
}

static void controlling(long set)
{
	uint32_t *w = (uint32_t *)(void *)mem;
	uint16_t *h = (uint16_t *)(void *)mem;
	const long at = ADDRESS(mem);

	memset(mem, 0xee, 128);
	show("IPC_STAT", ctl(set, 0, IPC_STAT, at), true);
	show("IPC_STAT|IPC_64", ctl(set, 0, IPC_STAT | IPC_64, at), false);
	show("split IPC_STAT", split(set, 0, IPC_STAT, at), false);
	show("split IPC_STAT|IPC_64", split(set, 0, IPC_STAT | IPC_64, at), false);
	show("SEM_STAT", ctl(0, 0, SEM_STAT, at), true);
	show("split SEM_STAT_ANY", split(0, 0, SEM_STAT_ANY, at), false);
	show("split SEM_STAT_ANY|IPC_64", split(set, 0, SEM_STAT_ANY | IPC_64, at), false);
	for (int i = 0; i < 2; i++) {
		i386_say("info", ctl(0, 0, i ? SEM_INFO : IPC_INFO, at));
		sc_say("%u %u %u %u %u %u %u %u %u %u, behind %#x", w[0], w[1], w[2], w[3], w[4],
		       w[5], w[6], w[7], w[8], w[9], w[10]);
		i386_say("split info|IPC_64", split(0, 0, (i ? SEM_INFO : IPC_INFO) | IPC_64, at));
		sc_say("%u %u", w[7], w[9]);
	}
	memset(mem, 0, 128);
	w[1] = 100000;
	w[2] = 7;
	h[10] = 0640;
	i386_say("IPC_SET|IPC_64", ctl(set, 0, IPC_SET | IPC_64, at));
	show("after", ctl(set, 0, IPC_STAT, at), true);
	memset(mem, 0, 128);
	h[2] = 65535;
	h[3] = 8;
	h[6] = 0606;
	i386_say("IPC_SET", ctl(set, 0, IPC_SET, at));
	show("after", split(set, 0, IPC_STAT, at), false);
	memset((char *)bad - 36, 0, 36);
	i386_say("split IPC_SET, 36 bytes", split(set, 0, IPC_SET, ADDRESS(bad) - 36));
	i386_say("split IPC_SET, 32 bytes", split(set, 0, IPC_SET, ADDRESS(bad) - 32));
	i386_say("IPC_SET, 16 bytes", ctl(set, 0, IPC_SET, ADDRESS(bad) - 16));
	i386_say("IPC_SET, 12 bytes", ctl(set, 0, IPC_SET, ADDRESS(bad) - 12));
	i386_say("split IPC_SET|IPC_64", split(set, 0, IPC_SET | IPC_64, at));
	i386_say("split IPC_RMID|IPC_64", split(set, 0, IPC_RMID | IPC_64, 0));
	i386_say("IPC_RMID", ctl(set, 0, IPC_RMID, 0));
}

void scenario(void)
{
	i386_or_skip();
	mem = i386_memory(1);
	bad = mem + 4096;
	(void)i386_ipc(OP_SEMGET, IPC_PRIVATE, 3, IPC_CREAT | 0600, NULL,
		       0); /* so that no id is 0 */

	long set = i386_ipc(OP_SEMGET, IPC_PRIVATE, 3, IPC_CREAT | 0600, NULL, 0);

	i386_say("set", set);
	operating(set);
	asleep(set);
	values(set);
	controlling(set);
}
