/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* System V queues without sleepers: msgget, what msgrcv chooses, sizes, msgctl; errnos and order. */
#include "msg_fixture.h"

static void get_checks_and_their_order(void **state)
{
	struct world *w = *state;
	const struct ipc_cred other = cred_of(3, 1001, 0);

	assert_int_equal(msg_get(&w->ns, &w->user, 5, 0), -ENOENT);
	assert_int_equal(msg_get(&w->ns, &w->user, 5, IPC_EXCL), -ENOENT);
	int id = msg_get(&w->ns, &w->user, 5, IPC_CREAT | IPC_EXCL | 01640);

	assert_true(id >= 0);
	assert_int_equal(msg_get(&w->ns, &w->user, 5, 0), id);
	assert_int_equal(msg_get(&w->ns, &w->user, 5, IPC_CREAT | 0600), id);
	assert_int_equal(msg_get(&w->ns, &other, 5, IPC_CREAT | IPC_EXCL | 0600), -EEXIST);
	assert_int_equal(msg_get(&w->ns, &other, 5, 0), id); /* asks for nothing */
	assert_int_equal(msg_get(&w->ns, &other, 5, 0400), -EACCES);
	int p1 = msg_get(&w->ns, &w->user, IPC_PRIVATE, 0), p2 = new_queue(w);

	assert_true(p1 >= 0 && p1 != p2 && p1 != id);

	const struct msg_stat st = stat_of(w, id);

	assert_int_equal(st.perm.key, 5);
	assert_int_equal(st.perm.id, id);
	assert_int_equal(st.perm.mode, 0640);
	assert_int_equal(st.perm.uid, 1000);
	assert_int_equal(st.perm.cgid, 1000);
	assert_int_equal(st.qbytes, 16384);
	assert_int_equal(st.ctime, 1000);
	assert_int_equal(st.stime, 0);
	assert_int_equal(st.rtime, 0);
	assert_int_equal(st.lspid, 0);
	assert_int_equal(st.qnum, 0);
}

static void the_number_of_queues_is_limited(void **state)
{
	struct world *w = *state;

	ipc_limits(&w->ns)->msgmni = 2;
	int id = msg_get(&w->ns, &w->user, 1, IPC_CREAT | 0600);

	new_queue(w);
	assert_int_equal(msg_get(&w->ns, &w->root, 3, IPC_CREAT | 0600), -ENOSPC);
	assert_int_equal(msg_get(&w->ns, &w->root, IPC_PRIVATE, 0600), -ENOSPC);
	assert_int_equal(msg_get(&w->ns, &w->user, 1, IPC_CREAT | 0600), id);
	assert_int_equal(msg_get(&w->ns, &w->root, 3, 0), -ENOENT);
	assert_int_equal(msg_ctl_rmid(&w->ns, &w->user, id), 0);
	assert_true(msg_get(&w->ns, &w->root, 3, IPC_CREAT | 0600) >= 0);
}

static void in_order_of_arrival(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	receive_nothing(w, id, 0, 0);
	send_text(w, id, 3, "one");
	send_text(w, id, 1, "two");
	send_text(w, id, 3, "three");
	receive_text(w, id, 0, 0, 3, "one");
	receive_text(w, id, 0, 0, 1, "two");
	receive_text(w, id, 0, 0, 3, "three");
	receive_nothing(w, id, 0, 0);
}

static void by_type(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	send_text(w, id, 5, "five");
	send_text(w, id, 2, "two");
	send_text(w, id, INT64_MAX, "max");
	send_text(w, id, 2, "two again");
	receive_nothing(w, id, 3, 0);
	receive_text(w, id, 2, 0, 2, "two");
	receive_text(w, id, INT64_MAX, 0, INT64_MAX, "max");
	receive_text(w, id, 2, 0, 2, "two again");
	receive_nothing(w, id, 2, 0);
	receive_text(w, id, 5, 0, 5, "five");
}

static void the_lowest_type_up_to(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	send_text(w, id, 9, "a");
	send_text(w, id, 4, "b");
	send_text(w, id, 7, "c");
	send_text(w, id, 4, "d");
	send_text(w, id, 1, "e");
	send_text(w, id, 1, "f");
	receive_text(w, id, -1, 0, 1, "e");
	receive_text(w, id, -100, 0, 1, "f");
	receive_nothing(w, id, -3, 0);
	receive_text(w, id, -8, 0, 4, "b"); /* the lowest, of these the first */
	receive_text(w, id, -4, 0, 4, "d");
	receive_nothing(w, id, -6, 0);
	receive_text(w, id, -7, 0, 7, "c");
	/* -LONG_MIN is no number: it is the largest. */
	receive_text(w, id, LONG_MIN, 0, 9, "a");
	receive_nothing(w, id, LONG_MIN, 0);
}

static void all_but_a_type(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	send_text(w, id, 1, "a");
	send_text(w, id, 2, "b");
	send_text(w, id, 1, "c");
	receive_text(w, id, 1, MSG_EXCEPT, 2, "b");
	receive_nothing(w, id, 1, MSG_EXCEPT);
	/* Of no weight with 0 and with negative types. */
	receive_text(w, id, -1, MSG_EXCEPT, 1, "a");
	receive_text(w, id, 0, MSG_EXCEPT, 1, "c");
}

static void too_big_stays_or_is_cut(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	send_text(w, id, 1, "0123456789");
	receive_fails(w, id, 0, 9, 0, -E2BIG);
	receive_fails(w, id, 0, 0, IPC_NOWAIT, -E2BIG);
	assert_int_equal(stat_of(w, id).qnum, 1);
	assert_int_equal(stat_of(w, id).rtime, 0);
	/* MSG_NOERROR: the whole message leaves the queue, the caller copies out what it has room for. */
	granted(w, take(w, id, 0, 4, MSG_NOERROR), 1, "0123456789");
	assert_int_equal(stat_of(w, id).qnum, 0);
	/* Only the first that fits the type is looked at. */
	send_text(w, id, 1, "0123456789");
	send_text(w, id, 1, "x");
	receive_fails(w, id, 1, 5, 0, -E2BIG);
	assert_int_equal(stat_of(w, id).cbytes, 11);
}

static void copies_leave_the_queue_alone(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct msg_stat before, after;

	send_text(w, id, 7, "zero");
	send_text(w, id, 8, "one");
	send_text(w, id, 9, "two");
	before = stat_of(w, id);
	w->now = 2000;
	/* msgtyp is a position. */
	receive_text(w, id, 1, MSG_COPY, 8, "one");
	receive_text(w, id, 1, MSG_COPY, 8, "one");
	receive_text(w, id, 2, MSG_COPY, 9, "two");
	receive_text(w, id, 0, MSG_COPY, 7, "zero");
	receive_nothing(w, id, 3, MSG_COPY);
	receive_nothing(w, id, -1, MSG_COPY);
	receive_fails(w, id, 0, 3, MSG_COPY | IPC_NOWAIT, -E2BIG);
	/* It is not cut. */
	receive_fails(w, id, 0, 3, MSG_COPY | IPC_NOWAIT | MSG_NOERROR, -EINVAL);
	after = stat_of(w, id);
	assert_int_equal(after.qnum, before.qnum);
	assert_int_equal(after.cbytes, before.cbytes);
	assert_int_equal(after.rtime, before.rtime);
	assert_int_equal(after.lrpid, before.lrpid);
	assert_int_equal(after.stime, before.stime);
	receive_text(w, id, 0, 0, 7, "zero");
}

static void a_copy_is_one_s_own(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	send_text(w, id, 7, "text");
	struct ipc_slot *s = take(w, id, 0, BUF, MSG_COPY);

	memset(ipc_msg_get(&w->ns.msg_body, s->u.rcv.msg)->text, 'x', 4);
	granted(w, s, 7, "xxxx");
	receive_text(w, id, 0, 0, 7, "text");
}

static void bytes_bound_the_queue(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	set_room(w, id, 10);
	send_text(w, id, 1, "0123456");
	assert_int_equal(try_send(w, id, 1, "0123"), -EAGAIN);
	assert_int_equal(try_send(w, id, 1, "012"), 0);
	assert_int_equal(try_send(w, id, 1, "0"), -EAGAIN);
	/* A message larger than the queue: never, but not for the sender to know. */
	receive_text(w, id, 0, 0, 1, "0123456");
	receive_text(w, id, 0, 0, 1, "012");
	assert_int_equal(try_send(w, id, 1, "01234567890"), -EAGAIN);
	check_queue(w, id);
}

static void empty_messages_are_counted(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);

	/* As many messages as bytes (msg_fits_inqueue()): or empty ones would be for free. */
	set_room(w, id, 3);
	for (int i = 1; i <= 3; i++)
		send_text(w, id, i, "");
	assert_int_equal(try_send(w, id, 4, ""), -EAGAIN);
	assert_int_equal(stat_of(w, id).cbytes, 0);
	assert_int_equal(stat_of(w, id).qnum, 3);
	granted(w, take(w, id, 0, 0, 0), 1, "");
	assert_int_equal(try_send(w, id, 4, ""), 0);
	granted(w, take(w, id, -2, 0, 0), 2, "");
	assert_int_equal(try_send(w, id, 5, "abc"), 0);
	assert_int_equal(try_send(w, id, 6, ""), -EAGAIN);
}

static void large_ones_come_back_whole(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	static char text[8193], back[8193];

	for (size_t i = 0; i < 8192; i++)
		text[i] = (char)('a' + i * 7 % 26);
	send_text(w, id, 1, text);
	send_text(w, id, 2, text);
	assert_int_equal(try_send(w, id, 3, "x"), -EAGAIN); /* 16384 are in */
	struct ipc_slot *s = take(w, id, 0, 8192, 0);

	memcpy(back, ipc_msg_get(&w->ns.msg_body, s->u.rcv.msg)->text, 8192);
	granted(w, s, 1, text);
	assert_string_equal(back, text);
}

static void times_and_processes(void **state)
{
	struct world *w = *state;
	int id = new_queue(w);
	struct ipc_slot *s = NULL;

	w->now = 1010;
	assert_int_equal(send_by(w, &w->root, 40, id, 1, "x", 1, 0, NULL), 0);
	w->now = 1020;
	assert_int_equal(receive_by(w, &w->root, 41, id, 0, BUF, 0, &s), 0);
	granted(w, s, 1, "x");
	const struct msg_stat st = stat_of(w, id);

	assert_int_equal(st.ctime, 1000);
	assert_int_equal(st.stime, 1010);
	assert_int_equal(st.rtime, 1020);
	assert_int_equal(st.lspid, 40);
	assert_int_equal(st.lrpid, 41);
}

static void who_may_what(void **state)
{
	struct world *w = *state;
	const struct ipc_cred other = cred_of(3, 1001, 0);
	struct ipc_slot *s = NULL;
	struct msg_stat st;
	int id = msg_get(&w->ns, &w->user, 5, IPC_CREAT | 0602);

	assert_int_equal(send_by(w, &other, 0, id, 1, "x", 1, 0, NULL), 0);
	assert_int_equal(receive_by(w, &other, 0, id, 0, BUF, 0, NULL), -EACCES);
	assert_int_equal(msg_ctl_stat(&w->ns, &other, id, IPC_STAT, &st), -EACCES);
	assert_int_equal(msg_ctl_stat(&w->ns, &other, id, MSG_STAT, &st), -EACCES);
	assert_int_equal(msg_ctl_stat(&w->ns, &other, id, MSG_STAT_ANY, &st), id);
	assert_int_equal(msg_ctl_set(&w->ns, &other, id, 1001, 1001, 0666, 1), -EPERM);
	assert_int_equal(msg_ctl_rmid(&w->ns, &other, id), -EPERM);
	assert_int_equal(receive_by(w, &w->user, 0, id, 0, BUF, 0, &s), 0);
	granted(w, s, 1, "x");
	assert_int_equal(msg_ctl_set(&w->ns, &w->user, id, 1000, 1000, 0404, 100), 0);
	assert_int_equal(send_by(w, &other, 0, id, 1, "x", 1, 0, NULL), -EACCES);
	assert_int_equal(send_by(w, &w->user, 0, id, 1, "x", 1, 0, NULL), -EACCES);
	assert_int_equal(receive_by(w, &other, 0, id, 0, BUF, IPC_NOWAIT, NULL), -ENOMSG);
}

static void set_takes_owner_mode_and_room(void **state)
{
	struct world *w = *state;
	int id = msg_get(&w->ns, &w->user, 5, IPC_CREAT | 0600);
	struct msg_stat st;

	w->now = 1500;
	assert_int_equal(msg_ctl_set(&w->ns, &w->user, id, 7, 8, 07644, 16384), 0);
	st = stat_of(w, id);
	assert_int_equal(st.perm.uid, 7);
	assert_int_equal(st.perm.gid, 8);
	assert_int_equal(st.perm.cuid, 1000);
	assert_int_equal(st.perm.mode, 0644);
	assert_int_equal(st.ctime, 1500);
	/* The creator still controls it; more than msgmnb is for CAP_SYS_RESOURCE. */
	assert_int_equal(msg_ctl_set(&w->ns, &w->user, id, 9, 9, 0600, 16385), -EPERM);
	assert_int_equal(stat_of(w, id).perm.uid, 7);
	assert_int_equal(msg_ctl_set(&w->ns, &w->root, id, 9, 9, 0600, 1 << 20), 0);
	assert_int_equal(stat_of(w, id).qbytes, 1 << 20);
	/* msgctl_down() has an unsigned int of it. */
	assert_int_equal(msg_ctl_set(&w->ns, &w->user, id, 9, 9, 0600, (1ull << 32) + 5), 0);
	assert_int_equal(stat_of(w, id).qbytes, 5);
	assert_int_equal(msg_ctl_set(&w->ns, &w->root, id, UINT32_MAX, 9, 0600, 5), -EINVAL);
	assert_int_equal(msg_ctl_set(&w->ns, &w->root, id, 9, UINT32_MAX, 0600, 5), -EINVAL);
	assert_int_equal(msg_ctl_set(&w->ns, &w->root, id + 1, 9, 9, 0600, 5), -EINVAL);
	/* Less room than is used: what is in stays. */
	send_text(w, id, 1, "12345");
	set_room(w, id, 0);
	assert_int_equal(try_send(w, id, 1, ""), -EAGAIN);
	receive_text(w, id, 0, 0, 1, "12345");
}

static void removed_is_gone(void **state)
{
	struct world *w = *state;
	int id = msg_get(&w->ns, &w->root, 5, IPC_CREAT | 0600);
	struct msg_stat st;

	send_text(w, id, 1, "freed with it");
	assert_int_equal(msg_ctl_rmid(&w->ns, &w->root, id), 0);
	assert_int_equal(arena_used(&w->ns.msg_body), 0);
	assert_int_equal(msg_ctl_rmid(&w->ns, &w->root, id), -EINVAL);
	assert_int_equal(msg_ctl_stat(&w->ns, &w->root, id, IPC_STAT, &st), -EINVAL);
	assert_int_equal(msg_ctl_stat(&w->ns, &w->root, id, MSG_STAT, &st), -EINVAL);
	assert_int_equal(try_send(w, id, 1, "x"), -EINVAL);
	assert_int_equal(receive_by(w, &w->root, 0, id, 0, 1, 0, NULL), -EINVAL);
	assert_int_equal(msg_get(&w->ns, &w->root, 5, 0), -ENOENT);
}

static void info_and_walk(void **state)
{
	struct world *w = *state;
	struct msg_info i;
	struct msg_stat st;
	int32_t idx = 0;

	assert_int_equal(msg_ctl_info(&w->ns, IPC_INFO, &i), 0);
	assert_int_equal(i.msgpool, 512000); /* uapi/linux/msg.h */
	assert_int_equal(i.msgmap, 16384);
	assert_int_equal(i.msgtql, 16384);
	assert_int_equal(i.msgmax, 8192);
	assert_int_equal(i.msgmnb, 16384);
	assert_int_equal(i.msgmni, 32000);
	assert_int_equal(i.msgssz, 16);
	assert_int_equal(i.msgseg, 0xffff);
	assert_false(msg_next(&w->ns, &idx, &st));

	int a = new_queue(w), b = new_queue(w), c = new_queue(w);

	send_text(w, a, 1, "123");
	send_text(w, c, 1, "45");
	send_text(w, c, 1, "");
	assert_int_equal(msg_ctl_rmid(&w->ns, &w->root, b), 0);
	assert_int_equal(msg_ctl_info(&w->ns, MSG_INFO, &i), 2); /* the highest index */
	assert_int_equal(i.msgpool, 2);
	assert_int_equal(i.msgmap, 3);
	assert_int_equal(i.msgtql, 5);
	assert_int_equal(i.msgmax, 8192);
	idx = 0;
	assert_true(msg_next(&w->ns, &idx, &st));
	assert_int_equal(idx, 0);
	assert_int_equal(st.perm.id, a);
	idx = 1;
	assert_true(msg_next(&w->ns, &idx, &st));
	assert_int_equal(idx, 2);
	assert_int_equal(st.qnum, 2);
	idx = 3;
	assert_false(msg_next(&w->ns, &idx, &st));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(get_checks_and_their_order),
		TEST(the_number_of_queues_is_limited),
		TEST(in_order_of_arrival),
		TEST(by_type),
		TEST(the_lowest_type_up_to),
		TEST(all_but_a_type),
		TEST(too_big_stays_or_is_cut),
		TEST(copies_leave_the_queue_alone),
		TEST(a_copy_is_one_s_own),
		TEST(bytes_bound_the_queue),
		TEST(empty_messages_are_counted),
		TEST(large_ones_come_back_whole),
		TEST(times_and_processes),
		TEST(who_may_what),
		TEST(set_takes_owner_mode_and_room),
		TEST(removed_is_gone),
		TEST(info_and_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
