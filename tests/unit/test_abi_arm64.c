/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decoding arm64, whatever this machine is: registers written by hand, numbers and structures from
 * the kernel's own generic headers, which are arm64's. And every architecture that is not understood
 * is refused.
 *
 * <sys/syscall.h> and glibc's <sys/sem.h> are this machine's, so neither may be included.
 */
#include <asm-generic/msgbuf.h>
#include <asm-generic/sembuf.h>
#include <asm-generic/unistd.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/mqueue.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "seccomp/abi.h"

#include "other_archs.h"

static const struct {
	int nr;
	enum ipc_call_nr call;
} table[] = {
	{__NR_capset, CALL_IDENTITY},
	{__NR_unshare, CALL_UNSHARE},
	{__NR_setregid, CALL_IDENTITY},
	{__NR_setgid, CALL_IDENTITY},
	{__NR_setreuid, CALL_IDENTITY},
	{__NR_setuid, CALL_IDENTITY},
	{__NR_setresuid, CALL_IDENTITY},
	{__NR_setresgid, CALL_IDENTITY},
	{__NR_setfsuid, CALL_IDENTITY},
	{__NR_setfsgid, CALL_IDENTITY},
	{__NR_setgroups, CALL_IDENTITY},
	{__NR_prctl, CALL_IDENTITY},
	{__NR_mq_open, CALL_MQ_OPEN},
	{__NR_mq_unlink, CALL_MQ_UNLINK},
	{__NR_mq_timedsend, CALL_MQ_TIMEDSEND},
	{__NR_mq_timedreceive, CALL_MQ_TIMEDRECEIVE},
	{__NR_mq_notify, CALL_MQ_NOTIFY},
	{__NR_mq_getsetattr, CALL_MQ_GETSETATTR},
	{__NR_msgget, CALL_MSGGET},
	{__NR_msgctl, CALL_MSGCTL},
	{__NR_msgrcv, CALL_MSGRCV},
	{__NR_msgsnd, CALL_MSGSND},
	{__NR_semget, CALL_SEMGET},
	{__NR_semctl, CALL_SEMCTL},
	{__NR_semtimedop, CALL_SEMTIMEDOP},
	{__NR_semop, CALL_SEMTIMEDOP},
	{__NR_shmget, CALL_SHMGET},
	{__NR_shmctl, CALL_SHMCTL},
	{__NR_shmat, CALL_SHMAT},
	{__NR_shmdt, CALL_SHMDT},
	{__NR_execve, CALL_EXECVE},
	{__NR_setns, CALL_IDENTITY},
	{__NR_seccomp, CALL_IDENTITY},
	{__NR_execveat, CALL_EXECVE},
};

#define NTABLE (sizeof(table) / sizeof(table[0]))

static struct seccomp_data data_of(int nr, uint32_t arch)
{
	struct seccomp_data d = {.nr = nr, .arch = arch, .instruction_pointer = 0x400000};

	for (uint64_t i = 0; i < 6; i++)
		d.args[i] = 0xfedcba9800000000u + i; /* all 64 bits arrive */
	return d;
}

static void numbers(void **state)
{
	size_t next = 0;

	(void)state;
	for (int nr = -10; nr < 2000; nr++) {
		const struct seccomp_data d = data_of(nr, AUDIT_ARCH_AARCH64);
		struct ipc_call call;
		int r;

		memset(&call, 0xa5, sizeof(call));
		r = abi_decode(&d, &call);
		if (next == NTABLE || nr != table[next].nr) {
			assert_int_equal(r, -ENOSYS);
			continue;
		}
		assert_int_equal(r, 0);
		assert_int_equal(call.nr, table[next].call);
		assert_int_equal(call.abi, ABI_ARM64);
		assert_true(call.behind == 0);
		assert_false(call.cmd_has_ipc_64);
		for (int a = 0; a < 6; a++)
			assert_true(call.args[a] == (a == 3 && nr == __NR_semop ? 0 : d.args[a]));
		next++;
	}
	assert_int_equal(next, NTABLE);
}

/* The top byte of a program's address is taken off; of a kernel's, and of what is no address, it is not. */
static void tags(void **state)
{
	static const struct {
		int nr;
		const char *addresses; /* which arguments */
	} calls[] = {
		{__NR_msgsnd, "1"},	   {__NR_msgrcv, "1"},
		{__NR_msgctl, "2"},	   {__NR_semop, "1"},
		{__NR_semtimedop, "13"},   {__NR_semctl, "3"},
		{__NR_mq_open, "03"},	   {__NR_mq_unlink, "0"},
		{__NR_mq_timedsend, "14"}, {__NR_mq_timedreceive, "134"},
		{__NR_mq_notify, "1"},	   {__NR_mq_getsetattr, "12"},
		{__NR_msgget, ""},	   {__NR_semget, ""},
		{__NR_shmget, ""},	   {__NR_shmat, ""},
		{__NR_shmdt, ""},	   {__NR_shmctl, "2"},
		{__NR_unshare, ""},
	};
	static const uint64_t tagged = 0xb47f56789abcdef0, kernel = 0xb4ff56789abcdef0;

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct seccomp_data d = data_of(calls[i].nr, AUDIT_ARCH_AARCH64);
		struct ipc_call call;

		for (int a = 0; a < 6; a++)
			d.args[a] = tagged;
		assert_int_equal(abi_decode(&d, &call), 0);
		for (int a = 0; a < 6; a++) {
			uint64_t want =
				strchr(calls[i].addresses, '0' + a) ? 0x007f56789abcdef0 : tagged;

			if (calls[i].nr == __NR_semop && a == 3)
				want = 0;
			if (call.args[a] != want)
				fail_msg("call %d, argument %d", calls[i].nr, a);
		}
		for (int a = 0; a < 6; a++)
			d.args[a] = kernel;
		assert_int_equal(abi_decode(&d, &call), 0);
		for (int a = 0; a < 6; a++)
			assert_true(call.args[a] == kernel ||
				    (calls[i].nr == __NR_semop && a == 3));
	}
}

/* What is IPC on x86-64 or i386 is something else here, or nothing. */
static void numbers_of_others(void **state)
{
	static const int others[] = {29,  30,  31,  64,	 65,  66,  67,
				     68,  69,  70,  71,	 117, 220, 240,
				     241, 242, 243, 244, 245, 272, 282,
				     310, 393, 402, 418, 419, 420, __NR_semop | 0x40000000};
	struct ipc_call call;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const struct seccomp_data d = data_of(others[i], AUDIT_ARCH_AARCH64);

		assert_int_equal(abi_decode(&d, &call), -ENOSYS);
	}
}

static void every_other_architecture(void **state)
{
	struct ipc_call call;

	(void)state;
	for (size_t a = 0; a < sizeof(other_archs) / sizeof(other_archs[0]); a++)
		for (int nr = -1; nr < 1000; nr++) {
			const struct seccomp_data d = data_of(nr, other_archs[a]);

			if (abi_decode(&d, &call) != -ENOSYS)
				fail_msg("call %d of architecture %#x", nr, other_archs[a]);
		}
	/* x32 has x86-64's architecture, and a bit in the number. */
	for (int nr = -1; nr < 1000; nr++) {
		const struct seccomp_data d = data_of(nr | 0x40000000, AUDIT_ARCH_X86_64);

		assert_int_equal(abi_decode(&d, &call), -ENOSYS);
	}
}

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

static const struct kern_ipc_perm perm = {
	.key = -5, .seq = 0x12345, .uid = 0xfffffffe, .gid = 2, .cuid = 3, .cgid = 4, .mode = 0640};

static void check_perm(const struct ipc64_perm *p)
{
	assert_int_equal(p->key, -5);
	assert_int_equal(p->uid, 0xfffffffe);
	assert_int_equal(p->gid, 2);
	assert_int_equal(p->cuid, 3);
	assert_int_equal(p->cgid, 4);
	assert_int_equal(p->mode, 0640);
	assert_int_equal(p->seq, 0x2345);
	assert_int_equal(p->__pad2, 0);
	assert_true(p->__unused1 == 0 && p->__unused2 == 0);
}

static void check_set(const struct abi_ipc_set *set)
{
	assert_int_equal(set->uid, 0xfffffffe);
	assert_int_equal(set->gid, 2);
	assert_int_equal(set->mode, 0640);
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
	struct msqid64_ds ds;
	struct abi_ipc_set set;

	(void)state;
	abi_put_msqid_ds(ABI_ARM64, &st, 21, 22, &b);
	assert_int_equal(b.len, sizeof(ds));
	assert_int_equal(b.len, abi_sizeof_msqid_ds(ABI_ARM64));
	nothing_behind(&b);
	memcpy(&ds, b.data, sizeof(ds));
	check_perm(&ds.msg_perm);
	assert_int_equal(ds.msg_stime, 1ll << 33);
	assert_int_equal(ds.msg_rtime, 11);
	assert_int_equal(ds.msg_ctime, 12);
	assert_int_equal(ds.msg_cbytes, 1ull << 34);
	assert_int_equal(ds.msg_qnum, 14);
	assert_true(ds.msg_qbytes == UINT64_MAX);
	assert_int_equal(ds.msg_lspid, 21);
	assert_int_equal(ds.msg_lrpid, 22);
	assert_true(ds.__unused4 == 0 && ds.__unused5 == 0);
	abi_get_msqid_ds(ABI_ARM64, &b, &set);
	check_set(&set);
	assert_true(set.qbytes == UINT64_MAX);
}

/* The one that differs from x86-64's, which has words between. */
static void semid_ds(void **state)
{
	const struct sem_stat st = {.perm = perm, .otime = 1ll << 35, .ctime = 6, .nsems = 32000};
	struct abi_bytes b = dirty();
	struct semid64_ds ds;
	struct abi_ipc_set set;

	(void)state;
	abi_put_semid_ds(ABI_ARM64, &st, &b);
	assert_int_equal(sizeof(ds), 88);
	assert_int_equal(b.len, sizeof(ds));
	assert_int_equal(b.len, abi_sizeof_semid_ds(ABI_ARM64));
	nothing_behind(&b);
	memcpy(&ds, b.data, sizeof(ds));
	check_perm(&ds.sem_perm);
	assert_int_equal(ds.sem_otime, 1ll << 35);
	assert_int_equal(ds.sem_ctime, 6);
	assert_int_equal(ds.sem_nsems, 32000);
	assert_true(ds.__unused3 == 0 && ds.__unused4 == 0);
	abi_get_semid_ds(ABI_ARM64, &b, &set);
	check_set(&set);
	assert_int_equal(abi_sizeof_semid_ds(ABI_X86_64), 104);
}

static void queues(void **state)
{
	const struct mq_attr_val v = {INT64_MIN, -1, INT64_MAX, 5};
	const int64_t late[2] = {INT64_MAX, 999999999}, bad[2] = {0, 1000000000};
	struct mq_attr_val back;
	struct abi_bytes b = dirty();
	struct mq_attr a;
	struct timespec t;
	struct abi_sigevent ev;

	(void)state;
	assert_int_equal(abi_sizeof_mtype(ABI_ARM64), 8);
	abi_put_mq_attr(ABI_ARM64, &v, &b);
	assert_int_equal(b.len, sizeof(a));
	assert_int_equal(b.len, abi_sizeof_mq_attr(ABI_ARM64));
	nothing_behind(&b);
	memcpy(&a, b.data, sizeof(a));
	assert_true(a.mq_flags == INT64_MIN && a.mq_maxmsg == -1);
	assert_true(a.mq_msgsize == INT64_MAX && a.mq_curmsgs == 5);
	for (size_t i = 0; i < 4; i++)
		assert_true(a.__reserved[i] == 0);
	abi_get_mq_attr(ABI_ARM64, &b, &back);
	assert_memory_equal(&back, &v, sizeof(v));

	assert_int_equal(abi_sizeof_timespec(ABI_ARM64), sizeof(late));
	memcpy(b.data, late, sizeof(late));
	assert_int_equal(abi_get_timespec(ABI_ARM64, &b, &t), 0);
	assert_true(t.tv_sec == INT64_MAX && t.tv_nsec == 999999999);
	memcpy(b.data, bad, sizeof(bad));
	assert_int_equal(abi_get_timespec(ABI_ARM64, &b, &t), -EINVAL);

	/* sigev_value, sigev_signo, sigev_notify */
	static const uint64_t event[2] = {0xdeadbeefcafef00d, 0x00000002fffffff9};

	assert_int_equal(abi_sizeof_sigevent(ABI_ARM64), 64);
	memcpy(b.data, event, sizeof(event));
	abi_get_sigevent(ABI_ARM64, &b, &ev);
	assert_true(ev.value == event[0]);
	assert_int_equal(ev.signo, -7);
	assert_int_equal(ev.notify, 2);

	/* Of SIGEV_THREAD (2) the value is an address; of a signal it is the program's. */
	static const uint64_t tagged[2] = {0xb4000000cafef00d, 0x0000000200000000};
	static const uint64_t value[2] = {0xb4000000cafef00d, 0x000000000000000a};

	memcpy(b.data, tagged, sizeof(tagged));
	abi_get_sigevent(ABI_ARM64, &b, &ev);
	assert_true(ev.value == 0x00000000cafef00d);
	memcpy(b.data, value, sizeof(value));
	abi_get_sigevent(ABI_ARM64, &b, &ev);
	assert_true(ev.value == value[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(tags),
		cmocka_unit_test(numbers_of_others),
		cmocka_unit_test(every_other_architecture),
		cmocka_unit_test(msqid_ds),
		cmocka_unit_test(semid_ds),
		cmocka_unit_test(queues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
