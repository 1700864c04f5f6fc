/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hash by pid in the namespace's own arena; emptied when it has grown out of all proportion. */
#include "ipc/pids.h"

#include <string.h>

#define PIDS_MAX 65536u

struct pid_entry {
	aref next;
	uint32_t pid;
	struct ipc_pid_numbers numbers;
};

static struct pid_entry *entry(const struct ipc_ns *ns, aref ref)
{
	return arena_ptr(&ns->ns, ref);
}

static aref *bucket(const struct ipc_ns *ns, uint32_t pid)
{
	return &ns->root->pids.bucket[pid % IPC_PID_BUCKETS];
}

static struct pid_entry *find(const struct ipc_ns *ns, uint32_t pid)
{
	aref ref = *bucket(ns, pid);

	while (ref && entry(ns, ref)->pid != pid)
		ref = entry(ns, ref)->next;
	return entry(ns, ref);
}

static void forget_all(struct ipc_ns *ns)
{
	for (uint32_t i = 0; i < IPC_PID_BUCKETS; i++) {
		aref next;

		for (aref ref = ns->root->pids.bucket[i]; ref; ref = next) {
			next = entry(ns, ref)->next;
			arena_free(&ns->ns, ref, sizeof(struct pid_entry));
		}
		ns->root->pids.bucket[i] = 0;
	}
	ns->root->pids.count = 0;
}

void pids_note(struct ipc_ns *ns, uint32_t pid, const struct ipc_pid_numbers *numbers)
{
	struct pid_entry *e = find(ns, pid);
	aref ref;

	if (!e) {
		if (!numbers->count)
			return;
		if (ns->root->pids.count >= PIDS_MAX)
			forget_all(ns);
		if (arena_alloc(&ns->ns, sizeof(*e), &ref) < 0)
			return;
		e = entry(ns, ref);
		e->pid = pid;
		e->numbers = *numbers;
		e->next = *bucket(ns, pid);
		*bucket(ns, pid) = ref;
		ns->root->pids.count++;
		return;
	}
	if (memcmp(&e->numbers, numbers, sizeof(*numbers)) != 0)
		e->numbers = *numbers;
}

uint32_t pids_show(const struct ipc_ns *ns, uint32_t pid, uint64_t pid_ns)
{
	const struct pid_entry *e = find(ns, pid);

	for (uint32_t i = 0; e && i < e->numbers.count; i++)
		if (e->numbers.ns[i] == pid_ns)
			return e->numbers.nr[i];
	return 0;
}
