/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System V queues with sleepers: who is handed a message, who is let in when there is room, what a
 * parked call gets when the queue changes or goes, and messages that come back undelivered.
 */
#include "msg_fixture.h"

static void handed_over_not_queued(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct ipc_slot *r = receive_parks(w, 10, id, 0, BUF, 0);

	send_text(w, id, 3, "for him");
	/* It is the sleeper's before anyone else can look. */
	assert_int_equal(stat_of(w, id).qnum, 0);
	receive_nothing(w, id, 0, 0);
	assert_int_equal(stat_of(w, id).lrpid, 10);
	expect_done(w, r, 0);
	granted(w, r, 3, "for him");
	expect_none(w);
}

static void first_come_first_served(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct ipc_slot *r[3];

	for (uint32_t i = 0; i < 3; i++)
		r[i] = receive_parks(w, 10 + i, id, 0, BUF, 0);
	send_text(w, id, 1, "a");
	send_text(w, id, 1, "b");
	send_text(w, id, 1, "c");
	send_text(w, id, 1, "d");
	for (int i = 0; i < 3; i++) {
		expect_done(w, r[i], 0);
		granted(w, r[i], 1, (const char *[]){"a", "b", "c"}[i]);
	}
	expect_none(w);
	assert_int_equal(stat_of(w, id).qnum, 1);
}

static void each_gets_what_it_waits_for(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct ipc_slot *five = receive_parks(w, 10, id, 5, BUF, 0);
	struct ipc_slot *upto3 = receive_parks(w, 11, id, -3, BUF, 0);
	struct ipc_slot *not2 = receive_parks(w, 12, id, 2, BUF, MSG_EXCEPT);
	struct ipc_slot *any = receive_parks(w, 13, id, 0, BUF, 0);

	send_text(w, id, 2, "two");
	expect_done(w, upto3, 0);
	granted(w, upto3, 2, "two");
	send_text(w, id, 2, "two again");
	expect_done(w, any, 0);
	granted(w, any, 2, "two again");
	send_text(w, id, 2, "stays");
	expect_none(w);
	send_text(w, id, 7, "seven");
	expect_done(w, not2, 0);
	granted(w, not2, 7, "seven");
	send_text(w, id, 5, "five");
	expect_done(w, five, 0);
	granted(w, five, 5, "five");
	receive_text(w, id, 0, 0, 2, "stays");
}

static void too_small_a_buffer_ends_the_wait(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct ipc_slot *small = receive_parks(w, 10, id, 0, 3, 0);
	struct ipc_slot *other_type = receive_parks(w, 11, id, 9, 1, 0);
	struct ipc_slot *cuts = receive_parks(w, 12, id, 0, 3, MSG_NOERROR);
	struct ipc_slot *last = receive_parks(w, 13, id, 0, BUF, 0);

	send_text(w, id, 1, "1234");
	expect_failed(w, small, -E2BIG);
	expect_done(w, cuts, 0);
	granted(w, cuts, 1, "1234");
	expect_none(w);
	send_text(w, id, 1, "123");
	expect_done(w, last, 0);
	granted(w, last, 1, "123");
	/* Nobody left but one too small: the message stays. */
	send_text(w, id, 9, "12");
	expect_failed(w, other_type, -E2BIG);
	assert_int_equal(stat_of(w, id).qnum, 1);
}

static void the_dead_are_passed_over(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct ipc_slot *dead = receive_parks(w, 10, id, 0, BUF, 0);
	struct ipc_slot *alive = receive_parks(w, 11, id, 0, BUF, 0);

	w->dead[10] = true;
	send_text(w, id, 1, "not lost");
	expect_failed(w, dead, -ESRCH);
	expect_done(w, alive, 0);
	granted(w, alive, 1, "not lost");

	dead = receive_parks(w, 10, id, 0, BUF, 0);
	send_text(w, id, 1, "kept");
	expect_failed(w, dead, -ESRCH);
	receive_text(w, id, 0, 0, 1, "kept");
}

static void senders_are_let_in_by_what_fits(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	set_room(w, id, 10);
	send_text(w, id, 1, "0123456789");
	struct ipc_slot *big = send_parks(w, 10, id, 2, "12345678");
	struct ipc_slot *small = send_parks(w, 11, id, 3, "12");
	struct ipc_slot *middle = send_parks(w, 12, id, 4, "12345");

	/* Natively who sleeps can be overtaken by who comes and finds room: not here, there is none. */
	assert_int_equal(try_send(w, id, 5, "x"), -EAGAIN);
	receive_text(w, id, 0, 0, 1, "0123456789");
	expect_sent(w, big);
	expect_sent(w, small); /* the rest of the room */
	expect_none(w);
	check_queue(w, id);
	assert_int_equal(stat_of(w, id).cbytes, 10);
	assert_int_equal(stat_of(w, id).lspid, 11);
	receive_text(w, id, 3, 0, 3, "12");
	expect_none(w); /* 2 free, 5 wanted */
	receive_text(w, id, 2, 0, 2, "12345678");
	expect_sent(w, middle);
	receive_text(w, id, 0, 0, 4, "12345");
}

static void a_sender_let_in_serves_a_receiver(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	set_room(w, id, 4);
	send_text(w, id, 1, "full");
	struct ipc_slot *r = receive_parks(w, 10, id, 7, BUF, 0);
	struct ipc_slot *s7 = send_parks(w, 11, id, 7, "7777");
	struct ipc_slot *s8 = send_parks(w, 12, id, 8, "8888");

	receive_text(w, id, 1, 0, 1, "full");
	/* The first one's message never is in the queue, so there is room for the second's, too. */
	expect_done(w, r, 0);
	granted(w, r, 7, "7777");
	expect_sent(w, s7);
	expect_sent(w, s8);
	receive_text(w, id, 0, 0, 8, "8888");
}

static void a_dead_sender_sends_nothing(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	set_room(w, id, 4);
	send_text(w, id, 1, "full");
	struct ipc_slot *dead = send_parks(w, 10, id, 2, "dead");
	struct ipc_slot *next = send_parks(w, 11, id, 3, "next");

	w->dead[10] = true;
	receive_text(w, id, 0, 0, 1, "full");
	expect_failed(w, dead, -ESRCH);
	expect_sent(w, next);
	receive_text(w, id, 0, 0, 3, "next");
	receive_nothing(w, id, 0, 0);
}

static void more_room_lets_senders_in(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	set_room(w, id, 4);
	send_text(w, id, 1, "full");
	struct ipc_slot *a = send_parks(w, 10, id, 2, "12345678");
	struct ipc_slot *b = send_parks(w, 11, id, 3, "123");

	set_room(w, id, 8);
	expect_sent(w, b); /* the first does not fit yet */
	expect_none(w);
	set_room(w, id, 15);
	expect_sent(w, a);
	check_queue(w, id);
	assert_int_equal(stat_of(w, id).qnum, 3);
}

static void a_changed_mode_reaches_sleepers(void **state)
{
	struct world *w = *state;
	int id = msg_get(&w->ns, &w->user, 5, IPC_CREAT | 0666);
	const struct ipc_cred other = cred_of(3, 1001, 0);
	struct ipc_slot *r = NULL, *mine = NULL, *s = NULL, *s2 = NULL;

	assert_int_equal(receive_by(w, &other, 20, id, 9, BUF, 0, &r), IPC_PARKED);
	assert_int_equal(receive_by(w, &w->user, 21, id, 9, BUF, 0, &mine), IPC_PARKED);
	assert_int_equal(msg_ctl_set(&w->ns, &w->user, id, 1000, 1000, 0662, 4), 0);
	expect_failed(w, r, -EACCES);
	expect_none(w);
	assert_int_equal(send_by(w, &other, 22, id, 1, "full", 4, 0, NULL), 0);
	assert_int_equal(send_by(w, &other, 23, id, 1, "a", 1, 0, &s), IPC_PARKED);
	assert_int_equal(send_by(w, &w->user, 24, id, 2, "b", 1, 0, &s2), IPC_PARKED);
	/* A sender looks at the mode again only when there is room for it. */
	assert_int_equal(msg_ctl_set(&w->ns, &w->user, id, 1000, 1000, 0600, 4), 0);
	expect_none(w);
	receive_text(w, id, 1, 0, 1, "full");
	expect_failed(w, s, -EACCES);
	expect_sent(w, s2);
	check_queue(w, id);
	ipc_cancel(&w->ns, mine);
	slot_free(&w->ns, mine);
}

static void removal_ends_every_wait(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct ipc_slot *r[2], *s[2];

	set_room(w, id, 4);
	r[0] = receive_parks(w, 10, id, 9, BUF, 0);
	r[1] = receive_parks(w, 11, id, 8, BUF, 0);
	send_text(w, id, 1, "full");
	s[0] = send_parks(w, 12, id, 1, "x");
	s[1] = send_parks(w, 13, id, 1, "y");
	assert_int_equal(msg_ctl_rmid(&w->ns, &w->root, id), 0);
	expect_failed(w, r[0], -EIDRM);
	expect_failed(w, r[1], -EIDRM);
	expect_failed(w, s[0], -EIDRM);
	expect_failed(w, s[1], -EIDRM);
	expect_none(w);
	assert_int_equal(arena_used(&w->ns.msg_body), 0);
}

static void cancelled_sleepers_leave_no_trace(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct ipc_slot *r[3], *s[3];

	set_room(w, id, 4);
	for (uint32_t i = 0; i < 3; i++)
		r[i] = receive_parks(w, 10 + i, id, 9, BUF, 0);
	send_text(w, id, 1, "full");
	for (uint32_t i = 0; i < 3; i++)
		s[i] = send_parks(w, 20 + i, id, 1, i == 1 ? "b" : "ac");
	ipc_cancel(&w->ns, r[1]);
	ipc_cancel(&w->ns, s[1]);
	assert_int_equal(r[1]->state, SLOT_RECEIVED);
	assert_int_equal(s[1]->u.snd.msg, 0);
	slot_free(&w->ns, r[1]);
	slot_free(&w->ns, s[1]);
	check_queue(w, id);
	receive_text(w, id, 1, 0, 1, "full");
	expect_sent(w, s[0]);
	expect_sent(w, s[2]);
	receive_text(w, id, 1, 0, 1, "ac");
	send_text(w, id, 9, "n");
	expect_done(w, r[0], 0);
	granted(w, r[0], 9, "n");
	ipc_cancel(&w->ns, r[2]);
	slot_free(&w->ns, r[2]);
}

/* A receiver that died between grant and reply: the message goes where it was taken from. */
static void an_undelivered_message_goes_back_to_its_place(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	for (int i = 1; i <= 5; i++)
		send_text(w, id, i, (const char *[]){"", "a", "b", "c", "d", "e"}[i]);
	for (int i = 1; i <= 5; i++) {
		struct ipc_slot *s = take(w, id, i, BUF, 0);

		assert_int_equal(stat_of(w, id).qnum, 4);
		msg_return(&w->ns, id, s->u.rcv.msg);
		slot_free(&w->ns, s);
		check_queue(w, id); /* sorted by arrival */
		assert_int_equal(stat_of(w, id).qnum, 5);
	}
	/* Two at once, in the wrong order. */
	struct ipc_slot *d = take(w, id, 4, BUF, 0), *b = take(w, id, 2, BUF, 0);

	msg_return(&w->ns, id, b->u.rcv.msg);
	msg_return(&w->ns, id, d->u.rcv.msg);
	slot_free(&w->ns, b);
	slot_free(&w->ns, d);
	for (int i = 1; i <= 5; i++)
		receive_text(w, id, 0, 0, i, (const char *[]){"", "a", "b", "c", "d", "e"}[i]);
}

static void a_returned_message_finds_a_waiter(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	send_text(w, id, 4, "back");
	struct ipc_slot *s = take(w, id, 0, BUF, 0);
	struct ipc_slot *r = receive_parks(w, 10, id, -5, BUF, 0);

	msg_return(&w->ns, id, s->u.rcv.msg);
	slot_free(&w->ns, s);
	expect_done(w, r, 0);
	granted(w, r, 4, "back");
	assert_int_equal(stat_of(w, id).qnum, 0);
}

/* One that was handed over and never was in the queue has its place, too. */
static void a_handed_over_message_has_a_place(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	send_text(w, id, 1, "before");
	struct ipc_slot *r = receive_parks(w, 10, id, 5, BUF, 0);

	send_text(w, id, 5, "handed");
	send_text(w, id, 1, "after");
	expect_done(w, r, 0);
	msg_return(&w->ns, id, r->u.rcv.msg);
	slot_free(&w->ns, r);
	check_queue(w, id);
	receive_text(w, id, 0, 0, 1, "before");
	receive_text(w, id, 0, 0, 5, "handed");
	receive_text(w, id, 0, 0, 1, "after");
}

static void a_message_without_a_queue_is_freed(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	send_text(w, id, 1, "orphan");
	struct ipc_slot *s = take(w, id, 0, BUF, 0);

	assert_int_equal(msg_ctl_rmid(&w->ns, &w->root, id), 0);
	msg_return(&w->ns, id, s->u.rcv.msg);
	msg_return(&w->ns, id, 0);
	slot_free(&w->ns, s);
	assert_int_equal(arena_used(&w->ns.msg_body), 0);
}

/* A returned message may fill the queue beyond its limit: nobody is let in until there is room. */
static void a_returned_message_needs_no_room(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	set_room(w, id, 4);
	send_text(w, id, 1, "full");
	struct ipc_slot *s = take(w, id, 0, BUF, 0);

	send_text(w, id, 2, "more");
	struct ipc_slot *waits = send_parks(w, 10, id, 3, "w");

	msg_return(&w->ns, id, s->u.rcv.msg);
	slot_free(&w->ns, s);
	check_queue(w, id);
	assert_int_equal(stat_of(w, id).cbytes, 8);
	receive_text(w, id, 0, 0, 1, "full");
	expect_none(w);
	receive_text(w, id, 0, 0, 2, "more");
	expect_sent(w, waits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(handed_over_not_queued),
		TEST(first_come_first_served),
		TEST(each_gets_what_it_waits_for),
		TEST(too_small_a_buffer_ends_the_wait),
		TEST(the_dead_are_passed_over),
		TEST(senders_are_let_in_by_what_fits),
		TEST(a_sender_let_in_serves_a_receiver),
		TEST(a_dead_sender_sends_nothing),
		TEST(more_room_lets_senders_in),
		TEST(a_changed_mode_reaches_sleepers),
		TEST(removal_ends_every_wait),
		TEST(cancelled_sleepers_leave_no_trace),
		TEST(an_undelivered_message_goes_back_to_its_place),
		TEST(a_returned_message_finds_a_waiter),
		TEST(a_handed_over_message_has_a_place),
		TEST(a_message_without_a_queue_is_freed),
		TEST(a_returned_message_needs_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
