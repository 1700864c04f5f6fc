/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* POSIX queues without kernel or FUSE: the directory, limits, lifetime, what the view shows. */
#include "mqueue_fixture.h"

/* Directory. */

static void names_and_order(void **state)
{
	struct world *w = *state;
	char longest[MQ_NAME_MAX + 2];
	aref a, b, c, mq;

	memset(longest, 'n', sizeof(longest));
	longest[MQ_NAME_MAX + 1] = 0;
	assert_int_equal(create(w, &w->user, longest, &mq), -ENAMETOOLONG);
	longest[MQ_NAME_MAX] = 0;
	assert_int_equal(create(w, &w->user, longest, &c), 0);
	assert_int_equal(create(w, &w->user, "a", &a), 0);
	assert_int_equal(create(w, &w->user, "b", &b), 0);

	assert_int_equal(mqueue_find(&w->ns, "a", 1), a);
	assert_int_equal(mqueue_find(&w->ns, "ab", 1), a);
	assert_int_equal(mqueue_find(&w->ns, "ab", 2), 0);
	assert_int_equal(mqueue_find(&w->ns, longest, MQ_NAME_MAX), c);
	assert_int_equal(mqueue_find(&w->ns, longest, MQ_NAME_MAX - 1), 0);
	assert_int_equal(mqueue_by_ino(&w->ns, mq_get(&w->ns, b)->ino), b);
	assert_int_equal(mqueue_by_ino(&w->ns, 1), 0);

	/* Newest first, and an interrupted listing goes on where it was. */
	uint64_t ino_a = mq_get(&w->ns, a)->ino;

	assert_int_equal(mqueue_first(&w->ns), b);
	assert_int_equal(mqueue_next(&w->ns, b), a);
	assert_int_equal(mqueue_next(&w->ns, a), c);
	assert_int_equal(mqueue_next(&w->ns, c), 0);
	assert_int_equal(mqueue_below(&w->ns, ino_a), c);
	mqueue_unlink(&w->ns, a);
	assert_int_equal(mqueue_below(&w->ns, ino_a), c);
	assert_int_equal(mqueue_next(&w->ns, b), c);
	assert_int_equal(mqueue_find(&w->ns, "a", 1), 0);
	assert_int_equal(mqueue_count(&w->ns), 2);

	/* A number is never given twice, though the record is. */
	assert_int_equal(create(w, &w->user, "a", &mq), 0);
	assert_true(mq_get(&w->ns, mq)->ino > mq_get(&w->ns, b)->ino);
	assert_int_equal(mqueue_by_ino(&w->ns, ino_a), 0);
	assert_int_equal(mqueue_first(&w->ns), mq);
}

static void attributes(void **state)
{
	struct world *w = *state;
	const struct mq_dir *dir = mqueue_dir(&w->ns);
	struct ipc_cred c = cred_of(7, 1001, 0);
	aref mq;

	assert_int_equal(dir->mode, S_IFDIR | 01777);
	assert_int_equal(dir->size, 40);
	c.fsuid = 5;
	c.fsgid = 6;
	w->now = 2000;
	assert_int_equal(mqueue_create(&w->ns, &c, "q", 1, 04751, NULL, NO_LIMIT, &mq), 0);

	const struct mq_record *q = mq_get(&w->ns, mq);

	assert_int_equal(q->mode, S_IFREG | 04751);
	assert_int_equal(q->uid, 5);
	assert_int_equal(q->gid, 6);
	assert_int_equal(q->charge.uid, 1001);
	assert_int_equal(q->maxmsg, 10);
	assert_int_equal(q->msgsize, 8192);
	assert_int_equal(q->file_size, 80);
	assert_int_equal(q->ctime.tv_sec, 2000);
	assert_int_equal(dir->size, 60);
	assert_int_equal(dir->mtime.tv_sec, 2000);

	w->now = 2001;
	const struct mq_setattr set = {.set = MQ_SET_MODE | MQ_SET_GID | MQ_SET_SIZE |
					      MQ_SET_CTIME | MQ_SET_ATIME,
				       .mode = S_IFDIR | 0600,
				       .gid = 9,
				       .size = 5,
				       .atime = {.tv_sec = 7}};
	mqueue_setattr(&w->ns, mq, &set);
	assert_int_equal(q->mode, S_IFREG | 0600);
	assert_int_equal(q->uid, 5);
	assert_int_equal(q->gid, 9);
	assert_int_equal(q->file_size, 5);
	assert_int_equal(q->atime.tv_sec, 7);
	assert_int_equal(q->mtime.tv_sec, 2000);
	assert_int_equal(q->ctime.tv_sec, 2001);
	mqueue_setattr(&w->ns, 0, &set);
	assert_int_equal(dir->mode, S_IFDIR | 0600);
	assert_int_equal(dir->size, 60);
	assert_int_equal(dir->ctime.tv_sec, 2001);

	w->now = 2002;
	mqueue_unlink(&w->ns, mq);
	assert_int_equal(dir->size, 40);
	assert_int_equal(dir->atime.tv_sec, 2002);
}

static void permission(void **state)
{
	struct world *w = *state;
	struct ipc_cred owner = cred_of(3, 1000, 0), group = cred_of(4, 1001, 0),
			other = cred_of(5, 1002, 0), super = cred_of(6, 1003, IPC_CAP_DAC_OVERRIDE),
			fowner = cred_of(7, 1004, IPC_CAP_FOWNER);
	aref mq;

	group.groups[0] = 50;
	group.groups[1] = 1000;
	group.ngroups = 2;
	assert_int_equal(mqueue_create(&w->ns, &owner, "q", 1, 0264, NULL, NO_LIMIT, &mq), 0);
	const struct mq_record *q = mq_get(&w->ns, mq);

	/* The first class that matches decides, also when a later one would grant more. */
	assert_int_equal(mqueue_permission(&w->ns, q, &owner, 2), 0);
	assert_int_equal(mqueue_permission(&w->ns, q, &owner, 4), -EACCES);
	assert_int_equal(mqueue_permission(&w->ns, q, &group, 6), 0);
	assert_int_equal(mqueue_permission(&w->ns, q, &other, 4), 0);
	assert_int_equal(mqueue_permission(&w->ns, q, &other, 6), -EACCES);
	assert_int_equal(mqueue_permission(&w->ns, q, &super, 6), 0);
	assert_int_equal(mqueue_permission(&w->ns, q, &fowner, 2), -EACCES);
	group.fsuid = 1000; /* the fs id counts, not the effective one */
	assert_int_equal(mqueue_permission(&w->ns, q, &group, 4), -EACCES);

	assert_int_equal(mqueue_may_unlink(&w->ns, &owner, q), 0);
	assert_int_equal(mqueue_may_unlink(&w->ns, &other, q), -EPERM);
	assert_int_equal(mqueue_may_unlink(&w->ns, &super, q), -EPERM);
	assert_int_equal(mqueue_may_unlink(&w->ns, &fowner, q), 0);
	struct mq_setattr set = {.set = MQ_SET_MODE | MQ_SET_UID, .mode = 01755, .uid = 1002};

	mqueue_setattr(&w->ns, 0, &set);
	assert_int_equal(mqueue_may_unlink(&w->ns, &other, q), 0);
	assert_int_equal(mqueue_may_unlink(&w->ns, &owner, q), -EACCES);
	assert_int_equal(mqueue_dir_permission(&w->ns, &owner, 1), 0);
	assert_int_equal(mqueue_dir_permission(&w->ns, &owner, 3), -EACCES);
	set.mode = 0777;
	mqueue_setattr(&w->ns, 0, &set);
	assert_int_equal(mqueue_may_unlink(&w->ns, &super, q), 0);
}

/* Limits. */

static int create_attr(struct world *w, const struct ipc_cred *c, int64_t maxmsg, int64_t msgsize)
{
	const struct mq_attr_val attr = {.maxmsg = maxmsg, .msgsize = msgsize};
	aref mq;
	int r = mqueue_create(&w->ns, c, "attr", 4, 0600, &attr, NO_LIMIT, &mq);

	if (r == 0)
		mqueue_unlink(&w->ns, mq);
	return r;
}

static void limits_of_attributes(void **state)
{
	struct world *w = *state;
	static const int64_t bad[][2] = {{0, 1}, {1, 0}, {-1, 1}, {1, -1}, {INT64_MIN, INT64_MIN}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(create_attr(w, &w->user, bad[i][0], bad[i][1]), -EINVAL);
		assert_int_equal(create_attr(w, &w->root, bad[i][0], bad[i][1]), -EINVAL);
	}
	assert_int_equal(create_attr(w, &w->user, 10, 8192), 0);
	assert_int_equal(create_attr(w, &w->user, 11, 8192), -EINVAL);
	assert_int_equal(create_attr(w, &w->user, 10, 8193), -EINVAL);
	assert_int_equal(create_attr(w, &w->user, INT64_MAX, 1), -EINVAL);
	assert_int_equal(create_attr(w, &w->root, 65536, 16777216), 0);
	assert_int_equal(create_attr(w, &w->root, 65537, 1), -EINVAL);
	assert_int_equal(create_attr(w, &w->root, 1, 16777217), -EINVAL);

	/* Defaults never exceed the maxima, and other defaults than the maxima are taken. */
	struct ipc_limits *l = ipc_limits(&w->ns);
	aref mq;

	l->mq_msg_max = 3;
	l->mq_msgsize_default = 100;
	assert_int_equal(create(w, &w->user, "d", &mq), 0);
	assert_int_equal(mq_get(&w->ns, mq)->maxmsg, 3);
	assert_int_equal(mq_get(&w->ns, mq)->msgsize, 100);
}

static void limit_of_queues(void **state)
{
	struct world *w = *state;
	const struct mq_attr_val bad = {.maxmsg = -1, .msgsize = 1};
	aref a, b, mq;

	ipc_limits(&w->ns)->mq_queues_max = 2;
	assert_int_equal(create(w, &w->user, "a", &a), 0);
	assert_int_equal(create(w, &w->user, "b", &b), 0);
	/* Looked at before attributes and bytes. */
	assert_int_equal(mqueue_create(&w->ns, &w->user, "c", 1, 0600, &bad, 0, &mq), -ENOSPC);
	/* An open queue counts without its name. */
	mqueue_ref(&w->ns, a);
	mqueue_unlink(&w->ns, a);
	assert_int_equal(create(w, &w->user, "c", &mq), -ENOSPC);
	assert_int_equal(create(w, &w->root, "c", &mq), 0);
	mqueue_unlink(&w->ns, mq);
	mqueue_unref(&w->ns, a);
	assert_int_equal(create(w, &w->user, "c", &mq), 0);
}

static void limit_of_bytes(void **state)
{
	struct world *w = *state;
	const struct ipc_cred other = cred_of(9, 1001, 0);
	/* mq_overview(7): 10 messages of 8192, 48 for each and 48 for each priority it may have. */
	const uint64_t one = 10 * 8192 + 10 * 48 + 10 * 48;
	const struct mq_attr_val many = {.maxmsg = 40000, .msgsize = 1};
	aref a, b, mq;

	assert_int_equal(mqueue_create(&w->ns, &w->user, "a", 1, 0600, NULL, one - 1, &a), -EMFILE);
	assert_int_equal(mqueue_create(&w->ns, &w->user, "a", 1, 0600, NULL, one, &a), 0);
	assert_int_equal(mqueue_create(&w->ns, &w->user, "b", 1, 0600, NULL, 2 * one - 1, &b),
			 -EMFILE);
	assert_int_equal(mqueue_create(&w->ns, &other, "b", 1, 0600, NULL, one, &b), 0);
	/* Charged until it is gone, not until it has no name. */
	mqueue_ref(&w->ns, a);
	mqueue_unlink(&w->ns, a);
	assert_int_equal(mqueue_create(&w->ns, &w->user, "a", 1, 0600, NULL, one, &mq), -EMFILE);
	mqueue_unref(&w->ns, a);
	assert_int_equal(mqueue_create(&w->ns, &w->user, "a", 1, 0600, NULL, one, &mq), 0);
	/* Priorities end at 32768. CAP_SYS_RESOURCE does not lift this limit. */
	const uint64_t big = 40000 + 40000 * 48 + 32768 * 48;

	assert_int_equal(mqueue_create(&w->ns, &w->root, "m", 1, 0600, &many, big - 1, &mq),
			 -EMFILE);
	assert_int_equal(mqueue_create(&w->ns, &w->root, "m", 1, 0600, &many, big, &mq), 0);
}

/* In user namespaces 10 and, below, 11 and 12: uid 3 made 11, and 4 made 12. */
static uint32_t makers(void *ctx, const struct ipc_cred *cred, struct ipc_purse *above,
		       uint32_t size)
{
	const struct ipc_purse four = {.user_ns = 11, .uid = 4, .max = 300};
	const struct ipc_purse three = {.user_ns = 10, .uid = 3, .max = 500};
	uint32_t n = 0;

	(void)ctx;
	assert_int_equal(size, IPC_USER_LEVELS);
	if (cred->user_ns == 12)
		above[n++] = four;
	if (cred->user_ns >= 11)
		above[n++] = three;
	return n;
}

static int make_in(struct world *w, uint64_t user_ns, const char *name, uint64_t rlimit)
{
	const struct mq_attr_val hundred = {.maxmsg = 1, .msgsize = 4};
	struct ipc_cred c = cred_of(9, 3, 0);
	aref mq;

	c.user_ns = user_ns;
	return mqueue_create(&w->ns, &c, name, 1, 0600, &hundred, rlimit, &mq);
}

static void makers_pay_too(void **state)
{
	struct world *w = *state;

	w->ns.env.purses = makers;
	assert_int_equal(make_in(w, 10, "a", 100), 0);
	/* The same uid, but not the same user. */
	assert_int_equal(make_in(w, 11, "b", 100), 0);
	assert_int_equal(make_in(w, 11, "c", 199), -EMFILE);
	for (const char *name = "def"; *name; name++)
		assert_int_equal(make_in(w, 12, name, 1000), 0);
	/* 4 has paid 300 for 12, and 3 that, for 11 and for itself: 500. */
	assert_int_equal(make_in(w, 12, "g", 1000), -EMFILE);
	assert_int_equal(make_in(w, 11, "g", 1000), -EMFILE);
	assert_int_equal(make_in(w, 10, "g", 599), -EMFILE);
	mqueue_unlink(&w->ns, mqueue_find(&w->ns, "d", 1));
	assert_int_equal(make_in(w, 11, "g", 1000), 0);
	assert_int_equal(make_in(w, 12, "d", 1000), -EMFILE);
	assert_int_equal(make_in(w, 10, "h", 600), 0);
	w->ns.env.purses = NULL;
	/* What was paid comes back from them all the same. */
	for (const char *name = "abefgh"; *name; name++)
		mqueue_unlink(&w->ns, mqueue_find(&w->ns, name, 1));
	assert_int_equal(make_in(w, 10, "a", 100), 0);
	assert_int_equal(make_in(w, 11, "b", 100), 0);
	assert_int_equal(make_in(w, 12, "c", 100), 0);
}

/* Lifetime. */

static void unlinked_queue_lives_on(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 2), other;
	uint64_t ino = mq_get(&w->ns, mq)->ino;

	mqueue_ref(&w->ns, mq);
	mqueue_ref(&w->ns, mq);
	send(w, mq, 0, "m");
	mqueue_unlink(&w->ns, mq);
	mqueue_unlink(&w->ns, mq); /* it has no name to remove */
	assert_int_equal(mqueue_find(&w->ns, "q", 1), 0);
	other = queue(w, "q", 2);
	assert_true(other != mq);
	mqueue_unref(&w->ns, mq);
	assert_int_equal(mqueue_by_ino(&w->ns, ino), mq);
	receive(w, mq, 0, "m");
	send(w, mq, 0, "never read");
	mqueue_unref(&w->ns, mq);
	assert_int_equal(mqueue_by_ino(&w->ns, ino), 0);
	receive_empty(w, other);
}

static void sleepers_pin_the_queue(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 2);
	uint64_t ino = mq_get(&w->ns, mq)->ino;
	struct ipc_slot *a, *b;

	/* A thread closed the descriptor on which others wait. */
	mqueue_ref(&w->ns, mq);
	a = wait_message(w, mq, 10, 0);
	b = wait_message(w, mq, 11, 0);
	mqueue_unlink(&w->ns, mq);
	mqueue_unref(&w->ns, mq);
	assert_int_equal(mqueue_by_ino(&w->ns, ino), mq);
	send(w, mq, 0, "m");
	completed(w, a, 1);
	granted(w, a, 0, "m");
	assert_int_equal(mqueue_by_ino(&w->ns, ino), mq);
	ipc_cancel(&w->ns, b);
	slot_free(&w->ns, b);
	assert_int_equal(mqueue_by_ino(&w->ns, ino), 0);
}

static void status_text(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 5);
	const struct mq_record *q = mq_get(&w->ns, mq);
	struct mq_registration reg = by_signal(12);
	char buf[128];
	const char *want = "QSIZE:0          NOTIFY:0     SIGNO:0     NOTIFY_PID:0     \n";

	assert_int_equal(mqueue_status(q, 0, buf, sizeof(buf)), strlen(want));
	assert_string_equal(buf, want);
	send(w, mq, 0, "12345");
	send(w, mq, 0, "678");
	assert_int_equal(mqueue_notify(&w->ns, mq, 20, &reg), 0);
	mqueue_status(q, 4711, buf, sizeof(buf));
	assert_string_equal(buf, "QSIZE:8          NOTIFY:0     SIGNO:12    NOTIFY_PID:4711  \n");
	mqueue_flush(&w->ns, mq, 20);
	reg.notify = SIGEV_THREAD; /* the number in signo is a descriptor then */
	assert_int_equal(mqueue_notify(&w->ns, mq, 20, &reg), 0);
	mqueue_status(q, 1234567, buf, sizeof(buf));
	assert_string_equal(buf, "QSIZE:8          NOTIFY:2     SIGNO:0     NOTIFY_PID:1234567\n");
	assert_int_equal(mqueue_status(q, 1, buf, 7), 6);
	assert_string_equal(buf, "QSIZE:");
}

static void poll_bits(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 2);

	assert_int_equal(mqueue_poll(&w->ns, mq), POLLOUT | POLLWRNORM);
	w->polled = 0;
	send(w, mq, 0, "a");
	assert_int_equal(w->polled, 1);
	assert_int_equal(w->polled_mq, mq);
	assert_int_equal(mqueue_poll(&w->ns, mq), POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM);
	send(w, mq, 0, "b");
	assert_int_equal(mqueue_poll(&w->ns, mq), POLLIN | POLLRDNORM);
	assert_int_equal(w->polled, 2);
	receive(w, mq, 0, "a");
	assert_int_equal(w->polled, 3);
	receive(w, mq, 0, "b");
}

/* 10,000 queues: found by name and number, listed, and the arena given back. */
static void many_queues(void **state)
{
	struct world *w = *state;
	enum { N = 10000 };
	char name[32];
	uint64_t ino = UINT64_MAX;
	unsigned seen = 0;
	aref mq;

	for (int i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "queue.%d", i);
		assert_int_equal(create(w, &w->root, name, &mq), 0);
	}
	for (int i = 0; i < N; i++) {
		int len = snprintf(name, sizeof(name), "queue.%d", i);

		mq = mqueue_find(&w->ns, name, (size_t)len);
		assert_true(mq != 0);
		assert_int_equal(mqueue_by_ino(&w->ns, mq_get(&w->ns, mq)->ino), mq);
	}
	for (mq = mqueue_first(&w->ns); mq; mq = mqueue_next(&w->ns, mq)) {
		assert_true(mq_get(&w->ns, mq)->ino < ino);
		ino = mq_get(&w->ns, mq)->ino;
		seen++;
	}
	assert_int_equal(seen, N);
	for (int i = 0; i < N; i += 2) {
		int len = snprintf(name, sizeof(name), "queue.%d", i);

		mqueue_unlink(&w->ns, mqueue_find(&w->ns, name, (size_t)len));
	}
	assert_int_equal(mqueue_count(&w->ns), N / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_and_order),
		TEST(attributes),
		TEST(permission),
		TEST(limits_of_attributes),
		TEST(limit_of_queues),
		TEST(limit_of_bytes),
		TEST(makers_pay_too),
		TEST(unlinked_queue_lives_on),
		TEST(sleepers_pin_the_queue),
		TEST(status_text),
		TEST(poll_bits),
		TEST(many_queues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
