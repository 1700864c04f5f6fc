/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System calls made by a task on our behalf, in place of the one that it waits in.
 *
 * A task that waits in a seccomp notification is taken by ptrace(2) before its call is answered, and
 * stops behind it, before any instruction of its own. There it is made to execute the instruction
 * again by which it called, with other registers; it never knows. This file knows nothing of IPC.
 *
 * All functions for one injection are to be called by the same thread, as ptrace(2) wants it, and the
 * task may let that wait for as long as it likes: it can be frozen. A thread that holds nobody else up
 * is needed. Only its own waiting is done: no other child of the process is ever reaped here.
 *
 * Should the process die while the task's registers are not the task's own, the task is killed
 * (PTRACE_O_EXITKILL): to go on with somebody else's registers would be worse. At any other moment
 * its death only lets the call fail with ENOSYS.
 */
#ifndef SECCOMP_INJECT_H
#define SECCOMP_INJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct seccomp_notif;

/** enum inject_nr - calls that can be made, with the arguments of the native ones. */
enum inject_nr { INJECT_MMAP, INJECT_MUNMAP, INJECT_CLOSE };

/** struct inject_regs - registers; opaque, as large as the machine's. */
struct inject_regs {
	uint64_t r[34];
};

/** struct injection - one task that was taken. Nobody else looks into it. */
struct injection {
	pid_t tid;
	int listener;
	uint64_t id, ip;
	int nr;
	bool compat;
	bool ours; /* its registers are */
	bool over; /* it is not our tracee any more */
	uint64_t mask;	   /* its own mask of signals */
	struct inject_regs regs;
};

/** inject_supported() - does this build know the machine's registers? */
bool inject_supported(void);

/**
 * inject_begin() - take the task that waits in notification @n of @listener (stays the caller's, open
 * until the end). On success it still waits, and one of inject_stop(), inject_refuse() and inject_leave() must
 * follow. Return: 0; -ESRCH: it does not wait any more; -EPERM: somebody else traces it, or we may not.
 */
int inject_begin(struct injection *in, int listener, const struct seccomp_notif *n);

/**
 * inject_stop() - let it out of its call, into the stop. Waits for it.
 * Return: 0; -ESRCH: it is gone, and nothing more is to be done.
 */
int inject_stop(struct injection *in);

/**
 * inject_run() - have it make a call; the result is the kernel's: a value, or a negative errno.
 * Waits for it. Return: 0 with *@result; -ESRCH: it is gone, as above.
 */
int inject_run(struct injection *in, enum inject_nr nr, const uint64_t args[6], int64_t *result);

/** inject_end() - its own call returns @result, and it goes on. */
void inject_end(struct injection *in, int64_t result);

/** inject_leave() - instead of inject_stop(): it has left its call, and does what it would have done. */
void inject_leave(struct injection *in);

/** inject_refuse() - instead of inject_stop(): its call returns @result, nothing is injected. */
void inject_refuse(struct injection *in, int64_t result);

#endif
