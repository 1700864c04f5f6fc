/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What scenarios use of the GNU C library and musl lacks; included before each of their files. */
#ifndef IPCNSD_TESTS_ORACLE_MUSL_COMPAT_H
#define IPCNSD_TESTS_ORACLE_MUSL_COMPAT_H

#include <sys/types.h>

/* "EINVAL" and "INT"; NULL for a number without a name. Static. */
const char *strerrorname_np(int err);
const char *sigabbrev_np(int sig);

int tgkill(pid_t tgid, pid_t tid, int sig);

#endif
