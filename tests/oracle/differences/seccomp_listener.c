/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A confined program that wants a seccomp listener of its own: the kernel allows one in a chain of
 * filters, and it is ours. Filters without a listener work.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "mq_common.h"

static void filterer(void *arg)
{
	struct sock_filter allow = {.code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW};
	struct sock_fprog prog = {.len = 1, .filter = &allow};

	(void)arg;
	CALL(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog));
	CALL_OK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			&prog));
	CALL_OK(mq_open("/q", O_RDWR));
}

void scenario(void)
{
	mq_make("/q", O_RDWR, 2, 8);
	sc_wait(sc_fork("filterer", filterer, NULL));
}
