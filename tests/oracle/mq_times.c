/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The three times of a queue, in whole seconds: all advance with a message sent or received, access
 * and change time with a registration, mq_setattr() and a read of the status, and no other call
 * moves them, least of all one that fails. (ipc/mqueue.c; the file system's granularity is the
 * VFS's default of one second.)
 *
 * As a second must pass before a change can show, every call has a queue of its own and all are
 * made in the same second.
 */
#include "mq_common.h"

static char buf[80];
static struct mq_attr attr;
static const struct sigevent none = {.sigev_notify = SIGEV_NONE};

static long nothing(mqd_t q)
{
	(void)q;
	return 0;
}

static long send_one(mqd_t q)
{
	return mq_send(q, "x", 1, 0);
}

static long receive_one(mqd_t q)
{
	return mq_receive(q, buf, sizeof(buf), NULL);
}

static long getattr(mqd_t q)
{
	return mq_getattr(q, &attr);
}

static long setattr(mqd_t q)
{
	struct mq_attr nonblock = {.mq_flags = O_NONBLOCK};

	return mq_setattr(q, &nonblock, NULL);
}

static long bad_setattr(mqd_t q)
{
	struct mq_attr bad = {.mq_flags = 1};

	return mq_setattr(q, &bad, NULL);
}

static long read_status(mqd_t q)
{
	return pread(q, buf, sizeof(buf), 0);
}

static long read_nothing(mqd_t q)
{
	return pread(q, buf, sizeof(buf), 100);
}

static long notify(mqd_t q)
{
	return mq_notify(q, &none);
}

static long notify_null(mqd_t q)
{
	return mq_notify(q, NULL);
}

static long open_and_close(mqd_t q)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", q);
	return close((int)MUST(open(path, O_RDWR)));
}

static long change_mode(mqd_t q)
{
	return fchmod(q, 0640);
}

static long touch_both(mqd_t q)
{
	return futimens(q, NULL);
}

static long set_old(mqd_t q)
{
	struct timespec times[2] = {{1000, 999999999}, {2000, 2}};

	return futimens(q, times);
}

static long get_status_flags(mqd_t q)
{
	return fcntl(q, F_SETFL, O_NONBLOCK);
}

static long unlink_it(mqd_t q)
{
	(void)q;
	return mq_unlink("/unlinked");
}

static const struct {
	const char *name;
	long (*act)(mqd_t);
	bool filled;	 /* one message, which is all that fits */
	bool registered; /* to this process */
} cases[] = {
	{"/nothing", nothing, false, false},
	{"/send", send_one, false, false},
	{"/send-full", send_one, true, false},
	{"/receive", receive_one, true, false},
	{"/receive-empty", receive_one, false, false},
	{"/getattr", getattr, false, false},
	{"/setattr", setattr, false, false},
	{"/bad-setattr", bad_setattr, false, false},
	{"/read", read_status, false, false},
	{"/read-nothing", read_nothing, false, false},
	{"/notify", notify, false, false},
	{"/notify-busy", notify, false, true},
	{"/notify-null", notify_null, false, true},
	{"/notify-null-none", notify_null, false, false},
	{"/send-registered", send_one, false, true},
	{"/open-close", open_and_close, false, false},
	{"/chmod", change_mode, false, false},
	{"/futimens-now", touch_both, false, false},
	{"/futimens-old", set_old, false, false},
	{"/fcntl", get_status_flags, false, false},
	{"/unlinked", unlink_it, false, false},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static mqd_t queues[CASES];
static mqd_t waited;

static const char *moved(struct timespec then, struct timespec now)
{
	if (then.tv_sec == now.tv_sec && then.tv_nsec == now.tv_nsec)
		return "same";
	return now.tv_sec < then.tv_sec ? "earlier" : "later";
}

static void compare(const char *label, const struct stat *before, int fd)
{
	struct stat st;

	MUST(fstat(fd, &st));
	sc_say("%s: atime %s, mtime %s, ctime %s%s", label, moved(before->st_atim, st.st_atim),
	       moved(before->st_mtim, st.st_mtim), moved(before->st_ctim, st.st_ctim),
	       st.st_atim.tv_nsec || st.st_mtim.tv_nsec || st.st_ctim.tv_nsec ? ", fractions" : "");
}

static void receiver(void *arg)
{
	(void)arg;
	mq_take("receive", waited);
}

void scenario(void)
{
	struct stat before[CASES];
	struct stat waited_before;
	pid_t pid;

	for (size_t i = 0; i < CASES; i++) {
		queues[i] = mq_make(cases[i].name, O_RDWR | O_NONBLOCK, 1, 8);
		if (cases[i].filled)
			MUST(mq_send(queues[i], "full", 4, 0));
		if (cases[i].registered)
			MUST(mq_notify(queues[i], &none));
	}
	waited = mq_make("/waited", O_RDWR, 1, 8);
	pid = sc_fork("receiver", receiver, NULL);
	sc_wait_parked(pid);
	for (size_t i = 0; i < CASES; i++)
		MUST(fstat(queues[i], &before[i]));
	MUST(fstat(waited, &waited_before));
	sc_say("created %s", sc_when(before[0].st_mtim.tv_sec));

	sc_msleep(1100);
	for (size_t i = 0; i < CASES; i++) {
		CALL_Q(cases[i].name, cases[i].act(queues[i]));
		compare("  ", &before[i], queues[i]);
	}
	mq_put("hand-over", waited, "y", 0);
	sc_wait(pid);
	compare("  ", &waited_before, waited);
}
