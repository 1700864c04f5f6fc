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

static void decode(struct input *in)
{
	struct seccomp_data d;
	struct ipc_call call;

	take(in, &d, sizeof(d));
	/* Most inputs would never guess the architecture. */
	if (take8(in) % 8)
		d.arch = AUDIT_ARCH_X86_64;
	if (take8(in) % 4)
		d.nr = (int)((uint32_t)d.nr % 512);

	int r = abi_decode(&d, &call);

	CHECK(r == 0 || r == -ENOSYS);
	if (r < 0)
		return;
	CHECK(d.arch == AUDIT_ARCH_X86_64 && d.nr >= 0 && d.nr < 512);
	CHECK(call.abi == ABI_X86_64 && (unsigned)call.nr <= CALL_UNSHARE);
	for (int i = 0; i < 6; i++)
		CHECK(call.args[i] == d.args[i] ||
		      (i == 3 && call.nr == CALL_SEMTIMEDOP && call.args[i] == 0));
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

static void sets(struct input *in)
{
	struct abi_ipc_set a, b;
	struct abi_bytes bytes;
	struct msg_stat m = {0};
	struct sem_stat s = {0};

	fill(in, &bytes, abi_sizeof_msqid_ds(ABI_X86_64));
	abi_get_msqid_ds(ABI_X86_64, &bytes, &a);
	m.perm.uid = a.uid;
	m.perm.gid = a.gid;
	m.perm.mode = a.mode;
	m.qbytes = a.qbytes;
	take(in, &m.perm.key, sizeof(m.perm.key));
	m.stime = (int64_t)take64(in);
	memset(&bytes, 0xa5, sizeof(bytes));
	abi_put_msqid_ds(ABI_X86_64, &m, (int)take32(in), (int)take32(in), &bytes);
	check_len(&bytes, abi_sizeof_msqid_ds(ABI_X86_64));
	abi_get_msqid_ds(ABI_X86_64, &bytes, &b);
	CHECK(a.uid == b.uid && a.gid == b.gid && a.qbytes == b.qbytes);
	CHECK(b.mode == (a.mode & 0xffff));

	fill(in, &bytes, abi_sizeof_semid_ds(ABI_X86_64));
	abi_get_semid_ds(ABI_X86_64, &bytes, &a);
	s.perm.uid = a.uid;
	s.perm.gid = a.gid;
	s.perm.mode = a.mode;
	s.nsems = take64(in);
	memset(&bytes, 0xa5, sizeof(bytes));
	abi_put_semid_ds(ABI_X86_64, &s, &bytes);
	check_len(&bytes, abi_sizeof_semid_ds(ABI_X86_64));
	abi_get_semid_ds(ABI_X86_64, &bytes, &b);
	CHECK(a.uid == b.uid && a.gid == b.gid && b.mode == (a.mode & 0xffff));
}

static void infos(struct input *in)
{
	struct abi_bytes bytes;
	struct msg_info m;
	struct sem_info s;

	memset(&bytes, 0xa5, sizeof(bytes));
	take(in, &m, sizeof(m));
	abi_put_msginfo(ABI_X86_64, &m, &bytes);
	check_len(&bytes, 32);
	memset(&bytes, 0xa5, sizeof(bytes));
	take(in, &s, sizeof(s));
	abi_put_seminfo(ABI_X86_64, &s, &bytes);
	check_len(&bytes, 40);
	CHECK(memcmp(bytes.data, &s, 40) == 0); /* ten ints, in the same order */
}

static void mq(struct input *in)
{
	struct mq_attr_val a, b;
	struct abi_bytes bytes;
	struct abi_sigevent ev;
	struct timespec t;

	fill(in, &bytes, abi_sizeof_mq_attr(ABI_X86_64));
	abi_get_mq_attr(ABI_X86_64, &bytes, &a);
	memset(&bytes, 0xa5, sizeof(bytes));
	abi_put_mq_attr(ABI_X86_64, &a, &bytes);
	check_len(&bytes, abi_sizeof_mq_attr(ABI_X86_64));
	abi_get_mq_attr(ABI_X86_64, &bytes, &b);
	CHECK(a.flags == b.flags && a.maxmsg == b.maxmsg && a.msgsize == b.msgsize &&
	      a.curmsgs == b.curmsgs);

	fill(in, &bytes, abi_sizeof_sigevent(ABI_X86_64));
	abi_get_sigevent(ABI_X86_64, &bytes, &ev);
	CHECK(memcmp(&ev.value, bytes.data, sizeof(ev.value)) == 0);

	fill(in, &bytes, abi_sizeof_timespec(ABI_X86_64));
	int r = abi_get_timespec(ABI_X86_64, &bytes, &t);

	CHECK(r == 0 || r == -EINVAL);
	CHECK((r == 0) == (t.tv_sec >= 0 && t.tv_nsec >= 0 && t.tv_nsec <= 999999999));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	switch (below(&in, 4)) {
	case 0:
		decode(&in);
		break;
	case 1:
		sets(&in);
		break;
	case 2:
		infos(&in);
		break;
	default:
		mq(&in);
		break;
	}
	return 0;
}
