/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hostile registers and hostile structures: decoding understands only what is in its tables, and
 * what was read and written back is what was read.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "input.h"
#include "seccomp/abi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No address that 32 bits cannot hold; what is behind one keeps it so. */
static void decode_i386(struct input *in, const struct seccomp_data *d, struct ipc_call *call)
{
	struct abi_bytes bytes;

	CHECK(d->nr == 11 || d->nr == 117 || (d->nr >= 277 && d->nr <= 420) ||
	      (call->nr == CALL_IDENTITY && d->nr > 0));
	CHECK(call->abi == ABI_I386 || call->abi == ABI_I386_OLD);
	CHECK((unsigned)call->nr <= CALL_IDENTITY && call->behind <= UINT32_MAX);
	if (call->behind) {
		CHECK(call->nr == CALL_SEMCTL || call->nr == CALL_MSGRCV);
		memset(&bytes, 0xa5, sizeof(bytes));
		take(in, bytes.data, abi_behind_size(call));
		abi_take_behind(call, &bytes);
	}
	for (int i = 0; i < 6; i++) {
		bool wide = (call->nr == CALL_MSGSND && i == 2) ||
			    (call->nr == CALL_MSGRCV && (i == 2 || i == 3));

		CHECK(call->args[i] <= UINT32_MAX ||
		      (wide && (int64_t)call->args[i] == (int32_t)call->args[i]));
	}
}

static void decode(struct input *in)
{
	struct seccomp_data d;
	struct ipc_call call;

	take(in, &d, sizeof(d));
	/* Most inputs would never guess the architecture. */
	uint8_t arch = take8(in) % 8;

	if (arch)
		d.arch = arch > 5   ? AUDIT_ARCH_I386
			 : arch > 3 ? AUDIT_ARCH_AARCH64
				    : AUDIT_ARCH_X86_64;
	if (take8(in) % 4)
		d.nr = (int)((uint32_t)d.nr % 512);

	int r = abi_decode(&d, &call);

	CHECK(r == 0 || r == -ENOSYS || (r == -EINVAL && d.arch == AUDIT_ARCH_I386));
	if (r < 0)
		return;
	if (d.arch == AUDIT_ARCH_I386) {
		decode_i386(in, &d, &call);
		return;
	}
	if (d.arch == AUDIT_ARCH_AARCH64)
		CHECK(call.abi == ABI_ARM64 &&
		      (d.nr == 97 || d.nr == 221 || d.nr == 281 || (d.nr >= 180 && d.nr <= 197) ||
		       (call.nr == CALL_IDENTITY && d.nr >= 91 && d.nr < 281)));
	else
		CHECK(d.arch == AUDIT_ARCH_X86_64 && call.abi == ABI_X86_64 && d.nr < 330);
	CHECK(d.nr >= 0 && (unsigned)call.nr <= CALL_IDENTITY);
	CHECK(!call.behind && !call.cmd_has_ipc_64);
	for (int i = 0; i < 6; i++) {
		uint64_t tag = call.args[i] ^ d.args[i];

		if (i == 3 && call.nr == CALL_SEMTIMEDOP && call.args[i] == 0)
			continue;
		/* All of the top byte or nothing, of a program's address. */
		CHECK(!tag || (call.abi == ABI_ARM64 && !(tag << 8) && !(call.args[i] >> 55)));
	}
}

/* As much as its length says was copied in; the rest is whatever was there. */
static void fill(struct input *in, struct abi_bytes *b, uint32_t len)
{
	memset(b, 0xa5, sizeof(*b));
	CHECK(len <= sizeof(b->data));
	b->len = len;
	take(in, b->data, len);
}

static void check_len(const struct abi_bytes *b, uint32_t len)
{
	CHECK(b->len == len);
	for (size_t i = len; i < sizeof(b->data); i++)
		CHECK(b->data[i] == 0xa5);
}

static enum ipc_abi abi_of_64_bits(struct input *in)
{
	return take8(in) % 2 ? ABI_ARM64 : ABI_X86_64;
}

static void sets(struct input *in)
{
	const enum ipc_abi abi = abi_of_64_bits(in);
	struct abi_ipc_set a, b;
	struct abi_bytes bytes;
	struct msg_stat m = {0};
	struct sem_stat s = {0};

	fill(in, &bytes, abi_sizeof_msqid_ds(abi));
	abi_get_msqid_ds(abi, &bytes, &a);
	m.perm.uid = a.uid;
	m.perm.gid = a.gid;
	m.perm.mode = a.mode;
	m.qbytes = a.qbytes;
	take(in, &m.perm.key, sizeof(m.perm.key));
	m.stime = (int64_t)take64(in);
	memset(&bytes, 0xa5, sizeof(bytes));
	abi_put_msqid_ds(abi, &m, (int)take32(in), (int)take32(in), &bytes);
	check_len(&bytes, abi_sizeof_msqid_ds(abi));
	abi_get_msqid_ds(abi, &bytes, &b);
	CHECK(a.uid == b.uid && a.gid == b.gid && a.qbytes == b.qbytes);
	CHECK(b.mode == (a.mode & 0xffff));

	fill(in, &bytes, abi_sizeof_semid_ds(abi));
	abi_get_semid_ds(abi, &bytes, &a);
	s.perm.uid = a.uid;
	s.perm.gid = a.gid;
	s.perm.mode = a.mode;
	s.nsems = take64(in);
	memset(&bytes, 0xa5, sizeof(bytes));
	abi_put_semid_ds(abi, &s, &bytes);
	check_len(&bytes, abi == ABI_ARM64 ? 88 : 104);
	check_len(&bytes, abi_sizeof_semid_ds(abi));
	abi_get_semid_ds(abi, &bytes, &b);
	CHECK(a.uid == b.uid && a.gid == b.gid && b.mode == (a.mode & 0xffff));
}

static void infos(struct input *in)
{
	const enum ipc_abi abi = abi_of_64_bits(in);
	struct abi_bytes bytes;
	struct msg_info m;
	struct sem_info s;

	memset(&bytes, 0xa5, sizeof(bytes));
	take(in, &m, sizeof(m));
	abi_put_msginfo(abi, &m, &bytes);
	check_len(&bytes, 32);
	memset(&bytes, 0xa5, sizeof(bytes));
	take(in, &s, sizeof(s));
	abi_put_seminfo(abi, &s, &bytes);
	check_len(&bytes, 40);
	CHECK(memcmp(bytes.data, &s, 40) == 0); /* ten ints, in the same order */
}

static void mq(struct input *in)
{
	const enum ipc_abi abi = abi_of_64_bits(in);
	struct mq_attr_val a, b;
	struct abi_bytes bytes;
	struct abi_sigevent ev;
	struct timespec t;

	fill(in, &bytes, abi_sizeof_mq_attr(abi));
	abi_get_mq_attr(abi, &bytes, &a);
	memset(&bytes, 0xa5, sizeof(bytes));
	abi_put_mq_attr(abi, &a, &bytes);
	check_len(&bytes, abi_sizeof_mq_attr(abi));
	abi_get_mq_attr(abi, &bytes, &b);
	CHECK(a.flags == b.flags && a.maxmsg == b.maxmsg && a.msgsize == b.msgsize &&
	      a.curmsgs == b.curmsgs);

	fill(in, &bytes, abi_sizeof_sigevent(abi));
	abi_get_sigevent(abi, &bytes, &ev);
	uint64_t value;

	memcpy(&value, bytes.data, sizeof(value));
	/* A tag, only where it is an address: of SIGEV_THREAD. */
	CHECK(ev.value == value ||
	      (abi == ABI_ARM64 && ev.notify == 2 && ev.value == (value & ~(0xffull << 56))));

	fill(in, &bytes, abi_sizeof_timespec(abi));
	int r = abi_get_timespec(abi, &bytes, &t);

	CHECK(r == 0 || r == -EINVAL);
	CHECK((r == 0) == (t.tv_sec >= 0 && t.tv_nsec >= 0 && t.tv_nsec <= 999999999));
}

/* i386's forms: whatever the bytes, within the buffer, and what is read back is what was put. */
static void i386_forms(struct input *in)
{
	const enum ipc_abi abi = take8(in) % 2 ? ABI_I386 : ABI_I386_OLD;
	struct abi_ipc_set a, b;
	struct mq_attr_val attr, again;
	struct abi_bytes bytes;
	struct abi_sigevent ev;
	struct msg_stat m = {0};
	struct sem_stat s = {0};
	struct timespec t;

	fill(in, &bytes, abi_sizeof_msqid_ds(abi));
	abi_get_msqid_ds(abi, &bytes, &a);
	m.perm.uid = a.uid;
	m.perm.gid = a.gid;
	m.perm.mode = a.mode;
	m.qbytes = a.qbytes;
	memset(&bytes, 0xa5, sizeof(bytes));
	abi_put_msqid_ds(abi, &m, (int)take32(in), (int)take32(in), &bytes);
	check_len(&bytes, abi == ABI_I386 ? 88 : 56);
	abi_get_msqid_ds(abi, &bytes, &b);
	CHECK(a.uid == b.uid && a.gid == b.gid && a.mode == b.mode && a.qbytes == b.qbytes);

	fill(in, &bytes, abi_sizeof_semid_ds(abi));
	abi_get_semid_ds(abi, &bytes, &a);
	s.perm.uid = a.uid;
	s.perm.gid = a.gid;
	s.perm.mode = a.mode;
	memset(&bytes, 0xa5, sizeof(bytes));
	abi_put_semid_ds(abi, &s, &bytes);
	check_len(&bytes, abi == ABI_I386 ? 64 : 44);
	abi_get_semid_ds(abi, &bytes, &b);
	CHECK(a.uid == b.uid && a.gid == b.gid && a.mode == b.mode);

	fill(in, &bytes, abi_sizeof_mq_attr(abi));
	abi_get_mq_attr(abi, &bytes, &attr);
	memset(&bytes, 0xa5, sizeof(bytes));
	abi_put_mq_attr(abi, &attr, &bytes);
	check_len(&bytes, abi_sizeof_mq_attr(abi));
	abi_get_mq_attr(abi, &bytes, &again);
	CHECK(memcmp(&attr, &again, sizeof(attr)) == 0);

	fill(in, &bytes, abi_sizeof_sigevent(abi));
	abi_get_sigevent(abi, &bytes, &ev);
	CHECK(ev.value <= UINT32_MAX);

	fill(in, &bytes, abi_sizeof_timespec(abi));
	int r = abi_get_timespec(abi, &bytes, &t);

	CHECK(r == 0 || r == -EINVAL);
	CHECK((r == 0) == (t.tv_sec >= 0 && t.tv_nsec >= 0 && t.tv_nsec <= 999999999));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	switch (below(&in, 5)) {
	case 0:
		decode(&in);
		break;
	case 1:
		sets(&in);
		break;
	case 2:
		infos(&in);
		break;
	case 3:
		mq(&in);
		break;
	default:
		i386_forms(&in);
		break;
	}
	return 0;
}
