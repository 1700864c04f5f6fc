/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the C programs of the end-to-end tests share. Each is one file with one purpose, run inside
 * or outside of a namespace by the script of the same theme. A check that fails prints a line that
 * begins with FAIL and the program ends with 1; nothing here is a library with state.
 */
#ifndef IPCNSD_TESTS_E2E_H
#define IPCNSD_TESTS_E2E_H

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** e2e_fail() - say what is wrong, with errno if it is set, and end the process with 1. */
__attribute__((format(printf, 1, 2))) static inline _Noreturn void e2e_fail(const char *fmt, ...)
{
	char text[400];
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dprintf(STDOUT_FILENO, "FAIL: %s (errno %d, %s)\n", text, err, strerror(err));
	_exit(1);
}

/** CHECK() - an assertion that stays in every build. */
#define CHECK(cond)                                                            \
	do {                                                                   \
		if (!(cond))                                                   \
			e2e_fail("%s:%d: %s", __FILE_NAME__, __LINE__, #cond); \
	} while (0)

/** MUST() - a call that may not return -1; its value. */
#define MUST(call) e2e_must(#call, (long)(call))
static inline long e2e_must(const char *what, long value)
{
	if (value == -1)
		e2e_fail("%s", what);
	return value;
}

/** e2e_ns() - CLOCK_MONOTONIC in nanoseconds. */
static inline int64_t e2e_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline void e2e_usleep(long us)
{
	struct timespec t = {us / 1000000, us % 1000000 * 1000};

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/** e2e_shared() - zeroed memory that forked children share. */
static inline void *e2e_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		e2e_fail("mmap");
	return p;
}

/** e2e_random() - xorshift64*, so that a seed says what was done. @state must not be 0. */
static inline uint64_t e2e_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/**
 * e2e_in_call() - does thread @tid rest in system call @nr? Confined, what it shows is the same:
 * the call that it waits in is the one that was trapped.
 */
static inline bool e2e_in_call(pid_t tid, long nr)
{
	char path[64], text[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/syscall", tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = 0;
	fclose(f);
	/* "running", or the number and its arguments. */
	return text[0] >= '0' && text[0] <= '9' && strtol(text, NULL, 10) == nr;
}

/** e2e_await_call() - wait until it does; fails after @seconds. */
static inline void e2e_await_call(pid_t tid, long nr, int seconds)
{
	int64_t end = e2e_ns() + seconds * 1000000000LL;

	while (!e2e_in_call(tid, nr)) {
		if (e2e_ns() > end)
			e2e_fail("%d is not in call %ld after %d s", tid, nr, seconds);
		e2e_usleep(1000);
	}
}

#endif
