/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the service says: to the journal with fields (IPCNS_NAMESPACE, IPCNS_OBJECT, IPCNS_PID) when
 * stderr is the journal's, else as one line on stderr. Any thread.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <sys/types.h>
#include <syslog.h>

/** struct log_about - what a line is about; zeroes are left out. */
struct log_about {
	const char *ns, *object;
	pid_t pid;
};

/** log_open() - find out where to; @level: the least important LOG_* that is said. */
void log_open(int level);
void log_set_level(int level);

/** log_say() - @about may be NULL. */
void log_say(int level, const struct log_about *about, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
