/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the registers of a stopped task to a call: which ABI's tables to ask. Each ABI has a file of
 * its own and is compiled on every machine, so that all of them are tested wherever one builds;
 * which of them a kernel can make at all is the filter's matter (filter.c).
 *
 * The filter answers ENOSYS for every other ABI before it gets here, and so does this decoder should
 * one slip through.
 */
#include "seccomp/abi.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "seccomp/abi_impl.h"

int abi_decode(const struct seccomp_data *data, struct ipc_call *call)
{
	switch (data->arch) {
	case AUDIT_ARCH_X86_64:
		return abi_x86_64_decode(data, call);
	case AUDIT_ARCH_I386:
		return abi_i386_decode(data, call);
	case AUDIT_ARCH_AARCH64:
		return abi_arm64_decode(data, call);
	}
	return -ENOSYS;
}

int abi_decode_registers(const struct abi_number *table, size_t n, enum ipc_abi abi,
			 const struct seccomp_data *data, struct ipc_call *call)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].nr != data->nr)
			continue;
		*call = (struct ipc_call){.nr = table[i].call, .abi = abi};
		for (int k = 0; k < 6; k++)
			call->args[k] = data->args[k];
		/* semop(2) is semtimedop(2) without; the register holds anything. */
		if (table[i].no_timeout)
			call->args[3] = 0;
		return 0;
	}
	return -ENOSYS;
}
