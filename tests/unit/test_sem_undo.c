/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SEM_UNDO: what is recorded, what forgets it, and what an exit does. */
#include "sem_fixture.h"

static void leave(struct world *w, uint32_t pid)
{
	sem_undo_exit(&w->ns, &(struct sem_holder){.list = pid, .born = start_of(pid)}, pid);
}

static unsigned holders(struct world *w)
{
	struct sem_holder h;
	aref cursor = 0;
	unsigned n = 0;

	while (sem_undo_next_holder(&w->ns, &cursor, &h))
		n++;
	return n;
}

static void exit_gives_back(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 3);

	assert_false(sem_set_has_undo(&w->ns, id));
	assert_int_equal(sem_ctl_setall(&w->ns, &w->root, id, (uint16_t[]){5, 5, 5}, 3), 0);
	assert_int_equal(op_now(w, 10, id, SOPS(OPF(0, -2, SEM_UNDO), OP(1, -2))), 0);
	assert_int_equal(op_now(w, 10, id, SOPS(OPF(0, -1, SEM_UNDO), OPF(2, 3, SEM_UNDO))), 0);
	assert_true(sem_set_has_undo(&w->ns, id));
	assert_int_equal(holders(w), 1);
	/* Another life of the same pid is another process. */
	sem_undo_exit(&w->ns, &(struct sem_holder){.list = 10, .born = 1}, 10);
	assert_int_equal(val(w, id, 0), 2);

	w->now = 1100;
	leave(w, 10);
	assert_int_equal(val(w, id, 0), 5);
	assert_int_equal(val(w, id, 1), 3);
	assert_int_equal(val(w, id, 2), 5);
	assert_int_equal(get(w, id, 0, GETPID), 10);
	assert_int_equal(otime(w, id), 1100);
	assert_false(sem_set_has_undo(&w->ns, id));
	assert_int_equal(holders(w), 0);
	leave(w, 10);
	assert_int_equal(val(w, id, 0), 5);
}

static void exit_clamps(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 2);

	assert_int_equal(sem_ctl_setall(&w->ns, &w->root, id, (uint16_t[]){0, 100}, 2), 0);
	assert_int_equal(op_now(w, 10, id, SOPS(OPF(0, 5, SEM_UNDO), OPF(1, -50, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 11, id, SOPS(OP(0, -4), OP(1, 32700))), 0);
	leave(w, 10);
	assert_int_equal(val(w, id, 0), 0);
	assert_int_equal(val(w, id, 1), 32767);
}

static void pid_only_where_something_is_undone(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 2);

	assert_int_equal(
		op_now(w, 10, id,
		       SOPS(OPF(0, 1, SEM_UNDO), OPF(1, 1, SEM_UNDO), OPF(1, -1, SEM_UNDO))),
		0);
	assert_int_equal(op_now(w, 11, id, SOPS(OP(0, 1), OP(1, 0))), 0);
	leave(w, 10);
	assert_int_equal(val(w, id, 0), 1);
	assert_int_equal(get(w, id, 0, GETPID), 10);
	assert_int_equal(get(w, id, 1, GETPID), 11);
}

static void the_adjustment_has_a_range(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);

	/* Up: semadj goes down to -32768. */
	assert_int_equal(op_now(w, 10, id, SOPS(OPF(0, 32767, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 11, id, SOPS(OP(0, -2))), 0);
	assert_int_equal(op_now(w, 10, id, SOPS(OPF(0, 1, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 10, id, SOPS(OPF(0, 1, SEM_UNDO))), -ERANGE);
	assert_int_equal(val(w, id, 0), 32766);
	assert_int_equal(op_now(w, 10, id, SOPS(OP(0, 1))), 0);
	leave(w, 10);
	assert_int_equal(val(w, id, 0), 0);

	/* Down: up to 32767. A double use counts the first one. */
	assert_int_equal(setval(w, id, 0, 32767), 0);
	assert_int_equal(op_now(w, 12, id, SOPS(OPF(0, -32767, SEM_UNDO))), 0);
	assert_int_equal(setval(w, id, 0, 0), 0);
	assert_int_equal(setval(w, id, 0, 32767), 0);
	assert_int_equal(op_now(w, 12, id, SOPS(OPF(0, -32766, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 11, id, SOPS(OP(0, 5))), 0);
	assert_int_equal(op_now(w, 12, id, SOPS(OPF(0, -1, SEM_UNDO), OPF(0, -1, SEM_UNDO))),
			 -ERANGE);
	/* Nothing of it was kept: one alone still fits. */
	assert_int_equal(op_now(w, 12, id, SOPS(OPF(0, -1, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 12, id, SOPS(OPF(0, -1, SEM_UNDO))), -ERANGE);
	assert_int_equal(val(w, id, 0), 5);
	/* Up and down in one call: the range is looked at after each. */
	assert_int_equal(
		op_now(w, 12, id, SOPS(OPF(0, 1, SEM_UNDO), OP(0, -3), OPF(0, -1, SEM_UNDO))), 0);
	assert_int_equal(val(w, id, 0), 2);
	leave(w, 12);
	assert_int_equal(val(w, id, 0), 32767);
}

static void a_range_error_of_a_sleeper(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);

	assert_int_equal(setval(w, id, 0, 32767), 0);
	assert_int_equal(op_now(w, 10, id, SOPS(OPF(0, -32767, SEM_UNDO))), 0);
	struct ipc_slot *s = op_parks(w, 10, id, SOPS(OPF(0, -1, SEM_UNDO)));

	assert_int_equal(op_now(w, 11, id, SOPS(OP(0, 1))), 0);
	expect_done(w, s, -ERANGE);
	assert_int_equal(val(w, id, 0), 1);
}

static void setval_and_setall_forget(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 2);

	assert_int_equal(op_now(w, 10, id, SOPS(OPF(0, 3, SEM_UNDO), OPF(1, 3, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 11, id, SOPS(OPF(0, 3, SEM_UNDO), OPF(1, 3, SEM_UNDO))), 0);
	assert_int_equal(setval(w, id, 0, 20), 0);
	leave(w, 10);
	assert_int_equal(val(w, id, 0), 20);
	assert_int_equal(val(w, id, 1), 3);
	assert_int_equal(sem_ctl_setall(&w->ns, &w->root, id, (uint16_t[]){9, 9}, 2), 0);
	w->now = 1200;
	leave(w, 11);
	assert_int_equal(val(w, id, 0), 9);
	assert_int_equal(val(w, id, 1), 9);
	assert_int_equal(get(w, id, 1, GETPID), 1);
	/* The empty entry still was one. */
	assert_int_equal(otime(w, id), 1200);
}

static void setval_forgets_before_it_hands_over(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);
	struct ipc_slot *s = op_parks(w, 10, id, SOPS(OPF(0, -2, SEM_UNDO)));

	assert_int_equal(setval(w, id, 0, 2), 0);
	expect_done(w, s, 0);
	leave(w, 10);
	assert_int_equal(val(w, id, 0), 2);
}

static void exit_hands_over(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 2);

	assert_int_equal(setval(w, id, 0, 1), 0);
	assert_int_equal(op_now(w, 10, id, SOPS(OPF(0, -1, SEM_UNDO), OPF(1, 1, SEM_UNDO))), 0);
	struct ipc_slot *a = op_parks(w, 11, id, SOPS(OPF(0, -1, SEM_UNDO)));
	struct ipc_slot *b = op_parks(w, 12, id, SOPS(OP(0, -1)));
	struct ipc_slot *zero = op_parks(w, 13, id, SOPS(OP(1, 0)));

	leave(w, 10);
	expect_done(w, zero, 0);
	expect_done(w, a, 0);
	expect_none(w);
	/* And on, down the line. */
	leave(w, 11);
	expect_done(w, b, 0);
	assert_int_equal(val(w, id, 0), 0);
}

static void sleepers_of_the_exiting_process(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 2);

	assert_int_equal(setval(w, id, 0, 1), 0);
	assert_int_equal(op_now(w, 10, id, SOPS(OPF(0, -1, SEM_UNDO))), 0);
	/* A second thread, first in the line for what the exit gives back; not known dead yet. */
	struct ipc_slot *own = op_parks(w, 10, id, SOPS(OPF(0, -1, SEM_UNDO)));
	struct ipc_slot *other = op_parks(w, 11, id, SOPS(OP(0, -1)));

	leave(w, 10);
	expect_done(w, own, -ESRCH);
	expect_done(w, other, 0);
}

static void failed_operations_leave_an_entry(void **state)
{
	struct world *w = *state;
	const struct ipc_cred other = user_cred(20, 1001);
	int id = sem_get(&w->ns, &w->root, IPC_PRIVATE, 1, 0600);

	assert_int_equal(semop_as(w, &other, id + 1, NULL, SOPS(OPF(0, 1, SEM_UNDO))), -EINVAL);
	assert_int_equal(holders(w), 0);
	assert_int_equal(semop_as(w, &other, id, NULL, SOPS(OPF(0, 1, SEM_UNDO))), -EACCES);
	assert_int_equal(op_now(w, 21, id, SOPS(OPF(5, 1, SEM_UNDO))), -EFBIG);
	assert_int_equal(holders(w), 2);
	w->now = 1300;
	leave(w, 20);
	assert_int_equal(val(w, id, 0), 0);
	assert_int_equal(get(w, id, 0, GETPID), 0);
	assert_int_equal(otime(w, id), 1300);
}

/* A sleeper in each set, woken by the exit, tells in which order the sets were gone through. */
static void exit_goes_by_last_use(void **state)
{
	struct world *w = *state;
	int a = new_set(w, 1), b = new_set(w, 1), c = new_set(w, 1);
	const int sets[] = {a, b, c};
	struct ipc_slot *s[3];

	for (int i = 0; i < 3; i++) {
		assert_int_equal(setval(w, sets[i], 0, 1), 0);
		assert_int_equal(op_now(w, 10, sets[i], SOPS(OPF(0, -1, SEM_UNDO))), 0);
	}
	/* Also a use that fails makes it the latest; another process's does not. */
	assert_int_equal(op_now(w, 10, a, SOPS(OPF(0, -1, SEM_UNDO | IPC_NOWAIT))), -EAGAIN);
	assert_int_equal(op_now(w, 11, b, SOPS(OPF(0, 0, SEM_UNDO))), 0);
	for (uint32_t i = 0; i < 3; i++)
		s[i] = op_parks(w, 30 + i, sets[i], SOPS(OP(0, -1)));
	leave(w, 10);
	expect_done(w, s[0], 0);
	expect_done(w, s[2], 0);
	expect_done(w, s[1], 0);
	assert_int_equal(holders(w), 1);
}

static void removal_drops_entries(void **state)
{
	struct world *w = *state;
	int a = new_set(w, 4), b = new_set(w, 1);

	assert_int_equal(op_now(w, 10, a, SOPS(OPF(0, 1, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 10, b, SOPS(OPF(0, 1, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 11, a, SOPS(OPF(0, 1, SEM_UNDO))), 0);
	struct ipc_slot *s = op_parks(w, 11, a, SOPS(OPF(1, -1, SEM_UNDO)));

	assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, a), 0);
	expect_done(w, s, -EIDRM);
	assert_int_equal(holders(w), 1);
	leave(w, 11);
	leave(w, 10);
	assert_int_equal(val(w, b, 0), 0);
	assert_false(sem_set_has_undo(&w->ns, a));
}

static void walks(void **state)
{
	struct world *w = *state;
	int a = new_set(w, 1), b = new_set(w, 1);
	struct sem_holder h;
	aref cursor = 0;
	uint32_t seen = 0;

	assert_false(sem_undo_next_of_set(&w->ns, a, &cursor, &h));
	assert_int_equal(op_now(w, 10, a, SOPS(OPF(0, 1, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 522, a, SOPS(OPF(0, 1, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 1034, a, SOPS(OPF(0, 1, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 12, b, SOPS(OPF(0, 1, SEM_UNDO))), 0);
	assert_int_equal(holders(w), 4);
	while (sem_undo_next_of_set(&w->ns, a, &cursor, &h)) {
		assert_int_equal(h.born, start_of((uint32_t)h.list));
		seen += h.list;
		/* The one in hand may go. */
		sem_undo_exit(&w->ns, &h, (uint32_t)h.list);
	}
	assert_int_equal(seen, 10 + 522 + 1034);
	assert_false(sem_undo_next_of_set(&w->ns, a, &cursor, &h));
	assert_int_equal(val(w, a, 0), 0);
	cursor = 0;
	assert_true(sem_undo_next_holder(&w->ns, &cursor, &h));
	assert_int_equal(h.list, 12);
	leave(w, 12);
	assert_false(sem_undo_next_holder(&w->ns, &cursor, &h));
}

/* A thread's own list goes on under a shared one's name, or is added to it. */
static void rekeyed(void **state)
{
	struct world *w = *state;
	const struct sem_holder own = {.list = 10, .born = start_of(10)};
	const struct sem_holder shared = {.list = 0xffff888000001000};
	const struct sem_holder other = {.list = 11, .born = start_of(11)};
	int a = new_set(w, 1), b = new_set(w, 1);

	assert_int_equal(op_now(w, 10, a, SOPS(OPF(0, 2, SEM_UNDO))), 0);
	sem_undo_rekey(&w->ns, &own, &shared);
	assert_int_equal(holders(w), 1);
	assert_int_equal(op_now(w, 11, a, SOPS(OPF(0, 3, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 11, b, SOPS(OPF(0, 4, SEM_UNDO))), 0);
	sem_undo_rekey(&w->ns, &other, &shared);
	assert_int_equal(holders(w), 1);
	leave(w, 10);
	leave(w, 11);
	assert_int_equal(val(w, a, 0), 5);
	sem_undo_exit(&w->ns, &shared, 10);
	assert_int_equal(val(w, a, 0), 0);
	assert_int_equal(val(w, b, 0), 0);
	assert_int_equal(holders(w), 0);
}

/* Natively it was one list all along, and the sleeper's call would have failed. */
static void rekeying_may_end_a_sleep(void **state)
{
	struct world *w = *state;
	const struct sem_holder from = {.list = 10, .born = start_of(10)};
	const struct sem_holder to = {.list = 11, .born = start_of(11)};
	int id = new_set(w, 2);

	assert_int_equal(op_now(w, 10, id, SOPS(OPF(0, 32767, SEM_UNDO))), 0);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, -32767))), 0);
	/* The sum is -32767; one more is allowed, two are not. */
	struct ipc_slot *stays = op_parks(w, 11, id, SOPS(OPF(0, 1, SEM_UNDO), OP(1, -1)));
	struct ipc_slot *fails = op_parks(w, 11, id, SOPS(OPF(0, 2, SEM_UNDO), OP(1, -1)));

	sem_undo_rekey(&w->ns, &from, &to);
	expect_done(w, fails, -ERANGE);
	expect_none(w);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(1, 1))), 0);
	expect_done(w, stays, 0);
	assert_int_equal(val(w, id, 0), 1);
	leave(w, 11);
	assert_int_equal(val(w, id, 0), 0);
}

static void many_holders_of_many_sets(void **state)
{
	struct world *w = *state;
	int id[20];

	for (int i = 0; i < 20; i++)
		id[i] = new_set(w, 5);
	for (uint32_t pid = 1; pid <= 100; pid++)
		for (uint32_t i = 0; i < 20; i++)
			assert_int_equal(op_now(w, pid, id[(i * 7 + pid) % 20],
						SOPS(OPF((uint16_t)(pid % 5), 1, SEM_UNDO))),
					 0);
	assert_int_equal(holders(w), 100);
	for (int i = 0; i < 20; i += 2)
		assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, id[i]), 0);
	for (uint32_t pid = 100; pid >= 51; pid--)
		leave(w, pid);
	assert_int_equal(holders(w), 50);
	for (int i = 1; i < 20; i += 2)
		for (int n = 0; n < 5; n++)
			assert_int_equal(val(w, id[i], n), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEM_TEST(exit_gives_back),
		SEM_TEST(exit_clamps),
		SEM_TEST(pid_only_where_something_is_undone),
		SEM_TEST(the_adjustment_has_a_range),
		SEM_TEST(a_range_error_of_a_sleeper),
		SEM_TEST(setval_and_setall_forget),
		SEM_TEST(setval_forgets_before_it_hands_over),
		SEM_TEST(exit_hands_over),
		SEM_TEST(sleepers_of_the_exiting_process),
		SEM_TEST(failed_operations_leave_an_entry),
		SEM_TEST(exit_goes_by_last_use),
		SEM_TEST(removal_drops_entries),
		SEM_TEST(walks),
		SEM_TEST(many_holders_of_many_sets),
		SEM_TEST(rekeyed),
		SEM_TEST(rekeying_may_end_a_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
