/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sending and receiving on POSIX queues: order of messages and sleepers, hand-over, notification. */
#include "mqueue_fixture.h"

/* Messages. */

static void order_of_messages(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 10);
	const struct mq_record *q = mq_get(&w->ns, mq);

	send(w, mq, 5, "a");
	send(w, mq, 5, "b");
	send(w, mq, 0, "c");
	send(w, mq, 32767, "d");
	send(w, mq, 5, "e");
	send(w, mq, 7, "");
	assert_int_equal(q->curmsgs, 6);
	assert_int_equal(q->qsize, 5);
	receive(w, mq, 32767, "d");
	receive(w, mq, 7, "");
	receive(w, mq, 5, "a");
	send(w, mq, 5, "f");
	receive(w, mq, 5, "b");
	receive(w, mq, 5, "e");
	receive(w, mq, 5, "f");
	receive(w, mq, 0, "c");
	assert_int_equal(q->curmsgs, 0);
	assert_int_equal(q->qsize, 0);
	receive_empty(w, mq);
}

/* Random sends, receives and returns against the plainest possible model. */
static void order_against_model(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 200);
	struct {
		unsigned prio, serial;
	} model[200];
	size_t n = 0;
	unsigned serial = 0;
	uint32_t x = 12345;
	char text[16];

	for (int step = 0; step < 6000; step++) {
		x = x * 1664525u + 1013904223u;
		unsigned prio = (x >> 24) % 7;

		if ((x >> 10) % 100 < (step / 1000 % 2 ? 40u : 60u) && n < 200) {
			size_t at = n;

			snprintf(text, sizeof(text), "%u", serial);
			send(w, mq, prio, text);
			while (at > 0 && model[at - 1].prio < prio)
				at--;
			memmove(&model[at + 1], &model[at], (n - at) * sizeof(model[0]));
			model[at].prio = prio;
			model[at].serial = serial++;
			n++;
		} else if (n > 0) {
			struct ipc_slot *s = take(w, mq);

			if ((x >> 18) % 4 == 0) {
				aref back = s->u.mq.msg;

				slot_free(&w->ns, s);
				mqueue_return(&w->ns, mq, back);
				continue;
			}
			snprintf(text, sizeof(text), "%u", model[0].serial);
			granted(w, s, model[0].prio, text);
			n--;
			memmove(&model[0], &model[1], n * sizeof(model[0]));
		}
		assert_int_equal(mq_get(&w->ns, mq)->curmsgs, n);
	}
}

static void times(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 1);
	const struct mq_record *q = mq_get(&w->ns, mq);

	w->now = 1001;
	send(w, mq, 0, "x");
	assert_int_equal(q->atime.tv_sec, 1001);
	assert_int_equal(q->mtime.tv_sec, 1001);
	assert_int_equal(q->ctime.tv_sec, 1001);
	w->now = 1002;
	assert_int_equal(send_as(w, mq, 1, 0, 0, "y", NULL), -EAGAIN);
	assert_int_equal(q->ctime.tv_sec, 1001);
	w->now = 1003;
	receive(w, mq, 0, "x");
	assert_int_equal(q->mtime.tv_sec, 1003);
	w->now = 1004;
	mqueue_touch_attr(&w->ns, mq);
	assert_int_equal(q->atime.tv_sec, 1004);
	assert_int_equal(q->mtime.tv_sec, 1003);
	assert_int_equal(q->ctime.tv_sec, 1004);
}

/* Sleepers. */

static void receiver_is_handed_the_message(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 2);
	struct ipc_slot *first = wait_message(w, mq, 10, 0), *second = wait_message(w, mq, 11, 0);

	w->polled = 0;
	send(w, mq, 3, "one");
	/* Nobody gets past the sleeper, not even the sender, and poll(2) sees nothing. */
	receive_empty(w, mq);
	assert_int_equal(w->polled, 0);
	completed(w, first, 3);
	granted(w, first, 3, "one");
	assert_null(ipc_next_completed(&w->ns));
	send(w, mq, 0, "");
	completed(w, second, 0);
	granted(w, second, 0, "");
}

static void sender_is_let_in(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 1);
	struct ipc_slot *a, *b;

	send(w, mq, 1, "old");
	assert_int_equal(send_as(w, mq, 10, 0, 0, "a", &a), IPC_PARKED);
	/* Sleepers go by their own order; the message's priority says nothing. */
	assert_int_equal(send_as(w, mq, 11, 0, 9, "b", &b), IPC_PARKED);
	w->polled = 0;
	receive(w, mq, 1, "old");
	assert_int_equal(w->polled, 0);
	completed(w, a, 0);
	assert_int_equal(a->u.mq.msg, 0);
	slot_free(&w->ns, a);
	assert_null(ipc_next_completed(&w->ns));
	assert_int_equal(send_as(w, mq, 1, 0, 0, "c", NULL), -EAGAIN);
	receive(w, mq, 0, "a");
	completed(w, b, 0);
	slot_free(&w->ns, b);
	receive(w, mq, 9, "b");
	assert_int_equal(w->polled, 1);
}

static void sleepers_go_by_nice(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 1);
	struct ipc_slot *s[5];
	static const int nice[5] = {5, -3, 5, 0, -3};
	static const int order[5] = {1, 4, 3, 0, 2};

	for (unsigned i = 0; i < 5; i++)
		s[i] = wait_message(w, mq, 10 + i, nice[i]);
	for (int i = 0; i < 5; i++) {
		send(w, mq, 0, "m");
		completed(w, s[order[i]], 1);
		granted(w, s[order[i]], 0, "m");
	}
	send(w, mq, 0, "full");
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(send_as(w, mq, 10 + i, nice[i], 0, "m", &s[i]), IPC_PARKED);
	receive(w, mq, 0, "full");
	for (int i = 0; i < 5; i++) {
		completed(w, s[order[i]], 0);
		slot_free(&w->ns, s[order[i]]);
		receive(w, mq, 0, "m");
	}
}

static void the_dead_get_nothing(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 1);
	struct ipc_slot *dead = wait_message(w, mq, 10, 0), *alive = wait_message(w, mq, 11, 0);

	w->dead[10] = true;
	send(w, mq, 0, "m");
	completed(w, dead, -ESRCH);
	slot_free(&w->ns, dead);
	completed(w, alive, 1);
	granted(w, alive, 0, "m");

	send(w, mq, 0, "full");
	assert_int_equal(send_as(w, mq, 10, 0, 0, "lost", &dead), IPC_PARKED);
	assert_int_equal(send_as(w, mq, 11, 0, 0, "in", &alive), IPC_PARKED);
	receive(w, mq, 0, "full");
	completed(w, dead, -ESRCH);
	assert_int_equal(dead->u.mq.msg, 0);
	slot_free(&w->ns, dead);
	completed(w, alive, 0);
	slot_free(&w->ns, alive);
	receive(w, mq, 0, "in");

	/* Only dead receivers: the message goes to the queue. */
	dead = wait_message(w, mq, 10, 0);
	w->polled = 0;
	send(w, mq, 0, "kept");
	completed(w, dead, -ESRCH);
	slot_free(&w->ns, dead);
	assert_int_equal(w->polled, 1);
	receive(w, mq, 0, "kept");
}

static void deadlines(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 1);
	struct ipc_slot *s = caller(w, 10, 0);

	s->deadline_ns = 1000ull * 1000000000u; /* now */
	assert_int_equal(mqueue_receive(&w->ns, s, mq, false), -ETIMEDOUT);
	assert_int_equal(mqueue_receive(&w->ns, s, mq, true), -EAGAIN);
	s->deadline_ns++;
	assert_int_equal(mqueue_receive(&w->ns, s, mq, false), IPC_PARKED);
	assert_int_equal(s->clock, CLOCK_REALTIME);
	ipc_cancel(&w->ns, s);
	slot_free(&w->ns, s);

	/* A deadline in the past does not matter to a call that need not wait. */
	s = caller(w, 10, 0);
	s->deadline_ns = 1;
	send(w, mq, 0, "m");
	assert_int_equal(mqueue_receive(&w->ns, s, mq, false), 0);
	granted(w, s, 0, "m");
}

static void cancelled_calls_leave_no_trace(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 1);
	const struct mq_record *q = mq_get(&w->ns, mq);
	struct ipc_slot *a, *b, *c;

	send(w, mq, 0, "full");
	assert_int_equal(send_as(w, mq, 10, 0, 0, "a", &a), IPC_PARKED);
	assert_int_equal(send_as(w, mq, 11, 0, 0, "b", &b), IPC_PARKED);
	assert_int_equal(send_as(w, mq, 12, 0, 0, "c", &c), IPC_PARKED);
	ipc_cancel(&w->ns, b);
	assert_int_equal(b->u.mq.msg, 0);
	slot_free(&w->ns, b);
	assert_int_equal(q->senders.count, 2);
	receive(w, mq, 0, "full");
	completed(w, a, 0);
	slot_free(&w->ns, a);
	ipc_cancel(&w->ns, c);
	slot_free(&w->ns, c);
	receive(w, mq, 0, "a");
	receive_empty(w, mq);
}

static void returned_message_finds_its_place(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 2);

	/* Handed over directly: it never was in the queue, but it was sent before the others. */
	struct ipc_slot *r = wait_message(w, mq, 10, 0);

	send(w, mq, 4, "first");
	completed(w, r, 5);
	aref msg = r->u.mq.msg, obj = r->obj;

	slot_free(&w->ns, r);
	send(w, mq, 4, "second");
	send(w, mq, 5, "urgent");
	w->polled = 0;
	mqueue_return(&w->ns, obj, msg);
	assert_int_equal(w->polled, 1);
	/* One more than the queue takes: there is no room until two have gone. */
	assert_int_equal(mqueue_poll(&w->ns, mq), POLLIN | POLLRDNORM);
	assert_int_equal(send_as(w, mq, 11, 0, 0, "late", &r), IPC_PARKED);
	receive(w, mq, 5, "urgent");
	assert_null(ipc_next_completed(&w->ns));
	receive(w, mq, 4, "first");
	completed(w, r, 0);
	slot_free(&w->ns, r);
	receive(w, mq, 4, "second");
	receive(w, mq, 0, "late");

	/* To whoever waits now. */
	struct ipc_slot *one = wait_message(w, mq, 10, 0), *two;

	send(w, mq, 0, "m");
	completed(w, one, 1);
	two = wait_message(w, mq, 11, 0);
	mqueue_return(&w->ns, one->obj, one->u.mq.msg);
	slot_free(&w->ns, one);
	completed(w, two, 1);
	granted(w, two, 0, "m");
}

static void returned_message_of_a_gone_queue(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 2), again;

	send(w, mq, 0, "m");
	struct ipc_slot *s = take(w, mq);

	mqueue_unlink(&w->ns, mq);
	mqueue_return(&w->ns, s->obj, s->u.mq.msg);
	assert_int_equal(arena_used(&w->ns.mq_body), w->body_used);

	/* The record is in use again by another queue: it must not get the message. */
	mq = queue(w, "q", 2);
	send(w, mq, 0, "m");
	s->u.mq.msg = 0;
	slot_free(&w->ns, s);
	s = take(w, mq);
	mqueue_unlink(&w->ns, mq);
	again = queue(w, "other", 2);
	assert_int_equal(again, s->obj);
	mqueue_return(&w->ns, s->obj, s->u.mq.msg);
	slot_free(&w->ns, s);
	receive_empty(w, again);
	assert_int_equal(arena_used(&w->ns.mq_body), w->body_used);
}

/* Notification. */

static void notification_rules(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 5);
	const struct mq_record *q = mq_get(&w->ns, mq);
	struct mq_registration reg = by_signal(10);
	struct ipc_slot *r;

	w->now = 1001;
	assert_int_equal(mqueue_notify(&w->ns, mq, 20, &reg), 0);
	assert_int_equal(q->ctime.tv_sec, 1001);
	assert_int_equal(q->mtime.tv_sec, 1000);
	assert_int_equal(mqueue_notify(&w->ns, mq, 21, &reg), -EBUSY);
	assert_int_equal(mqueue_notify(&w->ns, mq, 20, &reg), -EBUSY);
	/* Somebody else's NULL changes nothing. */
	w->now = 1002;
	assert_int_equal(mqueue_notify(&w->ns, mq, 21, NULL), 0);
	assert_int_equal(q->reg.active, 1);
	assert_int_equal(q->ctime.tv_sec, 1001);

	/* Not when a receiver waits, who is not told either way. */
	r = wait_message(w, mq, 11, 0);
	send(w, mq, 0, "m");
	completed(w, r, 1);
	granted(w, r, 0, "m");
	assert_int_equal(w->notified, 0);
	/* On arrival at the empty queue, once. */
	assert_int_equal(send_as(w, mq, 33, 0, 0, "m", NULL), 0);
	assert_int_equal(w->notified, 1);
	assert_int_equal(w->notified_by, 33);
	assert_int_equal(w->last.tgid, 20);
	assert_int_equal(w->last.signo, 10);
	assert_int_equal(w->last.value, 77);
	assert_int_equal(w->last.ino, q->ino);
	assert_int_equal(q->reg.active, 0);
	assert_int_equal(w->unregistered, 0);

	/* The queue is not empty: nothing until it was. */
	assert_int_equal(mqueue_notify(&w->ns, mq, 21, &reg), 0);
	send(w, mq, 0, "n");
	assert_int_equal(w->notified, 1);
	receive(w, mq, 0, "m");
	receive(w, mq, 0, "n");
	send(w, mq, 0, "o");
	assert_int_equal(w->notified, 2);
	receive(w, mq, 0, "o");

	/* A sender that is let in finds the queue empty, but it is no send to an empty queue. */
	aref tiny = queue(w, "tiny", 1);

	send(w, tiny, 0, "full");
	assert_int_equal(mqueue_notify(&w->ns, tiny, 20, &reg), 0);
	assert_int_equal(send_as(w, tiny, 11, 0, 0, "in", &r), IPC_PARKED);
	receive(w, tiny, 0, "full");
	completed(w, r, 0);
	slot_free(&w->ns, r);
	assert_int_equal(w->notified, 2);
	assert_int_equal(mqueue_notify(&w->ns, tiny, 20, NULL), 0);
	receive(w, tiny, 0, "in");
}

static void registration_ends(void **state)
{
	struct world *w = *state;
	aref mq = queue(w, "q", 5);
	struct mq_registration reg = {.notify = SIGEV_THREAD, .sock = 12};

	assert_int_equal(mqueue_notify(&w->ns, mq, 20, &reg), 0);
	mqueue_flush(&w->ns, mq, 21);
	assert_int_equal(w->unregistered, 0);
	mqueue_flush(&w->ns, mq, 20);
	assert_int_equal(w->unregistered, 1);
	assert_int_equal(w->last.sock, 12);
	mqueue_flush(&w->ns, mq, 20);
	assert_int_equal(w->unregistered, 1);

	assert_int_equal(mqueue_notify(&w->ns, mq, 20, &reg), 0);
	assert_int_equal(mqueue_notify(&w->ns, mq, 20, NULL), 0);
	assert_int_equal(w->unregistered, 2);
	/* With the queue, whatever else: the socket is the daemon's to close. */
	assert_int_equal(mqueue_notify(&w->ns, mq, 20, &reg), 0);
	mqueue_unlink(&w->ns, mq);
	assert_int_equal(w->unregistered, 3);
	assert_int_equal(w->notified, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(order_of_messages),
		TEST(order_against_model),
		TEST(times),
		TEST(receiver_is_handed_the_message),
		TEST(sender_is_let_in),
		TEST(sleepers_go_by_nice),
		TEST(the_dead_get_nothing),
		TEST(deadlines),
		TEST(cancelled_calls_leave_no_trace),
		TEST(returned_message_finds_its_place),
		TEST(returned_message_of_a_gone_queue),
		TEST(notification_rules),
		TEST(registration_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
