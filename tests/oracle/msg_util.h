/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shared by the msg_*.c scenarios: messages of text, and how results are put into the transcript.
 *
 * All calls are raw system calls, so that no C library stands between the errno and the transcript.
 */
#ifndef IPCNSD_TESTS_ORACLE_MSG_UTIL_H
#define IPCNSD_TESTS_ORACLE_MSG_UTIL_H

#include <sys/msg.h>

#include "scenario.h"

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif
#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif

#define MSG_TEXT_MAX 8192 /* the default msgmax */

struct text_msg {
	long type;
	char text[MSG_TEXT_MAX + 1];
};

static inline long raw_msgget(key_t key, int flags)
{
	return syscall(SYS_msgget, key, flags);
}

static inline long raw_msgsnd(long id, const void *msg, size_t size, int flags)
{
	return syscall(SYS_msgsnd, id, msg, size, flags);
}

static inline long raw_msgrcv(long id, void *msg, size_t size, long type, int flags)
{
	return syscall(SYS_msgrcv, id, msg, size, type, flags);
}

static inline long raw_msgctl(long id, int cmd, void *arg)
{
	return syscall(SYS_msgctl, id, cmd, arg);
}

static inline long new_queue(void)
{
	return MUST(raw_msgget(IPC_PRIVATE, IPC_CREAT | 0600));
}

/* Sends the text without its NUL; the caller prints. */
static inline long send_text(long id, long type, const char *text, int flags)
{
	struct text_msg msg = {.type = type};

	strcpy(msg.text, text);
	return raw_msgsnd(id, &msg, strlen(text), flags);
}

/* Sends size bytes of the letter fill; the caller prints. */
static inline long send_fill(long id, long type, char fill, size_t size, int flags)
{
	struct text_msg msg = {.type = type};

	memset(msg.text, fill, size < sizeof(msg.text) ? size : sizeof(msg.text));
	return raw_msgsnd(id, &msg, size, flags);
}

/* Receives and prints: result, type, and the text in short (long ones as length and ends). */
static inline long recv_say(long id, size_t size, long type, int flags)
{
	struct text_msg msg = {.type = -77};
	char label[96];
	long n;

	memset(msg.text, '#', sizeof(msg.text));
	errno = 0;
	n = raw_msgrcv(id, &msg, size, type, flags);
	snprintf(label, sizeof(label), "msgrcv(size %zu, type %ld, flags 0%o)", size, type, flags);
	if (n < 0)
		sc_result(label, n);
	else if (n <= 40)
		sc_say("%s = %ld type %ld \"%.*s\" then '%c'", label, n, msg.type, (int)n, msg.text,
		       msg.text[n]);
	else
		sc_say("%s = %ld type %ld \"%.4s\"...\"%.4s\" then '%c'", label, n, msg.type,
		       msg.text, msg.text + n - 4, msg.text[n]);
	return n;
}

static inline void say_queue_ds(const char *label, const struct msqid_ds *ds)
{
	sc_say("%s: key %#x mode %#o uid %u gid %u cuid %u cgid %u seq %u", label,
	       (unsigned int)ds->msg_perm.__key, ds->msg_perm.mode, ds->msg_perm.uid,
	       ds->msg_perm.gid, ds->msg_perm.cuid, ds->msg_perm.cgid, ds->msg_perm.__seq);
	sc_say("%s: qnum %lu cbytes %lu qbytes %lu lspid %s", label, ds->msg_qnum, ds->__msg_cbytes,
	       ds->msg_qbytes, sc_role(ds->msg_lspid));
	sc_say("%s: lrpid %s stime %s rtime %s ctime %s", label, sc_role(ds->msg_lrpid),
	       sc_when(ds->msg_stime), sc_when(ds->msg_rtime), sc_when(ds->msg_ctime));
}

/* IPC_STAT, printed. */
static inline void say_queue(const char *label, long id)
{
	struct msqid_ds ds;

	memset(&ds, 0, sizeof(ds));
	errno = 0;
	if (raw_msgctl(id, IPC_STAT, &ds) < 0)
		sc_say("%s: IPC_STAT = -1 %s", label, sc_errname(errno));
	else
		say_queue_ds(label, &ds);
}

/* Only the two counts, for scenarios about content. */
static inline void say_fill(const char *label, long id)
{
	struct msqid_ds ds;

	MUST(raw_msgctl(id, IPC_STAT, &ds));
	sc_say("%s: qnum %lu cbytes %lu", label, ds.msg_qnum, ds.__msg_cbytes);
}

/* IPC_SET of msg_qbytes alone; the caller prints. */
static inline long set_qbytes(long id, unsigned long qbytes)
{
	struct msqid_ds ds;

	MUST(raw_msgctl(id, IPC_STAT, &ds));
	ds.msg_qbytes = qbytes;
	return raw_msgctl(id, IPC_SET, &ds);
}

/* IPC_SET of the mode alone; the caller prints. */
static inline long msg_set_mode(long id, unsigned int mode)
{
	struct msqid_ds ds;

	MUST(raw_msgctl(id, IPC_STAT, &ds));
	ds.msg_perm.mode = mode;
	return raw_msgctl(id, IPC_SET, &ds);
}

struct recv_args {
	long id;
	size_t size;
	long type;
	int flags;
};

static inline void recv_actor(void *arg)
{
	const struct recv_args *args = arg;

	recv_say(args->id, args->size, args->type, args->flags);
}

/* Forks a child that receives once, and returns when it sleeps there. */
static inline pid_t park_receiver(const char *role, long id, size_t size, long type, int flags)
{
	struct recv_args args = {.id = id, .size = size, .type = type, .flags = flags};
	pid_t pid = sc_fork(role, recv_actor, &args);

	sc_wait_parked(pid);
	return pid;
}

struct send_args {
	long id;
	long type;
	const char *text;
};

static inline void send_actor(void *arg)
{
	const struct send_args *args = arg;

	CALL_Q("msgsnd", send_text(args->id, args->type, args->text, 0));
}

/* Forks a child that sends once, and returns when it sleeps there. */
static inline pid_t park_sender(const char *role, long id, long type, const char *text)
{
	struct send_args args = {.id = id, .type = type, .text = text};
	pid_t pid = sc_fork(role, send_actor, &args);

	sc_wait_parked(pid);
	return pid;
}

#endif
