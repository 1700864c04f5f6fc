/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a seccomp filter here, over made-up calls: for tests that have to see what becomes of calls
 * that this kernel cannot make, or of all of them. Included after <cmocka.h>.
 */
#ifndef TESTS_UNIT_BPF_RUN_H
#define TESTS_UNIT_BPF_RUN_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t bpf_at(const struct seccomp_data *d, uint32_t off)
{
	uint32_t v;

	assert_true(off % 4 == 0 && off <= sizeof(*d) - 4);
	memcpy(&v, (const uint8_t *)d + off, sizeof(v));
	return v;
}

/* The instructions that seccomp allows and libseccomp uses. */
static inline uint32_t bpf_run(const struct sock_filter *f, size_t len,
			       const struct seccomp_data *d)
{
	uint32_t acc = 0;

	for (size_t pc = 0; pc < len; pc++) {
		const struct sock_filter *i = &f[pc];

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			acc = bpf_at(d, i->k);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			acc &= i->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += acc == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += acc >= i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += acc > i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += acc & i->k ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			fail_msg("instruction %#x", i->code);
		}
	}
	fail_msg("the program has no end");
	return 0;
}

#endif
