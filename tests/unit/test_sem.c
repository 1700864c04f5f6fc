/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Semaphore sets and single calls: semget, semop without sleepers, semctl; their errnos and order. */
#include "sem_fixture.h"

static void get_checks_and_their_order(void **state)
{
	struct world *w = *state;
	const struct ipc_cred owner = user_cred(10, 1000), other = user_cred(11, 1001);
	struct sem_stat st;

	assert_int_equal(sem_get(&w->ns, &owner, 5, -1, IPC_CREAT | 0600), -EINVAL);
	assert_int_equal(sem_get(&w->ns, &owner, 5, 32001, IPC_CREAT | 0600), -EINVAL);
	assert_int_equal(sem_get(&w->ns, &owner, 5, 0, IPC_CREAT | 0600), -EINVAL);
	assert_int_equal(sem_get(&w->ns, &owner, IPC_PRIVATE, 0, 0600), -EINVAL);
	assert_int_equal(sem_get(&w->ns, &owner, 5, 0, 0), -ENOENT);
	/* semmsl comes before the key is looked for. */
	assert_int_equal(sem_get(&w->ns, &owner, 5, 32001, 0), -EINVAL);

	int id = sem_get(&w->ns, &owner, 5, 3, IPC_CREAT | IPC_EXCL | 0640);
	assert_true(id >= 0);
	assert_int_equal(sem_get(&w->ns, &owner, 5, 0, 0), id);
	assert_int_equal(sem_get(&w->ns, &owner, 5, 3, IPC_CREAT | 0600), id);
	assert_int_equal(sem_get(&w->ns, &owner, 5, 4, 0), -EINVAL);
	assert_int_equal(sem_get(&w->ns, &other, 5, 4, IPC_CREAT | IPC_EXCL), -EEXIST);
	assert_int_equal(sem_get(&w->ns, &other, 5, 4, 0400), -EINVAL);
	assert_int_equal(sem_get(&w->ns, &other, 5, 3, 0400), -EACCES);
	assert_int_equal(sem_get(&w->ns, &other, 5, 3, 0), id);
	int private1 = new_set(w, 1), private2 = new_set(w, 1);
	assert_true(private1 != private2 && private1 != id);

	assert_int_equal(sem_ctl_stat(&w->ns, &owner, id, IPC_STAT, &st), 0);
	assert_int_equal(st.perm.key, 5);
	assert_int_equal(st.perm.uid, 1000);
	assert_int_equal(st.perm.cgid, 1000);
	assert_int_equal(st.perm.mode, 0640);
	assert_int_equal(st.nsems, 3);
	assert_int_equal(st.otime, 0);
	assert_int_equal(st.ctime, 1000);
}

static void limits(void **state)
{
	struct world *w = *state;
	struct ipc_limits *l = ipc_limits(&w->ns);
	struct sem_info info;

	l->semmns = 10;
	l->semmni = 3;
	new_set(w, 4);
	int big = new_set(w, 6);
	assert_int_equal(sem_get(&w->ns, &w->root, IPC_PRIVATE, 1, 0600), -ENOSPC);
	assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, big), 0);
	new_set(w, 1);
	new_set(w, 1);
	assert_int_equal(sem_get(&w->ns, &w->root, IPC_PRIVATE, 1, 0600), -ENOSPC);
	/* A zero size is looked at before the room. */
	assert_int_equal(sem_get(&w->ns, &w->root, IPC_PRIVATE, 0, 0600), -EINVAL);

	assert_int_equal(sem_ctl_info(&w->ns, SEM_INFO, &info), 3);
	assert_int_equal(info.semusz, 3);
	assert_int_equal(info.semaem, 6);
	assert_int_equal(info.semmni, 3);
	l->semmsl = 2;
	assert_int_equal(sem_get(&w->ns, &w->root, IPC_PRIVATE, 3, 0600), -EINVAL);
}

static void info_of_an_empty_namespace(void **state)
{
	struct world *w = *state;
	struct sem_info i;

	assert_int_equal(sem_ctl_info(&w->ns, IPC_INFO, &i), 0);
	assert_int_equal(i.semmap, 1024000000);
	assert_int_equal(i.semmni, 32000);
	assert_int_equal(i.semmns, 1024000000);
	assert_int_equal(i.semmnu, 1024000000);
	assert_int_equal(i.semmsl, 32000);
	assert_int_equal(i.semopm, 500);
	assert_int_equal(i.semume, 500);
	assert_int_equal(i.semusz, 20);
	assert_int_equal(i.semvmx, 32767);
	assert_int_equal(i.semaem, 32767);
	assert_int_equal(sem_ctl_info(&w->ns, SEM_INFO, &i), 0);
	assert_int_equal(i.semusz, 0);
	assert_int_equal(i.semaem, 0);
}

static void op_errors_and_their_order(void **state)
{
	struct world *w = *state;
	const struct ipc_cred reader = user_cred(20, 1001);
	int id = sem_get(&w->ns, &w->root, IPC_PRIVATE, 2, 0604);

	assert_int_equal(op_now(w, 9, -1, SOPS(OP(0, 1))), -EINVAL);
	assert_int_equal(op_now(w, 9, id + 1, SOPS(OP(0, 1))), -EINVAL);
	assert_int_equal(op_now(w, 9, id + (1 << IPCMNI_SHIFT), SOPS(OP(0, 1))), -EINVAL);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(2, 1))), -EFBIG);
	assert_int_equal(semop_as(w, &reader, id, NULL, SOPS(OP(0, 1), OP(2, 1))), -EFBIG);
	assert_int_equal(semop_as(w, &reader, id, NULL, SOPS(OP(0, 1))), -EACCES);
	assert_int_equal(semop_as(w, &reader, id, NULL, SOPS(OP(0, 0), OP(1, -1))), -EACCES);
	/* Waiting for zero is reading. */
	assert_int_equal(semop_as(w, &reader, id, NULL, SOPS(OP(0, 0))), 0);
	assert_int_equal(get(w, id, 0, GETPID), 20);
	assert_int_equal(get(w, id, 1, GETPID), 0);

	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 32767))), 0);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1))), -ERANGE);
	assert_int_equal(op_now(w, 9, id, SOPS(OPF(1, -1, IPC_NOWAIT))), -EAGAIN);
	assert_int_equal(op_now(w, 9, id, SOPS(OPF(0, 0, IPC_NOWAIT))), -EAGAIN);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, -32767))), 0);
	assert_int_equal(op_now(w, 9, id, SOPS(OPF(0, -32768, IPC_NOWAIT))), -EAGAIN);
}

static void several_operations_are_one(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 3);

	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 2), OP(1, 3))), 0);
	assert_int_equal(get(w, id, 0, GETPID), 9);
	assert_int_equal(get(w, id, 2, GETPID), 0);
	/* The last one fails: nothing of the first is left. */
	assert_int_equal(op_now(w, 8, id, SOPS(OP(0, -1), OPF(2, -1, IPC_NOWAIT))), -EAGAIN);
	assert_int_equal(val(w, id, 0), 2);
	assert_int_equal(get(w, id, 0, GETPID), 9);
	/* Which one fails first decides. */
	assert_int_equal(op_now(w, 8, id, SOPS(OPF(2, -1, IPC_NOWAIT), OP(0, 32767))), -EAGAIN);
	assert_int_equal(op_now(w, 8, id, SOPS(OP(0, 32767), OPF(2, -1, IPC_NOWAIT))), -ERANGE);
	/* Every semaphore named gets the pid, also one only waited for. */
	assert_int_equal(op_now(w, 7, id, SOPS(OP(0, -1), OP(2, 0))), 0);
	assert_int_equal(get(w, id, 2, GETPID), 7);
	assert_int_equal(get(w, id, 1, GETPID), 9);
}

static void a_semaphore_twice_in_order(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 600);
	struct ipc_sembuf many[500];

	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1), OP(0, -1), OP(0, 0), OP(0, 5))), 0);
	assert_int_equal(val(w, id, 0), 5);
	/* Waits for what it does itself later: not possible now. */
	assert_int_equal(op_now(w, 9, id, SOPS(OPF(0, -6, IPC_NOWAIT), OP(0, 1))), -EAGAIN);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1), OP(0, -6))), 0);
	assert_int_equal(val(w, id, 0), 0);
	/* A range error in the middle, though the sum would fit. */
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 32767), OP(0, 1), OP(0, -2))), -ERANGE);
	assert_int_equal(val(w, id, 0), 0);
	/* 0, 64 and 256 look alike to the quick test, and are not. */
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1), OP(64, 2), OP(256, 3), OP(0, 4))), 0);
	assert_int_equal(val(w, id, 0), 5);
	assert_int_equal(val(w, id, 64), 2);
	assert_int_equal(val(w, id, 256), 3);

	for (uint32_t i = 0; i < 500; i++)
		many[i] = (struct ipc_sembuf)OP((uint16_t)(300 + i % 250), i < 250 ? 7 : -3);
	assert_int_equal(op_now(w, 9, id, many, 500), 0);
	for (int i = 300; i < 550; i++)
		assert_int_equal(val(w, id, i), 4);
	many[499].op = -12;
	many[499].flg = IPC_NOWAIT;
	assert_int_equal(op_now(w, 9, id, many, 500), -EAGAIN);
	assert_int_equal(val(w, id, 300), 4);
}

static void times(void **state)
{
	struct world *w = *state;
	const struct ipc_cred me = w->root;
	int id = new_set(w, 2);
	struct sem_stat st;

	w->now = 2000;
	assert_int_equal(op_now(w, 9, id, SOPS(OPF(0, -1, IPC_NOWAIT))), -EAGAIN);
	assert_int_equal(otime(w, id), 0);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 0))), 0);
	assert_int_equal(otime(w, id), 2000);
	w->now = 2001;
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1), OP(1, 1))), 0);
	assert_int_equal(otime(w, id), 2001);
	w->now = 2002;
	assert_int_equal(setval(w, id, 0, 4), 0);
	assert_int_equal(sem_ctl_stat(&w->ns, &me, id, IPC_STAT, &st), 0);
	assert_int_equal(st.otime, 2001);
	assert_int_equal(st.ctime, 2002);
	w->now = 2003;
	assert_int_equal(sem_ctl_setall(&w->ns, &me, id, (uint16_t[]){1, 2}, 2), 0);
	assert_int_equal(sem_ctl_stat(&w->ns, &me, id, IPC_STAT, &st), 0);
	assert_int_equal(st.ctime, 2003);
	w->now = 2004;
	assert_int_equal(sem_ctl_set(&w->ns, &me, id, 7, 8, 0123456), 0);
	assert_int_equal(sem_ctl_stat(&w->ns, &me, id, IPC_STAT, &st), 0);
	assert_int_equal(st.ctime, 2004);
	assert_int_equal(st.otime, 2001);
	assert_int_equal(st.perm.uid, 7);
	assert_int_equal(st.perm.gid, 8);
	assert_int_equal(st.perm.cuid, 0);
	assert_int_equal(st.perm.mode, 0456);
}

static void values_by_semctl(void **state)
{
	struct world *w = *state;
	const struct ipc_cred none = user_cred(30, 1001);
	int id = new_set(w, 3);
	uint16_t v[3];

	assert_int_equal(setval(w, id, 1, 32767), 0);
	assert_int_equal(val(w, id, 1), 32767);
	assert_int_equal(get(w, id, 1, GETPID), 1);
	assert_int_equal(get(w, id, 0, GETPID), 0);

	assert_int_equal(setval(w, -1, 0, 40000), -EINVAL);
	assert_int_equal(setval(w, id + 1, 0, 32768), -ERANGE);
	assert_int_equal(setval(w, id + 1, 0, -1), -ERANGE);
	assert_int_equal(setval(w, id + 1, 0, 1), -EINVAL);
	assert_int_equal(setval(w, id, 3, 1), -EINVAL);
	assert_int_equal(setval(w, id, -1, 1), -EINVAL);
	/* SETVAL looks at the number first, the others at the permission. */
	assert_int_equal(sem_ctl_setval(&w->ns, &none, id, 3, 1), -EINVAL);
	assert_int_equal(sem_ctl_setval(&w->ns, &none, id, 0, 1), -EACCES);
	assert_int_equal(sem_ctl_get(&w->ns, &none, id, 3, GETVAL), -EACCES);
	assert_int_equal(get(w, id, 3, GETVAL), -EINVAL);
	assert_int_equal(get(w, id, -1, GETPID), -EINVAL);
	assert_int_equal(get(w, id + (1 << IPCMNI_SHIFT), 0, GETVAL), -EINVAL);

	assert_int_equal(sem_ctl_nsems(&w->ns, &w->root, id, GETALL), 3);
	assert_int_equal(sem_ctl_nsems(&w->ns, &none, id, GETALL), -EACCES);
	assert_int_equal(sem_ctl_nsems(&w->ns, &w->root, id + 1, SETALL), -EINVAL);
	assert_int_equal(sem_ctl_setall(&w->ns, &w->root, id, (uint16_t[]){5, 32768, 1}, 3),
			 -ERANGE);
	assert_int_equal(val(w, id, 0), 0);
	assert_int_equal(sem_ctl_setall(&w->ns, &none, id, (uint16_t[]){5, 6, 7}, 3), -EACCES);
	assert_int_equal(sem_ctl_setall(&w->ns, &w->root, id, (uint16_t[]){5, 6, 7}, 3), 0);
	assert_int_equal(get(w, id, 2, GETPID), 1);
	assert_int_equal(sem_ctl_getall(&w->ns, &w->root, id, v, 3), 0);
	assert_int_equal(v[0], 5);
	assert_int_equal(v[1], 6);
	assert_int_equal(v[2], 7);
	/* Removed after its size was asked. */
	assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, id), 0);
	assert_int_equal(sem_ctl_getall(&w->ns, &w->root, id, v, 3), -EIDRM);
	assert_int_equal(sem_ctl_setall(&w->ns, &w->root, id, v, 3), -EIDRM);
}

static void read_and_alter_are_different_rights(void **state)
{
	struct world *w = *state;
	const struct ipc_cred other = user_cred(31, 1001);
	int id = sem_get(&w->ns, &w->root, IPC_PRIVATE, 1, 0602);
	uint16_t v = 1;

	assert_int_equal(sem_ctl_get(&w->ns, &other, id, 0, GETVAL), -EACCES);
	assert_int_equal(sem_ctl_getall(&w->ns, &other, id, &v, 1), -EACCES);
	assert_int_equal(sem_ctl_setall(&w->ns, &other, id, &v, 1), 0);
	assert_int_equal(sem_ctl_setval(&w->ns, &other, id, 0, 2), 0);
	assert_int_equal(semop_as(w, &other, id, NULL, SOPS(OP(0, -2))), 0);
	assert_int_equal(semop_as(w, &other, id, NULL, SOPS(OP(0, 0))), -EACCES);
}

/* What a permission change means: natively a sleeper is not asked again. */
static void rights_are_checked_once(void **state)
{
	struct world *w = *state;
	const struct ipc_cred other = user_cred(20, 1001);
	int id = sem_get(&w->ns, &w->root, IPC_PRIVATE, 1, 0606);
	struct ipc_slot *s = NULL;

	assert_int_equal(semop_as(w, &other, id, &s, SOPS(OP(0, -1))), IPC_PARKED);
	assert_int_equal(sem_ctl_set(&w->ns, &w->root, id, 0, 0, 0600), 0);
	expect_none(w);
	assert_int_equal(op_now(w, 9, id, SOPS(OP(0, 1))), 0);
	expect_done(w, s, 0);
}

static void stat_set_and_rmid(void **state)
{
	struct world *w = *state;
	const struct ipc_cred owner = user_cred(40, 1000), other = user_cred(41, 1001);
	struct ipc_cred admin = other;
	struct sem_stat st;

	new_set(w, 1);
	int id = sem_get(&w->ns, &owner, IPC_PRIVATE, 2, 0600);

	admin.caps = IPC_CAP_SYS_ADMIN;
	assert_int_equal(sem_ctl_stat(&w->ns, &other, id, IPC_STAT, &st), -EACCES);
	assert_int_equal(sem_ctl_stat(&w->ns, &owner, id + (1 << IPCMNI_SHIFT), IPC_STAT, &st),
			 -EINVAL);
	assert_int_equal(sem_ctl_stat(&w->ns, &owner, 1, SEM_STAT, &st), id);
	assert_int_equal(st.nsems, 2);
	assert_int_equal(sem_ctl_stat(&w->ns, &other, 1, SEM_STAT, &st), -EACCES);
	assert_int_equal(sem_ctl_stat(&w->ns, &other, 1, SEM_STAT_ANY, &st), id);
	assert_int_equal(sem_ctl_stat(&w->ns, &other, 2, SEM_STAT_ANY, &st), -EINVAL);
	assert_int_equal(sem_ctl_stat(&w->ns, &other, -1, SEM_STAT_ANY, &st), -EINVAL);

	assert_int_equal(sem_ctl_set(&w->ns, &other, id, 1001, 1001, 0666), -EPERM);
	assert_int_equal(sem_ctl_rmid(&w->ns, &other, id), -EPERM);
	assert_int_equal(sem_ctl_set(&w->ns, &owner, id, 1001, 1001, 0600), 0);
	/* Now the owner's, and still the creator's. */
	assert_int_equal(sem_ctl_stat(&w->ns, &other, id, IPC_STAT, &st), 0);
	assert_int_equal(sem_ctl_set(&w->ns, &owner, id, 0, 0, 0), 0);
	assert_int_equal(sem_ctl_rmid(&w->ns, &other, id), -EPERM);
	assert_int_equal(sem_ctl_rmid(&w->ns, &admin, id), 0);
	assert_int_equal(sem_ctl_rmid(&w->ns, &admin, id), -EINVAL);
	assert_int_equal(sem_ctl_stat(&w->ns, &w->root, id, IPC_STAT, &st), -EINVAL);
}

static void walk_for_procfs(void **state)
{
	struct world *w = *state;
	int a = new_set(w, 1), b = new_set(w, 2), c = new_set(w, 3);
	struct sem_stat st;
	int32_t i = 0;

	assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, b), 0);
	assert_true(sem_next(&w->ns, &i, &st));
	assert_int_equal(st.perm.id, a);
	i++;
	assert_true(sem_next(&w->ns, &i, &st));
	assert_int_equal(i, 2);
	assert_int_equal(st.perm.id, c);
	assert_int_equal(st.nsems, 3);
	i++;
	assert_false(sem_next(&w->ns, &i, &st));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEM_TEST(get_checks_and_their_order),
		SEM_TEST(limits),
		SEM_TEST(info_of_an_empty_namespace),
		SEM_TEST(op_errors_and_their_order),
		SEM_TEST(several_operations_are_one),
		SEM_TEST(a_semaphore_twice_in_order),
		SEM_TEST(times),
		SEM_TEST(values_by_semctl),
		SEM_TEST(read_and_alter_are_different_rights),
		SEM_TEST(rights_are_checked_once),
		SEM_TEST(stat_set_and_rmid),
		SEM_TEST(walk_for_procfs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
