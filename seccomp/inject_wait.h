/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting for a task that runs with our registers, on its way from one stop to the next, which is a matter
 * of microseconds. What makes it longer is either nobody's fault (it is frozen, or stopped) and waited out,
 * or the task's own doing: the instruction that it executes, and the memory that the call works on, are the
 * program's, which can have put a loop or a page that never comes in the place.
 */
#ifndef SECCOMP_INJECT_WAIT_H
#define SECCOMP_INJECT_WAIT_H

#include <sys/types.h>

/**
 * inject_wait() - for the next stop of @tid, which the calling thread traces.
 * Return: its wait status; -ESRCH: it is gone; -ETIMEDOUT: it runs or waits on its own account for longer
 * than it should.
 */
int inject_wait(pid_t tid);

#endif
