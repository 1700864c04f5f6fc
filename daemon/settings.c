/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table. Ranges are those that the kernel's sysctls take (ipc/ipc_sysctl.c, ipc/mq_sysctl.c,
 * ipc/sysctl.c here), without the negative values that it takes for some of sem's and that nobody
 * means.
 */
#include "daemon/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

#include "daemon/families.h"

enum where { IN_LIMITS, IN_QUOTA, IN_BACKING };

struct entry {
	const char *name;
	enum where where;
	size_t offset; /* in struct ipc_limits or struct ipc_quota */
	uint64_t min, max;
};

#define LIMIT(field) IN_LIMITS, offsetof(struct ipc_limits, field)
#define QUOTA(field) IN_QUOTA, offsetof(struct ipc_quota, field)

/* SHMMAX and SHMALL are unsigned long; what is more than this the kernel itself calls no limit. */
#define SHM_HUGE (UINT64_MAX - (1ull << 24))

static const struct entry table[SETTINGS] = {
	[SETTING_MSGMAX] = {"msgmax", LIMIT(msgmax), 0, INT_MAX},
	[SETTING_MSGMNB] = {"msgmnb", LIMIT(msgmnb), 0, INT_MAX},
	[SETTING_MSGMNI] = {"msgmni", LIMIT(msgmni), 0, IPCMNI},
	[SETTING_SEMMSL] = {"semmsl", LIMIT(semmsl), 0, INT_MAX},
	[SETTING_SEMMNS] = {"semmns", LIMIT(semmns), 0, INT_MAX},
	[SETTING_SEMOPM] = {"semopm", LIMIT(semopm), 0, INT_MAX},
	[SETTING_SEMMNI] = {"semmni", LIMIT(semmni), 0, IPCMNI},
	[SETTING_MQ_QUEUES_MAX] = {"queues_max", LIMIT(mq_queues_max), 0, INT_MAX},
	[SETTING_MQ_MSG_MAX] = {"msg_max", LIMIT(mq_msg_max), 1, IPC_MQ_HARD_MSGMAX},
	[SETTING_MQ_MSGSIZE_MAX] = {"msgsize_max", LIMIT(mq_msgsize_max), IPC_MQ_MIN_MSGSIZEMAX,
				    IPC_MQ_HARD_MSGSIZEMAX},
	[SETTING_MQ_MSG_DEFAULT] = {"msg_default", LIMIT(mq_msg_default), 1, IPC_MQ_HARD_MSGMAX},
	[SETTING_MQ_MSGSIZE_DEFAULT] = {"msgsize_default", LIMIT(mq_msgsize_default),
					IPC_MQ_MIN_MSGSIZEMAX, IPC_MQ_HARD_MSGSIZEMAX},
	[SETTING_SHMMAX] = {"shmmax", IN_BACKING, 0, 0, SHM_HUGE},
	[SETTING_SHMALL] = {"shmall", IN_BACKING, 0, 0, SHM_HUGE},
	[SETTING_SHMMNI] = {"shmmni", IN_BACKING, 0, 0, IPCMNI},
	[SETTING_SHM_RMID_FORCED] = {"shm_rmid_forced", IN_BACKING, 0, 0, 1},
	[SETTING_QUOTA_MSG] = {"quota_msg", QUOTA(msg), 0, UINT64_MAX},
	[SETTING_QUOTA_SEM] = {"quota_sem", QUOTA(sem), 0, UINT64_MAX},
	[SETTING_QUOTA_SHM] = {"quota_shm", QUOTA(shm), 0, UINT64_MAX},
	[SETTING_QUOTA_MQUEUE] = {"quota_mqueue", QUOTA(mqueue), 0, UINT64_MAX},
	[SETTING_QUOTA_BYTES] = {"quota_bytes", QUOTA(bytes), 0, UINT64_MAX},
	[SETTING_QUOTA_STATE] = {"quota_state", QUOTA(state), 0, UINT64_MAX},
	[SETTING_QUOTA_PARKED] = {"quota_parked", QUOTA(parked), 0, UINT64_MAX},
};

const char *settings_name(enum setting id)
{
	return table[id].name;
}

int settings_find(const char *name)
{
	for (int i = 0; i < SETTINGS; i++)
		if (strcmp(table[i].name, name) == 0)
			return i;
	return -ENOENT;
}

/* By the order of enum setting. Quotas of bytes and of parked calls are of all families. */
const char *settings_left_out(enum setting id)
{
	if (id <= SETTING_MSGMNI || id == SETTING_QUOTA_MSG)
		return families_left_out(FAMILY_MSG);
	if (id <= SETTING_SEMMNI || id == SETTING_QUOTA_SEM)
		return families_left_out(FAMILY_SEM);
	if (id <= SETTING_MQ_MSGSIZE_DEFAULT || id == SETTING_QUOTA_MQUEUE)
		return families_left_out(FAMILY_MQUEUE);
	if (id <= SETTING_SHM_RMID_FORCED || id == SETTING_QUOTA_SHM)
		return families_left_out(FAMILY_SHM);
	return NULL;
}

void settings_range(enum setting id, uint64_t *min, uint64_t *max)
{
	*min = table[id].min;
	*max = table[id].max;
}

int settings_put(struct settings *s, enum setting id, uint64_t value)
{
	if (value < table[id].min || value > table[id].max)
		return -ERANGE;
	s->there[id] = true;
	s->value[id] = value;
	return 0;
}

int settings_parse(enum setting id, const char *text, uint64_t *value)
{
	static const char units[] = "KMGT";
	unsigned shift = 0;
	char *end;

	if (table[id].where == IN_QUOTA && strcmp(text, "unlimited") == 0) {
		*value = IPC_NO_QUOTA;
		return 0;
	}
	/* strtoull() would take a sign and white space. */
	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &end, 10);
	if (errno)
		return -EINVAL;
	if (*end) {
		const char *unit = strchr(units, *end);

		if (!unit || end[1])
			return -EINVAL;
		shift = 10 * (unsigned)(unit - units + 1);
	}
	if (shift && *value > UINT64_MAX >> shift)
		return -EINVAL;
	*value <<= shift;
	return 0;
}

void settings_merge(struct settings *s, const struct settings *over)
{
	for (int i = 0; i < SETTINGS; i++) {
		if (!over->there[i])
			continue;
		s->there[i] = true;
		s->value[i] = over->value[i];
	}
}

void settings_apply(struct ipc_ns *ns, const struct settings *s)
{
	for (int i = 0; i < SETTINGS; i++) {
		if (!s->there[i] || table[i].where == IN_BACKING)
			continue;
		/* All limits are of 32 bits, signed or not, and in a range that fits both. */
		if (table[i].where == IN_LIMITS)
			*(uint32_t *)(void *)((char *)ipc_limits(ns) + table[i].offset) =
				(uint32_t)s->value[i];
		else
			*(uint64_t *)(void *)((char *)ipc_quota(ns) + table[i].offset) =
				s->value[i];
	}
}

void settings_read(const struct ipc_ns *ns, struct settings *out)
{
	for (int i = 0; i < SETTINGS; i++) {
		if (table[i].where == IN_BACKING)
			continue;
		out->there[i] = true;
		if (table[i].where == IN_LIMITS)
			out->value[i] =
				*(uint32_t *)(void *)((char *)ipc_limits(ns) + table[i].offset);
		else
			out->value[i] =
				*(uint64_t *)(void *)((char *)ipc_quota(ns) + table[i].offset);
	}
}

int settings_apply_backing(const struct settings *s)
{
	for (int i = 0; i < SETTINGS; i++) {
		char path[64], text[32];

		if (!s->there[i] || table[i].where != IN_BACKING)
			continue;
		snprintf(path, sizeof(path), "/proc/sys/kernel/%s", table[i].name);
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		if (fd < 0)
			return -errno;
		int len = snprintf(text, sizeof(text), "%" PRIu64 "\n", s->value[i]);
		int r = write(fd, text, (size_t)len) < 0 ? -errno : 0;

		close(fd);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * By shmctl(2), not by the files: thousands of namespaces have a /proc/sys/kernel/shmmax each, all in
 * one chain of the kernel's table of names. shm_rmid_forced is told by its file alone; it stays as
 * @out has it.
 */
int settings_read_backing(struct settings *out)
{
	struct shminfo info;

	if (shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&info) < 0)
		return -errno;
	out->value[SETTING_SHMMAX] = info.shmmax;
	out->value[SETTING_SHMALL] = info.shmall;
	out->value[SETTING_SHMMNI] = info.shmmni;
	for (int i = SETTING_SHMMAX; i <= SETTING_SHM_RMID_FORCED; i++)
		out->there[i] = true;
	return 0;
}
