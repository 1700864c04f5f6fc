/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Constants of the kernel that Linux 6.1's headers (Debian 12's) lack, where more than one file wants
 * them. Whoever uses one must do without what it asks for: the kernel may be as old as the headers.
 */
#ifndef SECCOMP_NEWER_H
#define SECCOMP_NEWER_H

#include <fcntl.h>
#include <linux/seccomp.h>

/* Linux 6.6: the waker's processor is given to the woken. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

/* Linux 5.19: a call that was received is interrupted by fatal signals only. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* Linux 6.9: a pidfd of a thread, of which poll tells the thread's end, not the process's. */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

#endif
