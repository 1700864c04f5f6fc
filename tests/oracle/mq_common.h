/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the message queue scenarios share: the raw system calls, and lines that show a queue.
 *
 * Included by mq_*.c and mix_*.c only. Two reasons for the raw calls: the C library refuses names
 * without a leading slash and turns mq_unlink()'s EPERM into EACCES, so the kernel's own rules are
 * visible only below it; and it has no way to pass an invalid structure.
 *
 * Queues are kept small here unless their size is the point: RLIMIT_MSGQUEUE counts the bytes of a
 * user over all IPC namespaces, so scenarios that run at the same time share one allowance.
 */
#ifndef IPCNSD_TESTS_ORACLE_MQ_COMMON_H
#define IPCNSD_TESTS_ORACLE_MQ_COMMON_H

#include <linux/capability.h>
#include <mqueue.h>

#include "scenario.h"

#define MQ_DIR "/dev/mqueue"
#define MQ_BUFSZ 8192 /* no queue of an unprivileged caller has longer messages */

static inline long raw_mq_open(const char *name, int oflag, mode_t mode, const struct mq_attr *attr)
{
	return syscall(SYS_mq_open, name, oflag, mode, attr);
}

static inline long raw_mq_unlink(const char *name)
{
	return syscall(SYS_mq_unlink, name);
}

static inline long raw_mq_send(long fd, const void *msg, size_t len, unsigned int prio,
			       const struct timespec *abs_timeout)
{
	return syscall(SYS_mq_timedsend, fd, msg, len, prio, abs_timeout);
}

static inline long raw_mq_receive(long fd, void *msg, size_t len, unsigned int *prio,
				  const struct timespec *abs_timeout)
{
	return syscall(SYS_mq_timedreceive, fd, msg, len, prio, abs_timeout);
}

static inline long raw_mq_notify(long fd, const struct sigevent *sev)
{
	return syscall(SYS_mq_notify, fd, sev);
}

static inline long raw_mq_getsetattr(long fd, const struct mq_attr *new_attr, struct mq_attr *old)
{
	return syscall(SYS_mq_getsetattr, fd, new_attr, old);
}

/* Opens (and creates with mode 0666 & ~umask) a queue of this geometry; part of the set-up. */
static inline mqd_t mq_make(const char *name, int oflag, long maxmsg, long msgsize)
{
	struct mq_attr attr = {.mq_maxmsg = maxmsg, .mq_msgsize = msgsize};

	return (mqd_t)sc_must("mq_open", mq_open(name, oflag | O_CREAT, 0666, &attr));
}

/* Opens an existing queue; part of the set-up. */
static inline mqd_t mq_reopen(const char *name, int oflag)
{
	return (mqd_t)sc_must("mq_open", mq_open(name, oflag));
}

/* "label: nonblock=N maxmsg=N msgsize=N curmsgs=N", or the error. */
static inline void mq_show(const char *label, mqd_t q)
{
	struct mq_attr a;

	if (mq_getattr(q, &a) == -1) {
		sc_result(label, -1);
		return;
	}
	sc_say("%s: nonblock=%d maxmsg=%ld msgsize=%ld curmsgs=%ld", label,
	       a.mq_flags == O_NONBLOCK ? 1
	       : a.mq_flags == 0	? 0
					: -1,
	       a.mq_maxmsg, a.mq_msgsize, a.mq_curmsgs);
}

/* Sends text without its NUL: "label = 0" or the error. */
static inline int mq_put(const char *label, mqd_t q, const char *text, unsigned int prio)
{
	errno = 0;
	return (int)sc_result(label, mq_send(q, text, strlen(text), prio));
}

/* Receives: "label = LEN 'text' prio N", or the error. */
static inline ssize_t mq_take_until(const char *label, mqd_t q, const struct timespec *deadline)
{
	char buf[MQ_BUFSZ] = ""; /* if a bug leaves it alone, the transcript stays text */
	unsigned int prio = 0;
	ssize_t n;

	errno = 0;
	if (deadline)
		n = mq_timedreceive(q, buf, sizeof(buf), &prio, deadline);
	else
		n = mq_receive(q, buf, sizeof(buf), &prio);
	if (n == -1)
		sc_result(label, -1);
	else
		sc_say("%s = %zd '%.*s' prio %u", label, n, n < 60 ? (int)n : 60, buf, prio);
	return n;
}

static inline ssize_t mq_take(const char *label, mqd_t q)
{
	return mq_take_until(label, q, NULL);
}

/* The absolute time ms from now, on the clock that the timed calls use. */
static inline struct timespec mq_in_ms(long ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += ms % 1000 * 1000000L;
	if (ts.tv_nsec >= 1000000000L) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000L;
	}
	return ts;
}

/*
 * The status text that read(2) gives, with the pid replaced by its role. Needs a readable
 * descriptor; leaves its offset alone.
 */
static inline void mq_status(const char *label, int fd)
{
	char text[128];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	char *pid;

	if (n == -1) {
		sc_result(label, -1);
		return;
	}
	text[n] = '\0';
	pid = strstr(text, "NOTIFY_PID:");
	if (!pid) {
		sc_say("%s: unexpected '%s'", label, text);
		return;
	}
	pid += strlen("NOTIFY_PID:");
	sc_say("%s: %.*s%s", label, (int)(pid - text), text, sc_role((pid_t)atol(pid)));
}

/* Registers for a signal that carries value; part of what is tested. */
static inline void mq_want_signal(const char *label, mqd_t q, int sig, int value)
{
	struct sigevent sev = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = sig, .sigev_value.sival_int = value};

	errno = 0;
	sc_result(label, mq_notify(q, &sev));
}

/* Blocks sig, so that mq_got_signal() can look for it without a handler. */
static inline void mq_hold_signal(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sc_must("sigprocmask", sigprocmask(SIG_BLOCK, &set, NULL));
}

/* Takes sig if it is pending now (wait_ms 0) or comes soon: all that a notification tells. */
static inline void mq_got_signal(const char *label, int sig, long wait_ms)
{
	struct timespec ts = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000L};
	siginfo_t si;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	memset(&si, 0, sizeof(si));
	if (sigtimedwait(&set, &si, &ts) == -1) {
		sc_say("%s: no signal", label);
		return;
	}
	sc_say("%s: %s code=%s errno=%d value=%d uid=%d from %s", label, sc_signame(si.si_signo),
	       si.si_code == SI_MESGQ ? "SI_MESGQ" : "other", si.si_errno, si.si_value.sival_int,
	       (int)si.si_uid, sc_role(si.si_pid));
}

/* Gives CAP_SYS_RESOURCE up, which lifts the limits on queues; in a child only. */
static inline void mq_drop_sys_resource(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	sc_must("capget", syscall(SYS_capget, &head, data));
	data[0].effective &= ~(1U << CAP_SYS_RESOURCE);
	data[0].permitted &= ~(1U << CAP_SYS_RESOURCE);
	data[0].inheritable &= ~(1U << CAP_SYS_RESOURCE);
	sc_must("capset", syscall(SYS_capset, &head, data));
}

/*
 * The first of four user ids of nobody else: the kernel counts a user's queues of all namespaces
 * together, and other runs go on at the same time, in pid namespaces with the same pids.
 */
static inline uid_t mq_own_user(uid_t from, unsigned int range)
{
	unsigned int n;

	MUST(syscall(SYS_getrandom, &n, sizeof(n), 0));
	return from + n % (range / 4) * 4;
}

/*
 * From now on this process pays for its queues as a user of its own: RLIMIT_MSGQUEUE counts by the
 * real user. Its rights are those of the effective one, which stays. For scenarios that need queues
 * of the default size, of which root's allowance holds only nine.
 */
static inline void mq_own_purse(void)
{
	sc_must("setresuid", setresuid(mq_own_user(400000, 50000), -1, -1));
}

/* Becomes this user and group without further groups and capabilities; in a child only. */
static inline void mq_become(uid_t uid, gid_t gid)
{
	sc_must("setgroups", syscall(SYS_setgroups, 0, NULL));
	sc_must("setresgid", setresgid(gid, gid, gid));
	sc_must("setresuid", setresuid(uid, uid, uid));
}

#endif
