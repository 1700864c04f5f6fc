/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * POSIX queues by i386's calls (structures of longs, times of both widths, a 4-byte signal value),
 * and shared memory, where ipc(2)'s SHMAT stores the address instead of returning it.
 */
#include <sys/shm.h>

#include "i386.h"
#include "mq_common.h"

static char *mem;
static void *bad;

static int32_t *attr(int32_t flags, int32_t maxmsg, int32_t msgsize)
{
	int32_t *a = (int32_t *)(void *)(mem + 256);

	memset(a, 0, 32);
	a[0] = flags;
	a[1] = maxmsg;
	a[2] = msgsize;
	return a;
}

static long mq_open32(const char *name, long flags, const void *a)
{
	strcpy(mem, name);
	return i386_call(I386_MQ_OPEN, ADDRESS(mem), flags, 0600, ADDRESS(a), 0, 0);
}

static void opened(const char *label, long fd)
{
	sc_say("%s: %s", label, fd < 0 ? sc_errname((int)-fd) : "ok");
	if (fd >= 0)
		close((int)fd);
}

static void show_attr(const char *label, long r)
{
	const int32_t *a = (const int32_t *)(void *)(mem + 512);

	if (i386_say(label, r) >= 0)
		sc_say("%s: flags %#x maxmsg %d msgsize %d curmsgs %d reserved %d %d, behind %#x",
		       label, (unsigned int)a[0], a[1], a[2], a[3], a[4], a[7], (unsigned int)a[8]);
	memset(mem + 512, 0xee, 64);
}

static void attributes(long q)
{
	const long out = ADDRESS(mem + 512);

	memset(mem + 512, 0xee, 64);
	show_attr("get", i386_call(I386_MQ_GETSETATTR, q, 0, out, 0, 0, 0));
	show_attr("set", i386_call(I386_MQ_GETSETATTR, q, ADDRESS(attr(O_NONBLOCK, -1, -1)), out, 0,
				   0, 0));
	show_attr("get", i386_call(I386_MQ_GETSETATTR, q, 0, out, 0, 0, 0));
	show_attr("bad flags",
		  i386_call(I386_MQ_GETSETATTR, q, ADDRESS(attr(-1, 0, 0)), out, 0, 0, 0));
	memset((char *)bad - 32, 0, 32);
	show_attr("at the end", i386_call(I386_MQ_GETSETATTR, q, ADDRESS(bad) - 32, 0, 0, 0, 0));
	show_attr("beyond the end",
		  i386_call(I386_MQ_GETSETATTR, q, ADDRESS(bad) - 28, out, 0, 0, 0));
	show_attr("out beyond the end",
		  i386_call(I386_MQ_GETSETATTR, q, 0, ADDRESS(bad) - 28, 0, 0, 0));
}

static long now_plus(int width, long sec, int64_t nsec)
{
	struct timespec ts = mq_in_ms(0);
	int64_t *wide = (int64_t *)(void *)(mem + 1024);
	int32_t *narrow = (int32_t *)(void *)(mem + 1024);

	if (width == 64) {
		wide[0] = ts.tv_sec + sec;
		wide[1] = nsec;
	} else {
		narrow[0] = (int32_t)(ts.tv_sec + sec);
		narrow[1] = (int32_t)nsec;
	}
	return ADDRESS(mem + 1024);
}

static long mq_send32(long q, const char *text, long prio, int width, long timeout)
{
	strcpy(mem + 768, text);
	return i386_call(width == 64 ? I386_MQ_TIMEDSEND_TIME64 : I386_MQ_TIMEDSEND, q,
			 ADDRESS(mem + 768), (long)strlen(text), prio, timeout, 0);
}

static void take(const char *label, long q, int width, long timeout)
{
	uint32_t *prio = (uint32_t *)(void *)(mem + 900);
	long n = i386_call(width == 64 ? I386_MQ_TIMEDRECEIVE_TIME64 : I386_MQ_TIMEDRECEIVE, q,
			   ADDRESS(mem + 832), 16, ADDRESS(prio), timeout, 0);

	if (n < 0)
		i386_say(label, n);
	else
		sc_say("%s = %ld '%.*s' prio %u", label, n, (int)n, mem + 832, *prio);
}

static void messages(void)
{
	long q = mq_open32("m", O_RDWR | O_CREAT, attr(0, 2, 16));

	if (q < 0)
		sc_fail("mq_open: %s", sc_errname((int)-q));
	for (int width = 32; width <= 64; width += 32) {
		sc_say("times of %d bits", width);
		i386_say("send", mq_send32(q, "no time", 3, width, 0));
		i386_say("send", mq_send32(q, "later", 9, width, now_plus(width, 100, 0)));
		i386_say("full, past", mq_send32(q, "x", 1, width, now_plus(width, -100, 0)));
		i386_say("full, nsec -1", mq_send32(q, "x", 1, width, now_plus(width, 100, -1)));
		i386_say("full, nsec 10^9",
			 mq_send32(q, "x", 1, width, now_plus(width, 1, 1000000000)));
		i386_say("full, bad time", mq_send32(q, "x", 1, width, ADDRESS(bad) - 4));
		i386_say("priority", mq_send32(q, "x", 32768, width, 0));
		i386_say("long", mq_send32(q, "more than 16 bytes", 1, width, 0));
		i386_say("length -1", i386_call(I386_MQ_TIMEDSEND, q, ADDRESS(mem), -1, 0, 0, 0));
		take("receive", q, width, now_plus(width, 100, 0));
		take("receive", q, width, 0);
		take("empty, past", q, width, now_plus(width, -100, 5));
		take("empty, sec -1", q, width, now_plus(width, -2100000000, 0));
	}
	i386_say("padding", mq_send32(q, "padding", 1, 64, now_plus(64, 100, 0x123400000000ll)));
	take("receive", q, 64, now_plus(64, 100, 0x7fff00000000ll));
	attributes(q);
	close((int)q);
}

static void notification(void)
{
	const int sig = SIGUSR2;
	int32_t *sev = (int32_t *)(void *)((char *)bad - 16); /* no more of it is read */
	long q = mq_open32("n", O_RDWR | O_CREAT, attr(0, 2, 16));

	mq_hold_signal(sig);
	sev[0] = -123456;
	sev[1] = sig;
	sev[2] = SIGEV_SIGNAL;
	i386_say("notify", i386_call(I386_MQ_NOTIFY, q, ADDRESS(sev), 0, 0, 0, 0));
	i386_say("again", i386_call(I386_MQ_NOTIFY, q, ADDRESS(sev), 0, 0, 0, 0));
	i386_say("send", mq_send32(q, "wakes", 1, 32, 0));
	mq_got_signal("signal", sig, 2000);
	sev[1] = 65;
	i386_say("bad signal", i386_call(I386_MQ_NOTIFY, q, ADDRESS(sev), 0, 0, 0, 0));
	sev[2] = 99;
	i386_say("bad kind", i386_call(I386_MQ_NOTIFY, q, ADDRESS(sev), 0, 0, 0, 0));
	sev[2] = SIGEV_THREAD;
	/* The value from above can be an address of the stack, which ends near it. */
	sev[0] = 8;
	i386_say("no socket", i386_call(I386_MQ_NOTIFY, q, ADDRESS(sev), 0, 0, 0, 0));
	sev[0] = (int32_t)ADDRESS(mem);
	i386_say("no such socket", i386_call(I386_MQ_NOTIFY, q, ADDRESS(sev), 0, 0, 0, 0));
	i386_say("too short", i386_call(I386_MQ_NOTIFY, q, ADDRESS(bad) - 12, 0, 0, 0, 0));
	i386_say("none", i386_call(I386_MQ_NOTIFY, q, 0, 0, 0, 0, 0));
	close((int)q);
}

static void segments(void)
{
	uint32_t *at = (uint32_t *)(void *)(mem + 64);
	uint32_t *w = (uint32_t *)(void *)(mem + 128);
	long id = i386_ipc(OP_SHMGET, IPC_PRIVATE, 8192, IPC_CREAT | 0600, NULL, 0);

	i386_say("segment", id);
	i386_say("SHMAT", i386_ipc(OP_SHMAT, id, 0, ADDRESS(at), NULL, 0));
	char *p = (char *)(uintptr_t)*at;

	strcpy(p, "stored here");
	i386_say("SHMAT version 1", i386_ipc(VERSION(1) | OP_SHMAT, id, 0, ADDRESS(at), NULL, 0));
	i386_say("SHMAT read only", i386_ipc(OP_SHMAT, id, SHM_RDONLY, ADDRESS(at), NULL, 0));
	sc_say("text '%s'", (char *)(uintptr_t)*at);
	i386_say("SHMDT", i386_ipc(OP_SHMDT, 0, 0, 0, (char *)(uintptr_t)*at, 0));
	i386_say("SHMAT of none", i386_ipc(OP_SHMAT, id + 1, 0, ADDRESS(at), NULL, 0));
	i386_say("IPC_STAT|IPC_64", i386_ipc(OP_SHMCTL, id, IPC_STAT | IPC_64, 0, w, 0));
	sc_say("mode %#o size %u nattch %u", w[5], w[9], w[18]);
	i386_say("split shmctl", i386_call(I386_SHMCTL, id, IPC_STAT, ADDRESS(w), 0, 0, 0));
	sc_say("mode %#o size %u nattch %u", w[5], w[9], w[18]);
	i386_say("IPC_STAT", i386_ipc(OP_SHMCTL, id, IPC_STAT, 0, w, 0));
	sc_say("mode %#o size %u", w[3] & 0xffff, w[4]);
	i386_say("split shmdt", i386_call(I386_SHMDT, ADDRESS(p), 0, 0, 0, 0, 0));
	i386_say("SHMDT of none", i386_ipc(OP_SHMDT, 0, 0, 0, p, 0));
	long split = i386_call(I386_SHMAT, id, 0, 0, 0, 0, 0);

	/* An address over 2 GiB looks negative. */
	sc_say("split shmat: %s", split < 0 && split > -4096	       ? sc_errname((int)-split)
				  : (char *)(uintptr_t)(uint32_t)split ? "ok"
								       : "null");
	sc_say("text '%s'", (char *)(uintptr_t)(uint32_t)split);
	i386_say("IPC_RMID", i386_ipc(OP_SHMCTL, id, IPC_RMID, 0, NULL, 0));
}

void scenario(void)
{
	i386_or_skip();
	mem = i386_memory(1);
	bad = mem + 4096;
	opened("geometry", mq_open32("g", O_RDWR | O_CREAT, attr(0, 3, 64)));
	opened("there, bad attributes, no O_CREAT", mq_open32("g", O_RDWR, bad));
	opened("there, bad attributes", mq_open32("g", O_RDWR | O_CREAT, bad));
	opened("negative geometry", mq_open32("h", O_RDWR | O_CREAT, attr(0, -1, 64)));
	opened("largest geometry", mq_open32("h", O_RDWR | O_CREAT, attr(0, INT32_MAX, INT32_MAX)));
	messages();
	notification();
	segments();
}
