/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the service says: to the journal with fields (IPCNS_NAMESPACE, IPCNS_OBJECT, IPCNS_PID, CODE_…) when
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

/** log_say(level, about, format, ...) - @about may be NULL. The journal is told where in the program. */
#define log_say(...) log_say_at(__FILE__, __LINE__, __func__, __VA_ARGS__)
void log_say_at(const char *file, int line, const char *func, int level,
		const struct log_about *about, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

#endif
