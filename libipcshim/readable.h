/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * May memory be read? A system call with a bad pointer returns EFAULT; a library that looks at it
 * would be killed instead.
 */
#ifndef LIBIPCSHIM_READABLE_H
#define LIBIPCSHIM_READABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** readable_slow() - for readable(). */
bool readable_slow(uintptr_t at, size_t len, uintptr_t frame);

/**
 * readable() - may @len bytes (at most 4096) at @ptr be read? What is in the page of the caller's
 * stack frame, where the arguments of a call mostly are, is known to be; all else is asked about.
 */
static inline __attribute__((always_inline)) bool readable(const void *ptr, size_t len)
{
	const uintptr_t at = (uintptr_t)ptr, frame = (uintptr_t)__builtin_frame_address(0);

	if (at / 4096 == frame / 4096 && (at + len - 1) / 4096 == frame / 4096)
		return true;
	return readable_slow(at, len, frame);
}

#endif
