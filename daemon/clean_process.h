/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A process for work in places that others rule: what is to be seen in it, and to be got at through
 * it, is next to nothing. It is forked before its maker has anything, keeps no descriptor but a
 * socket to it, cannot be dumped, has a process group of its own, gives up all capabilities but those
 * named, and ends with its maker.
 */
#ifndef DAEMON_CLEAN_PROCESS_H
#define DAEMON_CLEAN_PROCESS_H

#include <sys/capability.h>
#include <sys/types.h>

/** struct clean_process - what it is. @serve: its life, with its end of a SOCK_SEQPACKET pair. */
struct clean_process {
	const char *name; /* comm */
	const cap_value_t *keep;
	unsigned nkeep;
	void (*serve)(int sock);
};

/**
 * clean_process_start() - fork it. To be called while the process has no other thread, and before it
 * has what must not be seen. Return: our end of the pair, the caller's, with @pid; or negative errno.
 */
int clean_process_start(const struct clean_process *p, pid_t *pid);

/** clean_process_stop() - close @sock, by which it ends, and wait for that. */
void clean_process_stop(int sock, pid_t pid);

#endif
