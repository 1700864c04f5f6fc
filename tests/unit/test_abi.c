/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decoding: every number of the table, no other, no other architecture; and the structures that
 * programs pass, written and read back through glibc's own types.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <time.h>

#include <cmocka.h>

#include "seccomp/abi.h"

/* All of x86-64's System V and mqueue calls, and what parts from them. */
static const struct {
	int nr;
	enum ipc_call_nr call;
} table[] = {
	{SYS_msgget, CALL_MSGGET},
	{SYS_msgsnd, CALL_MSGSND},
	{SYS_msgrcv, CALL_MSGRCV},
	{SYS_msgctl, CALL_MSGCTL},
	{SYS_semget, CALL_SEMGET},
	{SYS_semop, CALL_SEMTIMEDOP},
	{SYS_semtimedop, CALL_SEMTIMEDOP},
	{SYS_semctl, CALL_SEMCTL},
	{SYS_shmget, CALL_SHMGET},
	{SYS_shmat, CALL_SHMAT},
	{SYS_shmdt, CALL_SHMDT},
	{SYS_shmctl, CALL_SHMCTL},
	{SYS_mq_open, CALL_MQ_OPEN},
	{SYS_mq_unlink, CALL_MQ_UNLINK},
	{SYS_mq_timedsend, CALL_MQ_TIMEDSEND},
	{SYS_mq_timedreceive, CALL_MQ_TIMEDRECEIVE},
	{SYS_mq_notify, CALL_MQ_NOTIFY},
	{SYS_mq_getsetattr, CALL_MQ_GETSETATTR},
	{SYS_unshare, CALL_UNSHARE},
	{SYS_execve, CALL_EXECVE},
	{SYS_execveat, CALL_EXECVE},
	{SYS_setuid, CALL_IDENTITY},
	{SYS_setgid, CALL_IDENTITY},
	{SYS_setreuid, CALL_IDENTITY},
	{SYS_setregid, CALL_IDENTITY},
	{SYS_setgroups, CALL_IDENTITY},
	{SYS_setresuid, CALL_IDENTITY},
	{SYS_setresgid, CALL_IDENTITY},
	{SYS_setfsuid, CALL_IDENTITY},
	{SYS_setfsgid, CALL_IDENTITY},
	{SYS_capset, CALL_IDENTITY},
	{SYS_prctl, CALL_IDENTITY},
	{SYS_setns, CALL_IDENTITY},
	{SYS_seccomp, CALL_IDENTITY},
};

#define NTABLE (sizeof(table) / sizeof(table[0]))

static struct seccomp_data data_of(int nr, uint32_t arch)
{
	struct seccomp_data d = {.nr = nr, .arch = arch, .instruction_pointer = 0x400000};

	for (uint64_t i = 0; i < 6; i++)
		d.args[i] = 0xfedcba9800000000u + i; /* all 64 bits arrive */
	return d;
}

static int in_table(int nr)
{
	for (size_t i = 0; i < NTABLE; i++)
		if (table[i].nr == nr)
			return (int)i;
	return -1;
}

static void numbers(void **state)
{
	unsigned understood = 0;

	(void)state;
	for (int nr = -10; nr < 2000; nr++) {
		const struct seccomp_data d = data_of(nr, AUDIT_ARCH_X86_64);
		struct ipc_call call;
		int i = in_table(nr), r = abi_decode(&d, &call);

		if (i < 0) {
			assert_int_equal(r, -ENOSYS);
			continue;
		}
		understood++;
		assert_int_equal(r, 0);
		assert_int_equal(call.nr, table[i].call);
		assert_int_equal(call.abi, ABI_X86_64);
		for (int a = 0; a < 6; a++)
			if (a != 3 || nr != SYS_semop)
				assert_true(call.args[a] == d.args[a]);
	}
	assert_int_equal(understood, NTABLE);
}

static void semop_has_no_timeout(void **state)
{
	struct seccomp_data d = data_of(SYS_semop, AUDIT_ARCH_X86_64);
	struct ipc_call call;

	(void)state;
	assert_int_equal(abi_decode(&d, &call), 0);
	assert_int_equal(call.args[3], 0); /* whatever the register held */
	d.nr = SYS_semtimedop;
	assert_int_equal(abi_decode(&d, &call), 0);
	assert_true(call.args[3] == d.args[3]);
}

static void other_architectures(void **state)
{
	/* All of them: test_abi_arm64.c */
	static const uint32_t archs[] = {AUDIT_ARCH_I386 ^ 1, AUDIT_ARCH_ARM, 0, UINT32_MAX,
					 AUDIT_ARCH_X86_64 ^ __AUDIT_ARCH_64BIT};
	struct ipc_call call;

	(void)state;
	for (size_t a = 0; a < sizeof(archs) / sizeof(archs[0]); a++)
		for (int nr = 0; nr < 600; nr++) {
			const struct seccomp_data d = data_of(nr, archs[a]);

			assert_int_equal(abi_decode(&d, &call), -ENOSYS);
		}
	/* x32: the same architecture, a bit in the number. */
	for (int nr = 0; nr < 600; nr++) {
		const struct seccomp_data d = data_of(nr | 0x40000000, AUDIT_ARCH_X86_64);

		assert_int_equal(abi_decode(&d, &call), -ENOSYS);
	}
}

/* Structures. The buffer is filled first: what is reserved must be written as zero. */

static struct abi_bytes dirty(void)
{
	struct abi_bytes b;

	memset(&b, 0xa5, sizeof(b));
	return b;
}

static void nothing_behind(const struct abi_bytes *b)
{
	for (size_t i = b->len; i < sizeof(b->data); i++)
		assert_int_equal(b->data[i], 0xa5);
}

static const struct kern_ipc_perm perm = {.key = -5,
					  .id = 32769,
					  .seq = 0x12345,
					  .uid = 0xfffffffe,
					  .gid = 2,
					  .cuid = 3,
					  .cgid = 4,
					  .mode = 0640,
					  .hash_next = 77};

static void check_perm(const struct ipc_perm *p)
{
	assert_int_equal(p->__key, -5);
	assert_int_equal(p->uid, 0xfffffffe);
	assert_int_equal(p->gid, 2);
	assert_int_equal(p->cuid, 3);
	assert_int_equal(p->cgid, 4);
	assert_int_equal(p->mode, 0640);
	assert_int_equal(p->__seq, 0x2345);
}

static void msqid_ds(void **state)
{
	const struct msg_stat st = {.perm = perm,
				    .stime = 1ll << 33,
				    .rtime = 11,
				    .ctime = 12,
				    .cbytes = 1ull << 34,
				    .qnum = 14,
				    .qbytes = UINT64_MAX};
	struct abi_bytes b = dirty();
	struct abi_ipc_set set;
	struct msqid_ds ds, zero;

	(void)state;
	abi_put_msqid_ds(ABI_X86_64, &st, 21, 22, &b);
	assert_int_equal(b.len, sizeof(ds));
	assert_int_equal(b.len, abi_sizeof_msqid_ds(ABI_X86_64));
	nothing_behind(&b);
	memcpy(&ds, b.data, sizeof(ds));
	check_perm(&ds.msg_perm);
	assert_int_equal(ds.msg_stime, 1ll << 33);
	assert_int_equal(ds.msg_rtime, 11);
	assert_int_equal(ds.msg_ctime, 12);
	assert_int_equal(ds.__msg_cbytes, 1ull << 34);
	assert_int_equal(ds.msg_qnum, 14);
	assert_true(ds.msg_qbytes == UINT64_MAX);
	assert_int_equal(ds.msg_lspid, 21);
	assert_int_equal(ds.msg_lrpid, 22);

	abi_get_msqid_ds(ABI_X86_64, &b, &set);
	assert_int_equal(set.uid, 0xfffffffe);
	assert_int_equal(set.gid, 2);
	assert_int_equal(set.mode, 0640);
	assert_true(set.qbytes == UINT64_MAX);

	/* An empty one is all zeros: no byte of ours shows. */
	b = dirty();
	abi_put_msqid_ds(ABI_X86_64, &(const struct msg_stat){0}, 0, 0, &b);
	memset(&zero, 0, sizeof(zero));
	assert_memory_equal(b.data, &zero, sizeof(zero));
}

static void semid_ds(void **state)
{
	const struct sem_stat st = {.perm = perm, .otime = 1ll << 35, .ctime = 6, .nsems = 32000};
	struct abi_bytes b = dirty();
	struct abi_ipc_set set;
	struct semid_ds ds, zero;

	(void)state;
	abi_put_semid_ds(ABI_X86_64, &st, &b);
	assert_int_equal(b.len, sizeof(ds));
	assert_int_equal(b.len, abi_sizeof_semid_ds(ABI_X86_64));
	nothing_behind(&b);
	memcpy(&ds, b.data, sizeof(ds));
	check_perm(&ds.sem_perm);
	assert_int_equal(ds.sem_otime, 1ll << 35);
	assert_int_equal(ds.sem_ctime, 6);
	assert_int_equal(ds.sem_nsems, 32000);
	abi_get_semid_ds(ABI_X86_64, &b, &set);
	assert_int_equal(set.uid, 0xfffffffe);
	assert_int_equal(set.gid, 2);
	assert_int_equal(set.mode, 0640);
	b = dirty();
	abi_put_semid_ds(ABI_X86_64, &(const struct sem_stat){0}, &b);
	memset(&zero, 0, sizeof(zero));
	assert_memory_equal(b.data, &zero, sizeof(zero));
}

static void shmid_ds(void **state)
{
	const struct shm_stat st = {.perm = perm,
				    .size = 1ull << 40,
				    .atime = 1ll << 33,
				    .dtime = 11,
				    .ctime = 12,
				    .nattch = 1ull << 35};
	const struct shm_limits limits = {
		.shmmax = UINT64_MAX, .shmmin = 1, .shmmni = 2, .shmseg = 3, .shmall = 4};
	const struct shm_usage usage = {.used_ids = 1,
					.shm_tot = UINT64_MAX,
					.shm_rss = 3,
					.shm_swp = 4,
					.swap_attempts = 5,
					.swap_successes = 6};
	struct abi_bytes b = dirty();
	struct abi_ipc_set set;
	struct shmid_ds ds, zero;
	struct shminfo si;
	struct shm_info info;

	(void)state;
	abi_put_shmid_ds(ABI_X86_64, &st, 21, 22, &b);
	assert_int_equal(b.len, sizeof(ds));
	assert_int_equal(b.len, abi_sizeof_shmid_ds(ABI_X86_64));
	nothing_behind(&b);
	memcpy(&ds, b.data, sizeof(ds));
	check_perm(&ds.shm_perm);
	assert_int_equal(ds.shm_segsz, 1ull << 40);
	assert_int_equal(ds.shm_atime, 1ll << 33);
	assert_int_equal(ds.shm_dtime, 11);
	assert_int_equal(ds.shm_ctime, 12);
	assert_int_equal(ds.shm_cpid, 21);
	assert_int_equal(ds.shm_lpid, 22);
	assert_int_equal(ds.shm_nattch, 1ull << 35);
	abi_get_shmid_ds(ABI_X86_64, &b, &set);
	assert_int_equal(set.uid, 0xfffffffe);
	assert_int_equal(set.gid, 2);
	assert_int_equal(set.mode, 0640);
	b = dirty();
	abi_put_shmid_ds(ABI_X86_64, &(const struct shm_stat){0}, 0, 0, &b);
	memset(&zero, 0, sizeof(zero));
	assert_memory_equal(b.data, &zero, sizeof(zero));

	b = dirty();
	abi_put_shminfo(ABI_X86_64, &limits, &b);
	assert_int_equal(b.len, sizeof(si));
	nothing_behind(&b);
	memcpy(&si, b.data, sizeof(si));
	assert_true(si.shmmax == UINT64_MAX && si.shmmin == 1 && si.shmmni == 2);
	assert_true(si.shmseg == 3 && si.shmall == 4);
	b = dirty();
	abi_put_shm_info(ABI_X86_64, &usage, &b);
	assert_int_equal(b.len, sizeof(info));
	nothing_behind(&b);
	memcpy(&info, b.data, sizeof(info));
	assert_true(info.used_ids == 1 && info.shm_tot == UINT64_MAX && info.shm_rss == 3);
	assert_true(info.shm_swp == 4 && info.swap_attempts == 5 && info.swap_successes == 6);
	for (size_t i = sizeof(int); i < offsetof(struct shm_info, shm_tot); i++)
		assert_int_equal(b.data[i], 0);
}

static void infos(void **state)
{
	const struct msg_info mi = {1, 2, 3, 4, 5, 6, 7, 0xffff};
	const struct sem_info si = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	struct abi_bytes b = dirty();
	struct msginfo m;
	struct seminfo s;

	(void)state;
	abi_put_msginfo(ABI_X86_64, &mi, &b);
	assert_int_equal(b.len, sizeof(m));
	nothing_behind(&b);
	memcpy(&m, b.data, sizeof(m));
	assert_int_equal(m.msgpool, 1);
	assert_int_equal(m.msgmap, 2);
	assert_int_equal(m.msgmax, 3);
	assert_int_equal(m.msgmnb, 4);
	assert_int_equal(m.msgmni, 5);
	assert_int_equal(m.msgssz, 6);
	assert_int_equal(m.msgtql, 7);
	assert_int_equal(m.msgseg, 0xffff);
	assert_int_equal(b.data[30] | b.data[31], 0); /* padding */

	b = dirty();
	abi_put_seminfo(ABI_X86_64, &si, &b);
	assert_int_equal(b.len, sizeof(s));
	nothing_behind(&b);
	memcpy(&s, b.data, sizeof(s));
	assert_int_equal(s.semmap, 1);
	assert_int_equal(s.semmni, 2);
	assert_int_equal(s.semmns, 3);
	assert_int_equal(s.semmnu, 4);
	assert_int_equal(s.semmsl, 5);
	assert_int_equal(s.semopm, 6);
	assert_int_equal(s.semume, 7);
	assert_int_equal(s.semusz, 8);
	assert_int_equal(s.semvmx, 9);
	assert_int_equal(s.semaem, 10);
}

static void attributes(void **state)
{
	const struct mq_attr_val v = {INT64_MIN, -1, INT64_MAX, 5};
	struct mq_attr_val back;
	struct abi_bytes b = dirty();
	struct mq_attr a;

	(void)state;
	abi_put_mq_attr(ABI_X86_64, &v, &b);
	assert_int_equal(b.len, sizeof(a));
	assert_int_equal(b.len, abi_sizeof_mq_attr(ABI_X86_64));
	nothing_behind(&b);
	memcpy(&a, b.data, sizeof(a));
	assert_true(a.mq_flags == INT64_MIN && a.mq_maxmsg == -1);
	assert_true(a.mq_msgsize == INT64_MAX && a.mq_curmsgs == 5);
	for (size_t i = 32; i < sizeof(a); i++)
		assert_int_equal(b.data[i], 0); /* __reserved */
	abi_get_mq_attr(ABI_X86_64, &b, &back);
	assert_memory_equal(&back, &v, sizeof(v));
}

static void timespecs(void **state)
{
	static const struct {
		struct timespec t;
		int r;
	} cases[] = {
		{{0, 0}, 0},
		{{0, 999999999}, 0},
		{{INT64_MAX, 0}, 0},
		{{0, 1000000000}, -EINVAL},
		{{0, -1}, -EINVAL},
		{{-1, 0}, -EINVAL},
		{{INT64_MIN, INT64_MIN}, -EINVAL},
		{{5, INT64_MAX}, -EINVAL},
	};

	(void)state;
	assert_int_equal(abi_sizeof_timespec(ABI_X86_64), sizeof(struct timespec));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct abi_bytes b = dirty();
		struct timespec t;

		memcpy(b.data, &cases[i].t, sizeof(t));
		assert_int_equal(abi_get_timespec(ABI_X86_64, &b, &t), cases[i].r);
		if (cases[i].r == 0)
			assert_memory_equal(&t, &cases[i].t, sizeof(t));
	}
}

static void sigevents(void **state)
{
	struct sigevent ev = {.sigev_notify = SIGEV_THREAD, .sigev_signo = -7};
	struct abi_bytes b = dirty();
	struct abi_sigevent out;

	(void)state;
	ev.sigev_value.sival_ptr = (void *)(uintptr_t)0xdeadbeefcafef00d;
	memcpy(b.data, &ev, sizeof(ev));
	assert_int_equal(abi_sizeof_sigevent(ABI_X86_64), sizeof(ev));
	abi_get_sigevent(ABI_X86_64, &b, &out);
	assert_int_equal(out.notify, SIGEV_THREAD);
	assert_int_equal(out.signo, -7);
	assert_true(out.value == 0xdeadbeefcafef00d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(semop_has_no_timeout),
		cmocka_unit_test(other_architectures),
		cmocka_unit_test(msqid_ds),
		cmocka_unit_test(semid_ds),
		cmocka_unit_test(shmid_ds),
		cmocka_unit_test(infos),
		cmocka_unit_test(attributes),
		cmocka_unit_test(timespecs),
		cmocka_unit_test(sigevents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
