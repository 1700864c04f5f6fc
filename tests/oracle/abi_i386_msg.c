/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Message queues by i386's calls: ipc(2) in its versions and the calls with numbers of their own,
 * structures with and without IPC_64, a 4-byte mtype.
 */
#include <sys/msg.h>

#include "i386.h"

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif
#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif

struct msg32 {
	int32_t type;
	char text[64];
};

static char *mem;
static struct msg32 *msg;
static void *bad;

static void fill(int32_t type, const char *text)
{
	memset(msg, '#', sizeof(*msg));
	msg->type = type;
	memcpy(msg->text, text, strlen(text));
}

static void got(const char *label, long n)
{
	if (n < 0)
		i386_say(label, n);
	else
		sc_say("%s = %ld type %d '%.*s' then '%c'", label, n, msg->type, (int)n, msg->text,
		       msg->text[n]);
	memset(msg, '#', sizeof(*msg));
}

static void send(long q, int32_t type, const char *text)
{
	fill(type, text);
	i386_say("send", i386_ipc(OP_MSGSND, q, (long)strlen(text), IPC_NOWAIT, msg, 0));
}

static long receive0(long q, long size, const void *at, int32_t type, int flags)
{
	uint32_t *kludge = (uint32_t *)(void *)(mem + 1024);

	kludge[0] = (uint32_t)(uintptr_t)at;
	kludge[1] = (uint32_t)type;
	return i386_ipc(OP_MSGRCV, q, size, flags, kludge, 0x5555);
}

static void sending(long q)
{
	send(q, 1, "one");
	send(q, INT32_MAX, "the largest type");
	send(q, 0, "none");
	send(q, -1, "negative");
	fill(2, "split");
	i386_say("split msgsnd", i386_call(I386_MSGSND, q, ADDRESS(msg), 5, IPC_NOWAIT, 0, 0));
	i386_say("size -1", i386_ipc(OP_MSGSND, q, -1, 0, msg, 0));
	i386_say("size 8193", i386_ipc(OP_MSGSND, q, 8193, 0, msg, 0));
	i386_say("queue -1", i386_ipc(OP_MSGSND, -1, 1, 0, msg, 0));
	i386_say("bad address", i386_ipc(OP_MSGSND, q, 1, 0, bad, 0));
	i386_say("no address", i386_ipc(OP_MSGSND, q, 1, 0, NULL, 0));

	int32_t *last = (int32_t *)(void *)((char *)bad - 4);

	*last = 1;
	i386_say("text in the bad page", i386_ipc(OP_MSGSND, q, 1, IPC_NOWAIT, last, 0));
	i386_say("no text", i386_ipc(OP_MSGSND, q, 0, IPC_NOWAIT, last, 0));
	*last = 0;
	i386_say("bad type, bad text", i386_ipc(OP_MSGSND, q, 1, IPC_NOWAIT, last, 0));
}

static void receiving(long q)
{
	got("version 0, type 0", receive0(q, 64, msg, 0, IPC_NOWAIT));
	got("version 1, type", i386_ipc(VERSION(1) | OP_MSGRCV, q, 64, IPC_NOWAIT, msg, INT32_MAX));
	got("split, too small", i386_call(I386_MSGRCV, q, ADDRESS(msg), 2, 2, IPC_NOWAIT, 0));
	got("split, MSG_NOERROR",
	    i386_call(I386_MSGRCV, q, ADDRESS(msg), 2, 2, IPC_NOWAIT | MSG_NOERROR, 0));
	send(q, 7, "seven");
	send(q, 5, "five");
	got("version 0, type -6", receive0(q, 64, msg, -6, IPC_NOWAIT));
	got("version 9, except 1",
	    i386_ipc(VERSION(9) | OP_MSGRCV, q, 64, IPC_NOWAIT | MSG_EXCEPT, msg, 1));
	send(q, 8, "eight");
	got("split, type INT_MIN",
	    i386_call(I386_MSGRCV, q, ADDRESS(msg), 64, INT32_MIN, IPC_NOWAIT, 0));
	got("copy", i386_call(I386_MSGRCV, q, ADDRESS(msg), 64, 0, IPC_NOWAIT | MSG_COPY, 0));
	got("rest", receive0(q, 64, msg, 0, IPC_NOWAIT));
	got("rest", receive0(q, 64, msg, 0, IPC_NOWAIT));

	got("version 0, queue -1", receive0(-1, 64, msg, 0, IPC_NOWAIT));
	got("version 0, size -1", receive0(q, -1, msg, 0, IPC_NOWAIT));
	got("version 0, size -1, bad address", i386_ipc(OP_MSGRCV, q, -1, 0, bad, 0));
	got("version 0, no address", i386_ipc(OP_MSGRCV, q, 1, 0, NULL, 0));
	got("version 0, bad address", i386_ipc(OP_MSGRCV, q, 1, 0, bad, 0));
	got("version 0, half an address", i386_ipc(OP_MSGRCV, q, 1, 0, (char *)bad - 4, 0));
	send(q, 3, "lost");
	got("version 0, bad buffer", receive0(q, 64, bad, 0, IPC_NOWAIT));
	got("gone", receive0(q, 64, msg, 0, IPC_NOWAIT));
}

static void receiver(void *arg)
{
	got("asleep, version 0", receive0(*(const long *)arg, 64, msg, -9, 0));
	got("asleep, version 1",
	    i386_ipc(VERSION(1) | OP_MSGRCV, *(const long *)arg, 64, 0, msg, 9));
}

static void asleep(long q)
{
	pid_t pid = sc_fork("receiver", receiver, &q);

	sc_wait_in(pid, I386_IPC);
	send(q, 4, "to the sleeper");
	sc_wait_in(pid, I386_IPC);
	send(q, 9, "again");
	sc_wait(pid);
}

/* The structure as words, but for what two runs rightly have different. */
static void show64(const char *label, const uint32_t *w)
{
	sc_say("%s: key %#x uid %u gid %u cuid %u cgid %u mode %#o seq %u unused %u %u", label,
	       w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8]);
	sc_say("%s: stime %s %u rtime %s %u ctime %s %u", label, sc_when((time_t)w[9]), w[10],
	       sc_when((time_t)w[11]), w[12], sc_when((time_t)w[13]), w[14]);
	sc_say("%s: cbytes %u qnum %u qbytes %u", label, w[15], w[16], w[17]);
	sc_say("%s: lspid %s", label, sc_role((pid_t)w[18]));
	sc_say("%s: lrpid %s, unused %u %u, behind %#x", label, sc_role((pid_t)w[19]), w[20], w[21],
	       w[22]);
}

static void show_old(const char *label, const uint32_t *w)
{
	const uint16_t *h = (const uint16_t *)w;

	sc_say("%s: key %#x uid %u gid %u cuid %u cgid %u mode %#o seq %u", label, w[0], h[2], h[3],
	       h[4], h[5], h[6], h[7]);
	sc_say("%s: first %u last %u stime %s rtime %s ctime %s", label, w[4], w[5],
	       sc_when((time_t)w[6]), sc_when((time_t)w[7]), sc_when((time_t)w[8]));
	sc_say("%s: lcbytes %u lqbytes %u cbytes %u qnum %u qbytes %u", label, w[9], w[10], h[22],
	       h[23], h[24]);
	sc_say("%s: pids %s, padding %u, behind %#x", label,
	       h[25] == (uint16_t)getpid() ? "self"
	       : h[25]			   ? "other"
					   : "none",
	       h[27], w[14]);
}

static void show(const char *label, long r, bool old)
{
	if (i386_say(label, r) >= 0)
		(old ? show_old : show64)(label, (const uint32_t *)(void *)mem);
	memset(mem, 0xee, 128);
}

static void controlling(long q)
{
	uint32_t *w = (uint32_t *)(void *)mem;
	uint16_t *h = (uint16_t *)(void *)mem;
	const long at = ADDRESS(mem);

	memset(mem, 0xee, 128);
	send(q, 6, "lies here");
	memset(mem, 0xee, 128);
	show("ipc IPC_STAT", i386_ipc(OP_MSGCTL, q, IPC_STAT, 0, mem, 0), true);
	show("ipc IPC_STAT|IPC_64", i386_ipc(OP_MSGCTL, q, IPC_STAT | IPC_64, 0, mem, 0), false);
	show("split IPC_STAT", i386_call(I386_MSGCTL, q, IPC_STAT, at, 0, 0, 0), false);
	show("split IPC_STAT|IPC_64", i386_call(I386_MSGCTL, q, IPC_STAT | IPC_64, at, 0, 0, 0),
	     false);
	show("ipc MSG_STAT", i386_ipc(OP_MSGCTL, 0, MSG_STAT, 0, mem, 0), true);
	show("split MSG_STAT", i386_call(I386_MSGCTL, 0, MSG_STAT, at, 0, 0, 0), false);
	show("split MSG_STAT_ANY|IPC_64",
	     i386_call(I386_MSGCTL, q, MSG_STAT_ANY | IPC_64, at, 0, 0, 0), false);
	show("split MSG_STAT|IPC_64 of no queue",
	     i386_call(I386_MSGCTL, q + 1, MSG_STAT | IPC_64, at, 0, 0, 0), false);

	for (int i = 0; i < 2; i++) {
		i386_say("ipc info", i386_ipc(OP_MSGCTL, 0, (i ? MSG_INFO : IPC_INFO), 0, mem, 0));
		sc_say("%u %u %u %u %u %u %u, behind %#x", w[0], w[1], w[2], w[3], w[4], w[5], w[6],
		       w[8]);
		i386_say("split info", i386_call(I386_MSGCTL, 0, (i ? MSG_INFO : IPC_INFO) | IPC_64,
						 at, 0, 0, 0));
		sc_say("%u %u %u %u %u %u %u, behind %#x", w[0], w[1], w[2], w[3], w[4], w[5], w[6],
		       w[8]);
	}

	/* IPC_SET. An old structure's ids have 16 bits, and 65535 is one. */
	memset(mem, 0, 128);
	w[1] = 100000;
	w[2] = 7;
	h[10] = 0640;
	w[17] = 9000;
	i386_say("ipc IPC_SET|IPC_64", i386_ipc(OP_MSGCTL, q, IPC_SET | IPC_64, 0, mem, 0));
	show("after", i386_ipc(OP_MSGCTL, q, IPC_STAT, 0, mem, 0), true);
	memset(mem, 0, 128);
	h[2] = 65535;
	h[3] = 8;
	h[6] = 0606;
	h[24] = 4096;
	i386_say("ipc IPC_SET", i386_ipc(OP_MSGCTL, q, IPC_SET, 0, mem, 0));
	show("after", i386_call(I386_MSGCTL, q, IPC_STAT, at, 0, 0, 0), false);
	memset(mem, 0, 128);
	w[1] = UINT32_MAX;
	w[17] = 4096;
	i386_say("split IPC_SET, no uid", i386_call(I386_MSGCTL, q, IPC_SET, at, 0, 0, 0));
	i386_say("split IPC_SET|IPC_64", i386_call(I386_MSGCTL, q, IPC_SET | IPC_64, at, 0, 0, 0));

	/* Only what is needed of it is read. */
	memset((char *)bad - 72, 0, 72);
	((uint32_t *)bad)[-1] = 5000;
	i386_say("split IPC_SET, 72 bytes",
		 i386_call(I386_MSGCTL, q, IPC_SET, ADDRESS(bad) - 72, 0, 0, 0));
	i386_say("split IPC_SET, 68 bytes",
		 i386_call(I386_MSGCTL, q, IPC_SET, ADDRESS(bad) - 68, 0, 0, 0));
	i386_say("ipc IPC_SET, 52 bytes", i386_ipc(OP_MSGCTL, q, IPC_SET, 0, (char *)bad - 52, 0));
	i386_say("ipc IPC_SET, 48 bytes", i386_ipc(OP_MSGCTL, q, IPC_SET, 0, (char *)bad - 48, 0));
	i386_say("ipc IPC_STAT, 48 bytes",
		 i386_ipc(OP_MSGCTL, q, IPC_STAT, 0, (char *)bad - 48, 0));
	i386_say("split IPC_SET|IPC_64, bad",
		 i386_call(I386_MSGCTL, q, IPC_SET | IPC_64, ADDRESS(bad), 0, 0, 0));
	i386_say("command 99", i386_ipc(OP_MSGCTL, q, 99, 0, mem, 0));
	i386_say("command -1", i386_ipc(OP_MSGCTL, q, -1, 0, mem, 0));
	i386_say("split IPC_RMID|IPC_64", i386_call(I386_MSGCTL, q, IPC_RMID | IPC_64, 0, 0, 0, 0));
	i386_say("ipc IPC_RMID", i386_ipc(OP_MSGCTL, q, IPC_RMID, 0, NULL, 0));
}

void scenario(void)
{
	i386_or_skip();
	mem = i386_memory(1);
	bad = mem + 4096;
	msg = (struct msg32 *)(void *)(mem + 2048);
	(void)i386_ipc(OP_MSGGET, IPC_PRIVATE, IPC_CREAT | 0600, 0, NULL,
		       0); /* so that no id is 0 */

	long q = i386_ipc(OP_MSGGET, IPC_PRIVATE, IPC_CREAT | 0600, 0, NULL, 0);

	i386_say("queue", q);
	sending(q);
	receiving(q);
	asleep(q);
#ifdef __x86_64__
	/* A type of the 64-bit door that does not fit is cut. */
	struct {
		long type;
		char text[8];
	} wide = {.type = (1L << 40) + 77, .text = "wide"};

	CALL(msgsnd((int)q, &wide, 4, 0));
	got("wide type", receive0(q, 64, msg, 0, IPC_NOWAIT));
#endif
	controlling(q);
}
