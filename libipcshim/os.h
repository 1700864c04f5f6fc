/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the library asks of the world: system calls by hand, and four symbols that every C library
 * for Linux has. It is linked with none, so that one file serves glibc and musl alike; it allocates
 * nothing, and takes no lock.
 */
#ifndef LIBIPCSHIM_OS_H
#define LIBIPCSHIM_OS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>

/** What programs call. All else is hidden. */
#define SHIM_EXPORT __attribute__((visibility("default")))

int *__errno_location(void) __attribute__((const));
unsigned long getauxval(unsigned long type);

#if defined(__x86_64__)
static inline long os_call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
static inline long os_call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#else
#error "libipcshim/os.h does not know this machine's calls"
#endif

/** os_failed() - is this address a negative errno? */
static inline bool os_failed(long r)
{
	return (unsigned long)r >= (unsigned long)-4095;
}

/** os_seconds() - of @clock; the coarse ones make no system call. */
static inline int64_t os_seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return t.tv_sec;
}

#endif
