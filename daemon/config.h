/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service's configuration: /etc/ipcnsd/ipcnsd.conf, then ipcnsd.conf.d/NAME.conf beside it in
 * the order of their names; what comes later wins.
 *
 *	[Service]
 *	RuntimeDirectory=/run/ipcnsd    where state and lock are; not changed by a reload
 *	MaxNamespaces=4096
 *	StateSize=25%                   of memory, or bytes: what all namespaces' objects may take, segments
 *	                                aside; not changed by a reload
 *	LogLevel=info                   err, warning, notice, info, debug
 *	[Limits]                        of namespaces made from now on: the kernel's names
 *	msgmax=8192
 *	[Quotas]                        msg, sem, shm, mqueue, bytes, state, parked
 *	msg=1000
 *
 * A key that is not known, or a value that makes no sense, is an error: the file is refused as a
 * whole, so that a reload never leaves half of it.
 *
 * One quota has a default: state, an eighth of StateSize. What namespaces have in the service's memory is
 * charged to nobody else, so without it any program could take that of all others.
 */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/settings.h"

#define CONFIG_PATH "/etc/ipcnsd/ipcnsd.conf"
#define CONFIG_RUNTIME_DIR "/run/ipcnsd"

struct config {
	char runtime_dir[PATH_MAX];
	unsigned max_namespaces;
	uint64_t state_size; /* bytes */
	int log_level;
	struct settings defaults;
	bool own_quota_state; /* in @defaults it is what a file says, not from @state_size */
};

/** config_default() - as without any file. $RUNTIME_DIRECTORY counts. */
void config_default(struct config *c);

/** struct user_paths - where a user's service has what the system's has in CONFIG_…: in the directories
 * that $XDG_CONFIG_HOME, or else $HOME, and $XDG_RUNTIME_DIR name. */
struct user_paths {
	char config[PATH_MAX], runtime_dir[PATH_MAX];
};

/** config_user_paths() - "" where the environment does not tell, or not by an absolute path. */
void config_user_paths(struct user_paths *p);

/**
 * config_load() - read @path and its drop-ins over the defaults. That @path does not exist is an
 * error only if @required; "" is none.
 * Return: 0; negative errno, with @error "FILE:LINE: what is wrong".
 */
int config_load(struct config *c, const char *path, bool required, char *error, size_t size);

/** config_set_state_size() - and the quota that follows from it, unless a file sets that. */
void config_set_state_size(struct config *c, uint64_t bytes);

#endif
