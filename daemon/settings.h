/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The limits and quotas of a namespace by name: what the configuration file, CreateNamespace and
 * SetLimits take, and what Limits and `ipcnsctl limits` show. One table says what there is, its
 * range and where it lives: in ipc/ (limits.h), or for shared memory in the backing kernel
 * namespace's sysctls.
 *
 * A struct settings is a set of values, each there or not.
 */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include "ipc/namespace.h"

enum setting {
	SETTING_MSGMAX,
	SETTING_MSGMNB,
	SETTING_MSGMNI,
	SETTING_SEMMSL,
	SETTING_SEMMNS,
	SETTING_SEMOPM,
	SETTING_SEMMNI,
	SETTING_MQ_QUEUES_MAX,
	SETTING_MQ_MSG_MAX,
	SETTING_MQ_MSGSIZE_MAX,
	SETTING_MQ_MSG_DEFAULT,
	SETTING_MQ_MSGSIZE_DEFAULT,
	SETTING_SHMMAX,
	SETTING_SHMALL,
	SETTING_SHMMNI,
	SETTING_SHM_RMID_FORCED,
	SETTING_QUOTA_MSG,
	SETTING_QUOTA_SEM,
	SETTING_QUOTA_SHM,
	SETTING_QUOTA_MQUEUE,
	SETTING_QUOTA_BYTES,
	SETTING_QUOTA_STATE,
	SETTING_QUOTA_PARKED,
	SETTINGS, /* how many */
};

struct settings {
	bool there[SETTINGS];
	uint64_t value[SETTINGS];
};

/** settings_name() - static; the kernel's name of a limit, "quota_…" for a quota. */
const char *settings_name(enum setting id);

/** settings_find() - by name. Return: enum setting; -ENOENT. */
int settings_find(const char *name);

/** settings_left_out() - what a build lacks that @id is about, as people call it; NULL: nothing. */
const char *settings_left_out(enum setting id);

/** settings_range() - smallest and largest value; IPC_NO_QUOTA is allowed for a quota as well. */
void settings_range(enum setting id, uint64_t *min, uint64_t *max);

/** settings_put() - Return: 0; -ERANGE. */
int settings_put(struct settings *s, enum setting id, uint64_t value);

/**
 * settings_parse() - @text as a file or a command line gives it: decimal, with K, M, G, T (of 1024),
 * or "unlimited" for a quota. Return: 0 and *@value (not yet checked against the range); -EINVAL.
 */
int settings_parse(enum setting id, const char *text, uint64_t *value);

/** settings_merge() - what is there in @over replaces what is in @s. */
void settings_merge(struct settings *s, const struct settings *over);

/** settings_apply() - the part that lives in ipc/, in one go. With the namespace's lock. */
void settings_apply(struct ipc_ns *ns, const struct settings *s);

/** settings_apply_backing() - the part that lives in the kernel namespace, which the calling thread
 * is in. Return: 0 or negative errno of writing below /proc/sys/kernel. */
int settings_apply_backing(const struct settings *s);

/** settings_read(), settings_read_backing() - the same the other way; shm_rmid_forced stays as it is
 * in @out. */
void settings_read(const struct ipc_ns *ns, struct settings *out);
int settings_read_backing(struct settings *out);

#endif
