/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mq_notify(3) with SIGEV_THREAD: the C library's function runs in a thread of its own with the
 * value registered, once; a registration that is removed (NULL, close) starts nothing and leaves
 * the way free for the next; EBUSY and EBADF come back through the same path.
 */
#include <pthread.h>

#include "mq_common.h"

#define CALLED 1

static mqd_t q;
static int *shared_calls;
static pthread_t main_thread;
static volatile int last_value;
static volatile int in_main_thread;

static void told(union sigval value)
{
	last_value = value.sival_int;
	in_main_thread = pthread_equal(pthread_self(), main_thread) != 0;
	__atomic_fetch_add(shared_calls, 1, __ATOMIC_SEQ_CST);
	sc_post(CALLED);
}

static int notify(mqd_t mqd, int value)
{
	struct sigevent sev = {.sigev_notify = SIGEV_THREAD,
			       .sigev_notify_function = told,
			       .sigev_value.sival_int = value};

	return mq_notify(mqd, &sev);
}

static void sends(void *arg)
{
	mq_put("send", q, arg, 0);
}

void scenario(void)
{
	struct sigevent none = {.sigev_notify = SIGEV_NONE};

	shared_calls = sc_shared(sizeof(*shared_calls));
	main_thread = pthread_self();
	q = mq_make("/q", O_RDWR | O_NONBLOCK, 2, 8);

	for (int i = 0; i < 3; i++) {
		CALL(notify(q, 100 + i));
		mq_status("registered", q);
		CALL(notify(q, 7));
		CALL(mq_notify(q, &none));
		sc_wait(sc_fork("sender", sends, "x"));
		sc_await(CALLED);
		sc_say("told %d, in the main thread: %d", last_value, in_main_thread);
		mq_status("used up", q);
		mq_put("second", q, "y", 0);
		mq_take("drain", q);
		mq_take("drain", q);
	}
	CALL(notify(q, 200));
	CALL(mq_notify(q, NULL));
	mq_status("removed", q);
	mq_put("send", q, "z", 0);
	mq_take("drain", q);
	CALL(notify(q, 201));
	CALL(close((int)MUST(dup(q))));
	mq_status("removed by close", q);
	mq_put("send", q, "z", 0);
	mq_take("drain", q);
	CALL(notify(-1, 1));
	CALL(notify(STDOUT_FILENO, 1));
	sc_msleep(50);
	sc_say("told %d times altogether", *shared_calls);
}
