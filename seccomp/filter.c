/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Building the filter with libseccomp and loading it with seccomp(2).
 *
 * The program is exported and loaded by hand because Debian 12's libseccomp does not know
 * SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, without which replies are lost under signals: a plain
 * listener's SEND can succeed although the target left on a signal and never sees it.
 */
#include "seccomp/filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp/newer.h"
#include "seccomp/trapped.h"

/* An ABI that is not understood gets nothing at all. */
static const char *const more_denied[] = {"shmdt", NULL};

/*
 * What a kernel can run. An ABI that it runs and the decoder does not understand is here, too: the
 * rest of its programs works, but for IPC they see a kernel without. (What is not here is refused
 * wholly, by ACT_BADARCH.)
 */
struct abi_rules {
	uint32_t arch, action;
	bool is_32bit;
};

#define ABIS_MAX 3

static const struct abi_rules kernels[][ABIS_MAX] = {
	[FILTER_X86_64] =
		{
			{SCMP_ARCH_X86_64, SCMP_ACT_NOTIFY, false},
			{SCMP_ARCH_X86, SCMP_ACT_NOTIFY, true},
			{SCMP_ARCH_X32, SCMP_ACT_ERRNO(ENOSYS), false},
		},
	[FILTER_ARM64] =
		{
			{SCMP_ARCH_AARCH64, SCMP_ACT_NOTIFY, false},
			{SCMP_ARCH_ARM, SCMP_ACT_ERRNO(ENOSYS), true},
		},
};

#if defined(__x86_64__)
#define FILTER_NATIVE FILTER_X86_64
#elif defined(__aarch64__)
#define FILTER_NATIVE FILTER_ARM64
#else
#error "seccomp/abi*.c does not know this machine's calls"
#endif

/* What an ABI does not have libseccomp leaves out. */
static int add_rules(scmp_filter_ctx ctx, uint32_t action, const char *const *calls)
{
	for (size_t i = 0; calls[i]; i++) {
		int nr = seccomp_syscall_resolve_name(calls[i]);
		int r = nr == __NR_SCMP_ERROR ? -EDOM : seccomp_rule_add(ctx, action, nr, 0);

		if (r < 0)
			return r;
	}
	return 0;
}

/* unshare(2) concerns the daemon when it parts from what is the namespace's. */
static int add_unshare(scmp_filter_ctx ctx, uint32_t action)
{
	static const scmp_datum_t flags[] = {CLONE_SYSVSEM, CLONE_NEWIPC};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		int r = seccomp_rule_add(ctx, action, SCMP_SYS(unshare), 1,
					 SCMP_A0(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));

		if (r < 0)
			return r;
	}
	return 0;
}

/* All unshare(2): a new user namespace has other capabilities. */
static int add_identity(scmp_filter_ctx ctx, const struct abi_rules *abi)
{
	int r = add_rules(ctx, abi->action, identity_calls);

	if (r == 0 && abi->is_32bit)
		r = add_rules(ctx, abi->action, identity_calls_32bit);
	if (r == 0)
		r = seccomp_rule_add(ctx, abi->action, SCMP_SYS(unshare), 0);
	if (r == 0)
		r = seccomp_rule_add(ctx, abi->action, SCMP_SYS(prctl), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, PR_SET_SECCOMP));
	return r;
}

static scmp_filter_ctx new_context(const struct abi_rules *abi, unsigned flags)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	if (!ctx)
		return NULL;
	if (abi->arch != seccomp_arch_native() &&
	    (seccomp_arch_add(ctx, abi->arch) < 0 ||
	     seccomp_arch_remove(ctx, seccomp_arch_native()) < 0))
		goto fail;
	/* An architecture that the kernel runs but this filter does not know must not slip by. */
	if (seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)) < 0)
		goto fail;
	if (add_rules(ctx, abi->action, trapped_calls) < 0)
		goto fail;
	if (abi->is_32bit && add_rules(ctx, abi->action, trapped_calls_32bit) < 0)
		goto fail;
	if ((flags & FILTER_INJECTED) && add_rules(ctx, abi->action, trapped_calls_injected) < 0)
		goto fail;
	if (!(flags & FILTER_INJECTED) && abi->action != SCMP_ACT_NOTIFY &&
	    add_rules(ctx, abi->action, more_denied) < 0)
		goto fail;
	if (add_unshare(ctx, abi->action) < 0)
		goto fail;
	if ((flags & FILTER_SHIM) && abi->action == SCMP_ACT_NOTIFY && add_identity(ctx, abi) < 0)
		goto fail;
	return ctx;
fail:
	seccomp_release(ctx);
	return NULL;
}

int filter_build(enum filter_kernel kernel, unsigned flags)
{
	scmp_filter_ctx ctx = NULL;
	int fd = -1, r = -ENOMEM;

	for (size_t i = 0; i < ABIS_MAX && kernels[kernel][i].arch; i++) {
		scmp_filter_ctx one = new_context(&kernels[kernel][i], flags);

		if (!one)
			goto out;
		if (!ctx) {
			ctx = one;
			continue;
		}
		r = seccomp_merge(ctx, one);
		if (r < 0) {
			seccomp_release(one);
			goto out;
		}
		r = -ENOMEM;
	}
	fd = memfd_create("ipcns-filter", MFD_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		goto out;
	}
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0) {
		close(fd);
		fd = -1;
	}
out:
	if (ctx)
		seccomp_release(ctx);
	return fd >= 0 ? fd : r;
}

int filter_install(unsigned flags)
{
	struct stat st;
	int r, fd = filter_build(FILTER_NATIVE, flags);

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

	close(fd);
	if (map == MAP_FAILED)
		return -errno;

	struct sock_fprog prog = {
		.len = (unsigned short)((size_t)st.st_size / sizeof(struct sock_filter)),
		.filter = map,
	};

	r = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			 SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
			 &prog);
	if (r < 0)
		r = -errno;
	munmap(map, (size_t)st.st_size);
	return r;
}
