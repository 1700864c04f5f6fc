/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known to be mapped for as long as the program lives: the main thread's stack from here to
 * its end, and what was loaded of the program itself, as its constants and static variables. Of all
 * else the kernel is asked, for each page, by a call that reads it and then fails: rt_sigprocmask(2)
 * copies the set before it looks at what is to be done with it. That costs a third of a semop(2).
 */
#include "libipcshim/readable.h"

#include <elf.h>
#include <errno.h>

#include "libipcshim/os.h"

/* Between the main thread's stack and what is mapped below it the kernel leaves more than this. */
#define STACK_MAX (UINT64_C(64) << 20)
#define RANGES 8

/* Found out when first needed; who comes meanwhile asks the kernel. Written once, the count last. */
static _Atomic(uintptr_t) stack_end;
static _Atomic(uintptr_t) range_begin[RANGES], range_end[RANGES];
static _Atomic(int) nranges; /* 1 + how many; 0: not known yet */

static uintptr_t load_bias(const Elf64_Phdr *ph, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		if (ph[i].p_type == PT_PHDR)
			return (uintptr_t)ph - ph[i].p_vaddr;
	return UINTPTR_MAX;
}

static int find_out(void)
{
	const Elf64_Phdr *ph = (const Elf64_Phdr *)getauxval(AT_PHDR);
	const unsigned long n = getauxval(AT_PHNUM);
	const uintptr_t bias = ph ? load_bias(ph, n) : UINTPTR_MAX;
	int count = 0;

	/* The name of the program lies at the very end of the stack. */
	stack_end = getauxval(AT_EXECFN);
	for (unsigned long i = 0; bias != UINTPTR_MAX && i < n && count < RANGES; i++) {
		if (ph[i].p_type != PT_LOAD || !(ph[i].p_flags & PF_R))
			continue;
		range_begin[count] = bias + ph[i].p_vaddr;
		range_end[count++] = bias + ph[i].p_vaddr + ph[i].p_memsz;
	}
	nranges = count + 1;
	return count + 1;
}

static bool is_loaded(uintptr_t at, size_t len)
{
	int n = nranges ? nranges : find_out();

	for (int i = 0; i < n - 1; i++)
		if (at >= range_begin[i] && at < range_end[i] && range_end[i] - at >= len)
			return true;
	return false;
}

static bool is_on_stack(uintptr_t at, size_t len, uintptr_t frame)
{
	return frame < stack_end && stack_end - frame < STACK_MAX && at >= frame &&
	       at < stack_end && stack_end - at >= len;
}

/* The eight bytes there, which lie in one page. */
static bool probe(uintptr_t at)
{
	return os_call(SYS_rt_sigprocmask, -1, (long)(at & ~(uintptr_t)7), 0, 8, 0, 0) == -EINVAL;
}

bool readable_slow(uintptr_t at, size_t len, uintptr_t frame)
{
	const uintptr_t last = at + len - 1;

	if (last < at)
		return false;
	if (is_loaded(at, len) || is_on_stack(at, len, frame))
		return true;
	return probe(at) && (at / 4096 == last / 4096 || probe(last));
}
