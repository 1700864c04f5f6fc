/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of sysctls and the kernel's way to read and write integers as text.
 *
 * Every value is 32 bits at a place in the namespace's arenas, as every one of the kernel's is an
 * int; the unsigned ones among the limits are shown signed, which matters for queues_max only, the
 * one without a range.
 */
#include "ipc/sysctl.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "ipc/config.h"
#include "ipc/mqueue.h"
#include "ipc/msg_private.h"
#include "ipc/sem_private.h"

/* Who is root of the namespace: the daemon's own root, as the backing namespace is its child. */
#define ROOT_UID 0u

/* What is looked at of one write, PAGE_SIZE - 1; and of one number, TMPBUFLEN - 1. */
#define WRITE_MAX 4095u
#define NUMBER_MAX 21u

/* "sem" is four numbers of the limits, in the order in which they lie there. */
#define SEM_VALUES 4
#define SEM_MNI 3
_Static_assert(offsetof(struct ipc_limits, semmni) ==
		       offsetof(struct ipc_limits, semmsl) + SEM_MNI * sizeof(int32_t),
	       "semmsl, semmns, semopm, semmni");

enum place {
	IN_LIMITS, /* offset in struct ipc_limits */
	MSG_NEXT_ID,
	SEM_NEXT_ID,
	NOWHERE, /* always 0, whatever is written */
	OUTSIDE, /* ipc_env.segment_sysctl */
};

#define LIMIT(field) IN_LIMITS, offsetof(struct ipc_limits, field)

static const struct sysctl {
	const char *dir, *name;
	enum place place;
	size_t offset;
	uint32_t mode;
	uint32_t count;
	int32_t min, max;
} table[IPC_SYSCTLS] = {
	[IPC_SYSCTL_MSGMAX] = {"kernel", "msgmax", LIMIT(msgmax), 0644, 1, 0, INT_MAX},
	[IPC_SYSCTL_MSGMNB] = {"kernel", "msgmnb", LIMIT(msgmnb), 0644, 1, 0, INT_MAX},
	[IPC_SYSCTL_MSGMNI] = {"kernel", "msgmni", LIMIT(msgmni), 0644, 1, 0, IPCMNI},
	[IPC_SYSCTL_AUTO_MSGMNI] = {"kernel", "auto_msgmni", NOWHERE, 0, 0644, 1, 0, 1},
	[IPC_SYSCTL_MSG_NEXT_ID] = {"kernel", "msg_next_id", MSG_NEXT_ID, 0, 0444, 1, 0, INT_MAX},
	[IPC_SYSCTL_SEM] = {"kernel", "sem", LIMIT(semmsl), 0644, SEM_VALUES, INT_MIN, INT_MAX},
	[IPC_SYSCTL_SEM_NEXT_ID] = {"kernel", "sem_next_id", SEM_NEXT_ID, 0, 0444, 1, 0, INT_MAX},
	[IPC_SYSCTL_MQ_QUEUES_MAX] = {"fs/mqueue", "queues_max", LIMIT(mq_queues_max), 0644, 1,
				      INT_MIN, INT_MAX},
	[IPC_SYSCTL_MQ_MSG_MAX] = {"fs/mqueue", "msg_max", LIMIT(mq_msg_max), 0644, 1, 1,
				   IPC_MQ_HARD_MSGMAX},
	[IPC_SYSCTL_MQ_MSGSIZE_MAX] = {"fs/mqueue", "msgsize_max", LIMIT(mq_msgsize_max), 0644, 1,
				       IPC_MQ_MIN_MSGSIZEMAX, IPC_MQ_HARD_MSGSIZEMAX},
	[IPC_SYSCTL_MQ_MSG_DEFAULT] = {"fs/mqueue", "msg_default", LIMIT(mq_msg_default), 0644, 1,
				       1, IPC_MQ_HARD_MSGMAX},
	[IPC_SYSCTL_MQ_MSGSIZE_DEFAULT] = {"fs/mqueue", "msgsize_default",
					   LIMIT(mq_msgsize_default), 0644, 1,
					   IPC_MQ_MIN_MSGSIZEMAX, IPC_MQ_HARD_MSGSIZEMAX},
	[IPC_SYSCTL_SHMMAX] = {"kernel", "shmmax", OUTSIDE, 0, 0644, 0, 0, 0},
	[IPC_SYSCTL_SHMALL] = {"kernel", "shmall", OUTSIDE, 0, 0644, 0, 0, 0},
	[IPC_SYSCTL_SHMMNI] = {"kernel", "shmmni", OUTSIDE, 0, 0644, 0, 0, 0},
	[IPC_SYSCTL_SHM_RMID_FORCED] = {"kernel", "shm_rmid_forced", OUTSIDE, 0, 0644, 0, 0, 0},
	[IPC_SYSCTL_SHM_NEXT_ID] = {"kernel", "shm_next_id", OUTSIDE, 0, 0444, 0, 0, 0},
};

bool ipc_sysctl_present(enum ipc_sysctl id)
{
	if (ipc_sysctl_of_segments(id))
		return IPCNS_WITH_SHM;
	if (id >= IPC_SYSCTL_MQ_QUEUES_MAX)
		return IPCNS_WITH_MQUEUE;
	return id >= IPC_SYSCTL_SEM ? IPCNS_WITH_SEM : IPCNS_WITH_MSG;
}

bool ipc_sysctl_of_segments(enum ipc_sysctl id)
{
	return table[id].place == OUTSIDE;
}

const char *ipc_sysctl_dir(enum ipc_sysctl id)
{
	return table[id].dir;
}

const char *ipc_sysctl_name(enum ipc_sysctl id)
{
	return table[id].name;
}

uint32_t ipc_sysctl_mode(enum ipc_sysctl id)
{
	return table[id].mode;
}

int ipc_sysctl_permission(enum ipc_sysctl id, const struct ipc_cred *cred, uint32_t want)
{
	uint32_t mode = table[id].mode;
	bool next_id = table[id].place == MSG_NEXT_ID || table[id].place == SEM_NEXT_ID ||
		       id == IPC_SYSCTL_SHM_NEXT_ID;

	if (next_id && (cred->caps & (IPC_CAP_SYS_ADMIN | IPC_CAP_CHECKPOINT_RESTORE)))
		mode = 0666;
	/* The group's bits are the others' in every mode of the table. */
	if (cred->euid == ROOT_UID)
		mode >>= 6;
	return want & ~mode & 07 ? -EACCES : 0;
}

static int32_t *values_of(struct ipc_ns *ns, const struct sysctl *s, int32_t *nowhere)
{
	switch (s->place) {
	case IN_LIMITS:
		return (int32_t *)(void *)((char *)ipc_limits(ns) + s->offset);
	case MSG_NEXT_ID:
		return &msg_ids(ns)->next_id;
	case SEM_NEXT_ID:
		return &sem_root_of(ns)->ids.next_id;
	case NOWHERE:
	case OUTSIDE:
		break;
	}
	*nowhere = 0;
	return nowhere;
}

size_t ipc_sysctl_show(const struct ipc_ns *ns, enum ipc_sysctl id, char buf[IPC_SYSCTL_TEXT_MAX])
{
	const struct sysctl *s = &table[id];
	struct ipc_ns *unchanged = (struct ipc_ns *)(uintptr_t)ns;
	int32_t nowhere;
	const int32_t *v = values_of(unchanged, s, &nowhere);
	size_t used = 0;

	if (s->place == OUTSIDE) {
		ssize_t n = ns->env.segment_sysctl
				    ? ns->env.segment_sysctl(ns->env.ctx, s->name, false, buf,
							     IPC_SYSCTL_TEXT_MAX - 1)
				    : 0;

		used = n < 0 ? 0 : (size_t)n;
		buf[used] = 0;
		return used;
	}
	for (uint32_t i = 0; i < s->count; i++)
		used += (size_t)snprintf(buf + used, IPC_SYSCTL_TEXT_MAX - used, "%s%d",
					 i ? "\t" : "", v[i]);
	return used + (size_t)snprintf(buf + used, IPC_SYSCTL_TEXT_MAX - used, "\n");
}

/* Text that is being read. */
struct text {
	const char *p;
	size_t left;
};

/* The kernel's table of characters is Latin-1, where 0xa0 is a space, too. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c == 0xa0;
}

static void skip_spaces(struct text *t)
{
	while (t->left && is_space(*t->p))
		t->p++, t->left--;
}

/*
 * Digits at @s up to a NUL, base by prefix: the kernel's kstrtoul machinery (lib/kstrtox.c), not
 * strtoul(3), which takes signs and "0x" without digits, and stops where the value is too large.
 * Return: 0, *@end behind the digits; -ERANGE.
 */
static int parse_digits(const char *s, const char **end, uint64_t *value)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t base = 10, v = 0;
	bool overflow = false;

	if (s[0] == '0') {
		base = 8;
		if ((s[1] | 0x20) == 'x' && isxdigit((unsigned char)s[2])) {
			base = 16;
			s += 2;
		}
	}
	for (; *s; s++) {
		const char *d = memchr(digits, tolower((unsigned char)*s), base);

		if (!d)
			break;
		overflow |= __builtin_mul_overflow(v, base, &v) ||
			    __builtin_add_overflow(v, (uint64_t)(d - digits), &v);
	}
	*end = s;
	*value = v;
	return overflow ? -ERANGE : 0;
}

/* proc_get_long() and do_proc_dointvec_conv(): one number of 32 bits. Return: 0 or -EINVAL. */
static int take_number(struct text *t, int32_t *out)
{
	char copy[NUMBER_MAX + 1];
	const char *p = copy;
	size_t len = t->left < NUMBER_MAX ? t->left : NUMBER_MAX;
	uint64_t v;

	memcpy(copy, t->p, len);
	copy[len] = 0;
	bool negative = *p == '-' && t->left > 1;

	p += negative;
	if (*p < '0' || *p > '9' || parse_digits(p, &p, &v) < 0)
		return -EINVAL;
	len = (size_t)(p - copy);
	/* So long that its end may not have been seen. */
	if (len == NUMBER_MAX)
		return -EINVAL;
	if (len < t->left && *p != ' ' && *p != '\t' && *p != '\n')
		return -EINVAL;
	if (v > (uint64_t)INT_MAX + negative)
		return -EINVAL;
	*out = (int32_t)(negative ? -(int64_t)v : (int64_t)v);
	t->p += len;
	t->left -= len;
	return 0;
}

static int store_all(const struct sysctl *s, struct text *t, int32_t *v)
{
	for (uint32_t i = 0; i < s->count; i++) {
		int32_t number;

		skip_spaces(t);
		if (!t->left)
			return i ? 0 : -EINVAL;
		if (take_number(t, &number) < 0 || number < s->min || number > s->max)
			return -EINVAL;
		v[i] = number;
	}
	skip_spaces(t);
	return 0;
}

/* The next ids are for whoever makes an object, and no limit. */
static bool is_limit(enum ipc_sysctl id)
{
	return id != IPC_SYSCTL_MSG_NEXT_ID && id != IPC_SYSCTL_SEM_NEXT_ID &&
	       id != IPC_SYSCTL_SHM_NEXT_ID;
}

static ssize_t store(struct ipc_ns *ns, enum ipc_sysctl id, const char *buf, size_t len)
{
	const struct sysctl *s = &table[id];
	int32_t nowhere, *v = values_of(ns, s, &nowhere);
	struct text t = {buf, len < WRITE_MAX ? len : WRITE_MAX};
	int32_t semmni = ipc_limits(ns)->semmni;

	if (s->place == OUTSIDE)
		return ns->env.segment_sysctl ? ns->env.segment_sysctl(ns->env.ctx, s->name, true,
								       (char *)(uintptr_t)buf, len)
					      : -EINVAL;

	int r = store_all(s, &t, v);

	if (IPCNS_WITH_SHIM && id == IPC_SYSCTL_SEM)
		sem_shares_freeze_all(ns);
	if (id == IPC_SYSCTL_SEM) {
		if (r == 0 && (v[SEM_MNI] < 0 || v[SEM_MNI] > (int32_t)IPCMNI))
			r = -ERANGE;
		if (r < 0)
			v[SEM_MNI] = semmni;
	}
	return r < 0 ? r : (ssize_t)(len - t.left);
}

ssize_t ipc_sysctl_store(struct ipc_ns *ns, enum ipc_sysctl id, const char *buf, size_t len)
{
	if (len == 0)
		return 0;

	ssize_t n = store(ns, id, buf, len);

	/* Also when it failed: of several numbers the first ones are taken. */
	if (is_limit(id) && ns->env.limits_changed)
		ns->env.limits_changed(ns->env.ctx);
	return n;
}
