/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decoding i386: every number, every sub-call of ipc(2), arguments as the kernel's compat layer
 * widens them; and structures byte by byte, at the offsets of i386's headers. That the kernel agrees
 * is shown by the oracle's abi_i386_* scenarios.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "seccomp/abi.h"

#define NR_IPC 117
#define IPC_64 0x100u

static const struct {
	int nr;
	enum ipc_call_nr call;
	enum ipc_abi abi;
} table[] = {
	{11, CALL_EXECVE, ABI_I386},
	{23, CALL_IDENTITY, ABI_I386},
	{46, CALL_IDENTITY, ABI_I386},
	{70, CALL_IDENTITY, ABI_I386},
	{71, CALL_IDENTITY, ABI_I386},
	{81, CALL_IDENTITY, ABI_I386},
	{138, CALL_IDENTITY, ABI_I386},
	{139, CALL_IDENTITY, ABI_I386},
	{164, CALL_IDENTITY, ABI_I386},
	{170, CALL_IDENTITY, ABI_I386},
	{172, CALL_IDENTITY, ABI_I386},
	{185, CALL_IDENTITY, ABI_I386},
	{203, CALL_IDENTITY, ABI_I386},
	{204, CALL_IDENTITY, ABI_I386},
	{206, CALL_IDENTITY, ABI_I386},
	{208, CALL_IDENTITY, ABI_I386},
	{210, CALL_IDENTITY, ABI_I386},
	{213, CALL_IDENTITY, ABI_I386},
	{214, CALL_IDENTITY, ABI_I386},
	{215, CALL_IDENTITY, ABI_I386},
	{216, CALL_IDENTITY, ABI_I386},
	{277, CALL_MQ_OPEN, ABI_I386},
	{278, CALL_MQ_UNLINK, ABI_I386},
	{279, CALL_MQ_TIMEDSEND, ABI_I386_OLD},
	{280, CALL_MQ_TIMEDRECEIVE, ABI_I386_OLD},
	{281, CALL_MQ_NOTIFY, ABI_I386},
	{282, CALL_MQ_GETSETATTR, ABI_I386},
	{310, CALL_UNSHARE, ABI_I386},
	{346, CALL_IDENTITY, ABI_I386},
	{354, CALL_IDENTITY, ABI_I386},
	{358, CALL_EXECVE, ABI_I386},
	{393, CALL_SEMGET, ABI_I386},
	{394, CALL_SEMCTL, ABI_I386},
	{395, CALL_SHMGET, ABI_I386},
	{396, CALL_SHMCTL, ABI_I386},
	{397, CALL_SHMAT, ABI_I386},
	{398, CALL_SHMDT, ABI_I386},
	{399, CALL_MSGGET, ABI_I386},
	{400, CALL_MSGSND, ABI_I386},
	{401, CALL_MSGRCV, ABI_I386},
	{402, CALL_MSGCTL, ABI_I386},
	{418, CALL_MQ_TIMEDSEND, ABI_I386},
	{419, CALL_MQ_TIMEDRECEIVE, ABI_I386},
	{420, CALL_SEMTIMEDOP, ABI_I386},
};

static int decode(int nr, struct ipc_call *call, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
		  uint64_t e, uint64_t f)
{
	const struct seccomp_data data = {
		.nr = nr, .arch = AUDIT_ARCH_I386, .args = {a, b, c, d, e, f}};

	memset(call, 0xa5, sizeof(*call));
	return abi_decode(&data, call);
}

static int ipc(struct ipc_call *call, uint32_t op, uint32_t first, uint32_t second, uint32_t third,
	       uint32_t ptr, uint32_t fifth)
{
	/* Whatever the upper halves hold. */
	const uint64_t junk = 0xdeadbeefull << 32;

	return decode(NR_IPC, call, junk | op, junk | first, junk | second, junk | third,
		      junk | ptr, junk | fifth);
}

static void check_args(const struct ipc_call *call, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
		       uint64_t e)
{
	assert_true(call->args[0] == a);
	assert_true(call->args[1] == b);
	assert_true(call->args[2] == c);
	assert_true(call->args[3] == d);
	assert_true(call->args[4] == e);
}

static void numbers(void **state)
{
	size_t next = 0;
	struct ipc_call call;

	(void)state;
	for (int nr = -10; nr < 2000; nr++) {
		const uint64_t junk = 0xdeadbeefull << 32;
		int r;

		if (nr == NR_IPC)
			continue;
		r = decode(nr, &call, junk | 1, junk | 2, junk | 3, junk | 4, junk | 5, junk | 6);
		if (next == sizeof(table) / sizeof(table[0]) || nr != table[next].nr) {
			assert_int_equal(r, -ENOSYS);
			continue;
		}
		assert_int_equal(r, 0);
		assert_int_equal(call.nr, table[next].call);
		assert_int_equal(call.abi, table[next].abi);
		assert_true(call.behind == 0);
		assert_false(call.cmd_has_ipc_64);
		check_args(&call, 1, 2, 3, call.nr == CALL_MQ_OPEN ? 0 : 4, 5);
		next++;
	}
	assert_int_equal(next, sizeof(table) / sizeof(table[0]));
}

static void widened(void **state)
{
	struct ipc_call call;

	(void)state;
	/* Sizes and types of messages are signed. */
	assert_int_equal(decode(400, &call, 7, UINT32_MAX, UINT32_MAX, UINT32_MAX, 0, 0), 0);
	check_args(&call, 7, UINT32_MAX, UINT64_MAX, UINT32_MAX, 0);
	assert_int_equal(decode(401, &call, 7, 8, 0x80000000, 0xfffffffe, 9, 0), 0);
	check_args(&call, 7, 8, 0xffffffff80000000, 0xfffffffffffffffe, 9);
	/* Those of queues are not. */
	assert_int_equal(decode(279, &call, 7, 8, UINT32_MAX, 0, 0, 0), 0);
	check_args(&call, 7, 8, UINT32_MAX, 0, 0);
	/* mq_open(2) looks at attributes only with O_CREAT. */
	assert_int_equal(decode(277, &call, 1, O_CREAT | O_RDWR, 3, 4, 0, 0), 0);
	check_args(&call, 1, O_CREAT | O_RDWR, 3, 4, 0);
	/* IPC_64 is nothing that the split calls want. */
	assert_int_equal(decode(402, &call, 1, 2 | IPC_64, 3, 0, 0, 0), 0);
	check_args(&call, 1, 2, 3, 0, 0);
	assert_true(call.cmd_has_ipc_64);
	assert_int_equal(decode(394, &call, 1, 2, 13 | IPC_64, 4, 0, 0), 0);
	check_args(&call, 1, 2, 13, 4, 0);
	assert_true(call.cmd_has_ipc_64);
}

static void multiplexed(void **state)
{
	struct ipc_call call;

	(void)state;
	assert_int_equal(ipc(&call, 1, 10, 20, 30, 40, 50), 0);
	assert_int_equal(call.nr, CALL_SEMTIMEDOP);
	check_args(&call, 10, 40, 20, 0, 0);
	assert_int_equal(ipc(&call, 4, 10, 20, 30, 40, 50), 0);
	assert_int_equal(call.nr, CALL_SEMTIMEDOP);
	assert_int_equal(call.abi, ABI_I386_OLD);
	check_args(&call, 10, 40, 20, 50, 0);
	assert_int_equal(ipc(&call, 2, 10, 20, 30, 40, 50), 0);
	assert_int_equal(call.nr, CALL_SEMGET);
	check_args(&call, 10, 20, 30, 0, 0);
	assert_int_equal(ipc(&call, 11, 10, UINT32_MAX, 30, 40, 50), 0);
	assert_int_equal(call.nr, CALL_MSGSND);
	check_args(&call, 10, 40, UINT64_MAX, 30, 0);
	assert_int_equal(ipc(&call, 13, 10, 20, 30, 40, 50), 0);
	assert_int_equal(call.nr, CALL_MSGGET);
	check_args(&call, 10, 20, 0, 0, 0);
	assert_int_equal(ipc(&call, 14, 10, 2, 30, 40, 50), 0);
	assert_int_equal(call.nr, CALL_MSGCTL);
	assert_int_equal(call.abi, ABI_I386_OLD);
	check_args(&call, 10, 2, 40, 0, 0);
	assert_int_equal(ipc(&call, 14, 10, 2 | IPC_64, 30, 40, 50), 0);
	assert_int_equal(call.abi, ABI_I386);
	assert_false(call.cmd_has_ipc_64);
	check_args(&call, 10, 2, 40, 0, 0);
	assert_int_equal(ipc(&call, 21, 10, 20, 30, 40, 50), 0);
	assert_int_equal(call.nr, CALL_SHMAT);
	assert_true(call.multiplexed);
	check_args(&call, 10, 40, 20, 30, 0);
	assert_int_equal(ipc(&call, 22, 10, 20, 30, 40, 50), 0);
	assert_int_equal(call.nr, CALL_SHMDT);
	check_args(&call, 40, 0, 0, 0, 0);
	assert_int_equal(ipc(&call, 23, 0, 0, 0, 0, 0), 0);
	assert_int_equal(call.nr, CALL_SHMGET);
	assert_int_equal(ipc(&call, 24, 10, 2, 30, 40, 50), 0);
	assert_int_equal(call.nr, CALL_SHMCTL);
	assert_int_equal(call.abi, ABI_I386_OLD);
	check_args(&call, 10, 2, 40, 0, 0);
	assert_int_equal(ipc(&call, 24, 10, 2 | IPC_64, 30, 40, 50), 0);
	assert_int_equal(call.abi, ABI_I386);
	check_args(&call, 10, 2, 40, 0, 0);
	/* Not so the call of its own: it knows no command with that. */
	assert_int_equal(decode(396, &call, 10, 2 | IPC_64, 40, 0, 0, 0), 0);
	assert_false(call.multiplexed);
	check_args(&call, 10, 2 | IPC_64, 40, 0, 0);
}

static void unknown_subcalls(void **state)
{
	struct ipc_call call;
	unsigned known = 0;

	(void)state;
	for (uint32_t version = 0; version < 3; version++)
		for (uint32_t op = 0; op <= 0xffff; op++) {
			int r = ipc(&call, version << 16 | op, 1, 2, 3, 4, 5);

			/* Version 1 of shmat was for the kernel's own use. */
			if (version == 1 && op == 21) {
				assert_int_equal(r, -EINVAL);
				continue;
			}
			assert_true(r == 0 || r == -ENOSYS);
			assert_true(r == 0 || op == 0 || op > 24 || (op > 4 && op < 11) ||
				    (op > 14 && op < 21));
			known += r == 0;
		}
	assert_int_equal(known, 3 * 12 - 1);
}

static void behind(void **state)
{
	const uint32_t words[2] = {0xfffff000, 0xfffffff0};
	struct abi_bytes b = {.len = 8};
	struct ipc_call call;

	(void)state;
	memcpy(b.data, words, sizeof(words));
	/* semctl: one word. */
	assert_int_equal(ipc(&call, 3, 1, 2, 13, 0, 5), -EINVAL);
	assert_int_equal(ipc(&call, 3, UINT32_MAX, 2, 13 | IPC_64, 0xabcd, 5), 0);
	assert_int_equal(call.nr, CALL_SEMCTL);
	assert_int_equal(call.abi, ABI_I386);
	assert_true(call.behind == 0xabcd);
	assert_int_equal(abi_behind_size(&call), 4);
	abi_take_behind(&call, &b);
	check_args(&call, UINT32_MAX, 2, 13, 0xfffff000, 0);
	assert_true(call.behind == 0);

	/* msgrcv, version 0: address and type. */
	assert_int_equal(ipc(&call, 12, 1, 2, 3, 0, 5), -EINVAL);
	assert_int_equal(ipc(&call, 12, UINT32_MAX, 2, 3, 4, 5), -EINVAL);
	assert_int_equal(ipc(&call, 12, 1, UINT32_MAX, 3, 4, 5), -EINVAL);
	assert_int_equal(ipc(&call, 12, 1, 2, 3, 0xabcd, 5), 0);
	assert_int_equal(call.nr, CALL_MSGRCV);
	assert_true(call.behind == 0xabcd);
	assert_int_equal(abi_behind_size(&call), 8);
	abi_take_behind(&call, &b);
	check_args(&call, 1, 0xfffff000, 2, 0xfffffffffffffff0, 3);

	/* Any other version has both in registers. */
	assert_int_equal(ipc(&call, 0xffff000c, 1, 2, 3, 0, UINT32_MAX), 0);
	assert_true(call.behind == 0);
	check_args(&call, 1, 0, 2, UINT64_MAX, 3);
}

/* Structures. What is reserved must be written as zero. */

static uint32_t word(const struct abi_bytes *b, size_t at)
{
	uint32_t v;

	assert_true(at + 4 <= b->len);
	memcpy(&v, b->data + at, 4);
	return v;
}

static uint16_t half(const struct abi_bytes *b, size_t at)
{
	uint16_t v;

	assert_true(at + 2 <= b->len);
	memcpy(&v, b->data + at, 2);
	return v;
}

static const struct kern_ipc_perm perm = {
	.key = -5, .seq = 0x12345, .uid = 65535, .gid = 65536, .cuid = 3, .cgid = 4, .mode = 0640};

static void check_perm64(const struct abi_bytes *b)
{
	assert_int_equal((int32_t)word(b, 0), -5);
	assert_int_equal(word(b, 4), 65535);
	assert_int_equal(word(b, 8), 65536);
	assert_int_equal(word(b, 12), 3);
	assert_int_equal(word(b, 16), 4);
	assert_int_equal(word(b, 20), 0640);
	assert_int_equal(word(b, 24), 0x2345);
	assert_int_equal(word(b, 28) | word(b, 32), 0);
}

static void check_perm_old(const struct abi_bytes *b)
{
	assert_int_equal((int32_t)word(b, 0), -5);
	assert_int_equal(half(b, 4), 65535);
	assert_int_equal(half(b, 6), 65534); /* does not fit */
	assert_int_equal(half(b, 8), 3);
	assert_int_equal(half(b, 10), 4);
	assert_int_equal(half(b, 12), 0640);
	assert_int_equal(half(b, 14), 0x2345);
}

static void msqid_ds(void **state)
{
	const struct msg_stat st = {.perm = perm,
				    .stime = (7ll << 32) + 8,
				    .rtime = 9,
				    .ctime = (1ll << 32) - 1,
				    .cbytes = (1ull << 32) + 65537,
				    .qnum = 65538,
				    .qbytes = 65539};
	struct abi_ipc_set set;
	struct abi_bytes b;

	(void)state;
	memset(&b, 0xa5, sizeof(b));
	abi_put_msqid_ds(ABI_I386, &st, 100000, 5, &b);
	assert_int_equal(b.len, 88);
	check_perm64(&b);
	assert_int_equal(word(&b, 36), 8);
	assert_int_equal(word(&b, 40), 7);
	assert_int_equal(word(&b, 44), 9);
	assert_int_equal(word(&b, 48), 0);
	assert_int_equal(word(&b, 52), UINT32_MAX);
	assert_int_equal(word(&b, 56), 0);
	assert_int_equal(word(&b, 60), 65537);
	assert_int_equal(word(&b, 64), 65538);
	assert_int_equal(word(&b, 68), 65539);
	assert_int_equal(word(&b, 72), 100000);
	assert_int_equal(word(&b, 76), 5);
	assert_int_equal(word(&b, 80) | word(&b, 84), 0);
	assert_int_equal(abi_sizeof_msqid_ds(ABI_I386), 72); /* up to qbytes */
	abi_get_msqid_ds(ABI_I386, &b, &set);
	assert_int_equal(set.uid, 65535);
	assert_int_equal(set.gid, 65536);
	assert_int_equal(set.mode, 0640);
	assert_int_equal(set.qbytes, 65539);

	memset(&b, 0xa5, sizeof(b));
	abi_put_msqid_ds(ABI_I386_OLD, &st, 100000, 5, &b);
	assert_int_equal(b.len, 56);
	check_perm_old(&b);
	assert_int_equal(word(&b, 16) | word(&b, 20), 0);
	assert_int_equal(word(&b, 24), 8);
	assert_int_equal(word(&b, 28), 9);
	assert_int_equal(word(&b, 32), UINT32_MAX);
	assert_int_equal(word(&b, 36) | word(&b, 40), 0);
	assert_int_equal(half(&b, 44), 1);
	assert_int_equal(half(&b, 46), 2);
	assert_int_equal(half(&b, 48), 3);
	assert_int_equal(half(&b, 50), 100000 & 0xffff);
	assert_int_equal(half(&b, 52), 5);
	assert_int_equal(half(&b, 54), 0);
	assert_int_equal(abi_sizeof_msqid_ds(ABI_I386_OLD), 50);
	abi_get_msqid_ds(ABI_I386_OLD, &b, &set);
	assert_int_equal(set.uid, 65535); /* a 16-bit -1 is an id */
	assert_int_equal(set.gid, 65534);
	assert_int_equal(set.mode, 0640);
	assert_int_equal(set.qbytes, 3);
}

static void shmid_ds(void **state)
{
	const struct shm_stat st = {.perm = perm,
				    .size = (1ull << 32) + 65537,
				    .atime = (7ll << 32) + 8,
				    .dtime = 9,
				    .ctime = -1,
				    .nattch = 65538};
	struct abi_ipc_set set;
	struct abi_bytes b;

	(void)state;
	memset(&b, 0xa5, sizeof(b));
	abi_put_shmid_ds(ABI_I386, &st, 100000, 5, &b);
	assert_int_equal(b.len, 84);
	check_perm64(&b);
	assert_int_equal(word(&b, 36), 65537);
	assert_int_equal(word(&b, 40), 8);
	assert_int_equal(word(&b, 44), 7);
	assert_int_equal(word(&b, 48), 9);
	assert_int_equal(word(&b, 52), 0);
	assert_int_equal(word(&b, 56) & word(&b, 60), UINT32_MAX);
	assert_int_equal(word(&b, 64), 100000);
	assert_int_equal(word(&b, 68), 5);
	assert_int_equal(word(&b, 72), 65538);
	assert_int_equal(word(&b, 76) | word(&b, 80), 0);
	assert_int_equal(abi_sizeof_shmid_ds(ABI_I386), 36);
	abi_get_shmid_ds(ABI_I386, &b, &set);
	assert_int_equal(set.gid, 65536);
	assert_int_equal(set.mode, 0640);

	memset(&b, 0xa5, sizeof(b));
	abi_put_shmid_ds(ABI_I386_OLD, &st, 100000, 5, &b);
	assert_int_equal(b.len, 48);
	check_perm_old(&b);
	assert_int_equal(word(&b, 16), 65537);
	assert_int_equal(word(&b, 20), 8);
	assert_int_equal(word(&b, 24), 9);
	assert_int_equal(word(&b, 28), UINT32_MAX);
	assert_int_equal(half(&b, 32), 100000 & 0xffff);
	assert_int_equal(half(&b, 34), 5);
	assert_int_equal(half(&b, 36), 2);
	assert_int_equal(half(&b, 38), 0);
	assert_int_equal(word(&b, 40) | word(&b, 44), 0);
	assert_int_equal(abi_sizeof_shmid_ds(ABI_I386_OLD), 16);
}

static void shm_infos(void **state)
{
	const struct shm_limits limits = {
		.shmmax = 1ull << 40, .shmmin = 1, .shmmni = 4096, .shmseg = 4097, .shmall = 5};
	const struct shm_usage usage = {.used_ids = 1,
					.shm_tot = 2,
					.shm_rss = 3,
					.shm_swp = 4,
					.swap_attempts = 5,
					.swap_successes = 6};
	struct abi_bytes b;

	(void)state;
	memset(&b, 0xa5, sizeof(b));
	abi_put_shminfo(ABI_I386, &limits, &b);
	assert_int_equal(b.len, 36);
	assert_int_equal(word(&b, 0), INT32_MAX);
	assert_int_equal(word(&b, 4), 1);
	assert_int_equal(word(&b, 8), 4096);
	assert_int_equal(word(&b, 12), 4097);
	assert_int_equal(word(&b, 16), 5);
	assert_int_equal(word(&b, 20) | word(&b, 24) | word(&b, 28) | word(&b, 32), 0);
	abi_put_shminfo(ABI_I386_OLD, &limits, &b);
	assert_int_equal(b.len, 20);
	assert_int_equal(word(&b, 0), INT32_MAX);
	assert_int_equal(word(&b, 16), 5);
	abi_put_shm_info(ABI_I386, &usage, &b);
	assert_int_equal(b.len, 24);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(word(&b, i * 4), i + 1);
}

static void semid_ds(void **state)
{
	const struct sem_stat st = {
		.perm = perm, .otime = (7ll << 32) + 8, .ctime = 9, .nsems = 65537};
	struct abi_ipc_set set;
	struct abi_bytes b;

	(void)state;
	memset(&b, 0xa5, sizeof(b));
	abi_put_semid_ds(ABI_I386, &st, &b);
	assert_int_equal(b.len, 64);
	check_perm64(&b);
	assert_int_equal(word(&b, 36), 8);
	assert_int_equal(word(&b, 40), 7);
	assert_int_equal(word(&b, 44), 9);
	assert_int_equal(word(&b, 48), 0);
	assert_int_equal(word(&b, 52), 65537);
	assert_int_equal(word(&b, 56) | word(&b, 60), 0);
	assert_int_equal(abi_sizeof_semid_ds(ABI_I386), 36);
	abi_get_semid_ds(ABI_I386, &b, &set);
	assert_int_equal(set.gid, 65536);
	assert_int_equal(set.mode, 0640);

	memset(&b, 0xa5, sizeof(b));
	abi_put_semid_ds(ABI_I386_OLD, &st, &b);
	assert_int_equal(b.len, 44);
	check_perm_old(&b);
	assert_int_equal(word(&b, 16), 8);
	assert_int_equal(word(&b, 20), 9);
	assert_int_equal(word(&b, 24) | word(&b, 28) | word(&b, 32) | word(&b, 36), 0);
	assert_int_equal(half(&b, 40), 1);
	assert_int_equal(half(&b, 42), 0);
	assert_int_equal(abi_sizeof_semid_ds(ABI_I386_OLD), 16);
	abi_get_semid_ds(ABI_I386_OLD, &b, &set);
	assert_int_equal(set.uid, 65535);
	assert_int_equal(set.mode, 0640);
}

static void attributes(void **state)
{
	const struct mq_attr_val v = {04000, -1, INT32_MAX, 5};
	struct mq_attr_val back;
	struct abi_bytes b;

	(void)state;
	memset(&b, 0xa5, sizeof(b));
	abi_put_mq_attr(ABI_I386, &v, &b);
	assert_int_equal(b.len, 32);
	assert_int_equal(abi_sizeof_mq_attr(ABI_I386), 32);
	assert_int_equal(word(&b, 0), 04000);
	assert_int_equal(word(&b, 4), UINT32_MAX);
	assert_int_equal(word(&b, 8), INT32_MAX);
	assert_int_equal(word(&b, 12), 5);
	assert_int_equal(word(&b, 16) | word(&b, 20) | word(&b, 24) | word(&b, 28), 0);
	abi_get_mq_attr(ABI_I386, &b, &back);
	assert_memory_equal(&back, &v, sizeof(v));
}

static void timespecs(void **state)
{
	struct abi_bytes b = {0};
	struct timespec t;
	int32_t narrow[2] = {INT32_MAX, 999999999};
	int64_t wide[2] = {INT64_MAX, (5ll << 32) + 999999999};

	(void)state;
	assert_int_equal(abi_sizeof_timespec(ABI_I386_OLD), 8);
	assert_int_equal(abi_sizeof_timespec(ABI_I386), 16);
	memcpy(b.data, narrow, sizeof(narrow));
	assert_int_equal(abi_get_timespec(ABI_I386_OLD, &b, &t), 0);
	assert_true(t.tv_sec == INT32_MAX && t.tv_nsec == 999999999);
	narrow[1] = -1;
	memcpy(b.data, narrow, sizeof(narrow));
	assert_int_equal(abi_get_timespec(ABI_I386_OLD, &b, &t), -EINVAL);
	narrow[0] = -1;
	narrow[1] = 0;
	memcpy(b.data, narrow, sizeof(narrow));
	assert_int_equal(abi_get_timespec(ABI_I386_OLD, &b, &t), -EINVAL);
	/* The upper half of the nanoseconds is padding. */
	memcpy(b.data, wide, sizeof(wide));
	assert_int_equal(abi_get_timespec(ABI_I386, &b, &t), 0);
	assert_true(t.tv_sec == INT64_MAX && t.tv_nsec == 999999999);
	wide[1] = -1;
	memcpy(b.data, wide, sizeof(wide));
	assert_int_equal(abi_get_timespec(ABI_I386, &b, &t), -EINVAL);
}

static void sigevents(void **state)
{
	const uint32_t words[4] = {0xfedcba98, 12, SIGEV_THREAD, 77};
	struct abi_sigevent out;
	struct abi_bytes b;

	(void)state;
	memset(&b, 0xa5, sizeof(b));
	memcpy(b.data, words, sizeof(words));
	assert_int_equal(abi_sizeof_sigevent(ABI_I386), sizeof(words));
	abi_get_sigevent(ABI_I386, &b, &out);
	assert_int_equal(out.notify, SIGEV_THREAD);
	assert_int_equal(out.signo, 12);
	assert_true(out.value == 0xfedcba98);
	assert_int_equal(abi_sizeof_mtype(ABI_I386), 4);
	assert_int_equal(abi_sizeof_mtype(ABI_I386_OLD), 4);
	assert_int_equal(abi_sizeof_mtype(ABI_X86_64), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),     cmocka_unit_test(widened),
		cmocka_unit_test(multiplexed), cmocka_unit_test(unknown_subcalls),
		cmocka_unit_test(behind),      cmocka_unit_test(msqid_ds),
		cmocka_unit_test(semid_ds),    cmocka_unit_test(shmid_ds),
		cmocka_unit_test(shm_infos),   cmocka_unit_test(attributes),
		cmocka_unit_test(timespecs),   cmocka_unit_test(sigevents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
