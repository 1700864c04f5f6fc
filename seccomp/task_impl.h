/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What task.c and its two backends share. Not for anyone else.
 *
 * A backend answers for one thread at a time into a struct task_raw, in the kernel's terms; task.c
 * turns that into a struct task_ident, so that what the answers mean is decided once.
 */
#ifndef SECCOMP_TASK_IMPL_H
#define SECCOMP_TASK_IMPL_H

#include <errno.h>

#include "seccomp/task.h"

/* With procfs each path starts from the root of the daemon's own mount namespace. */
#define TASK_PATH_MAX 64

struct task_ops {
	enum task_backend id;
	/* Fills everything but out->cred.{tid,user_ns,more_groups}. */
	int (*identify)(struct task_probe *p, const struct task_question *q,
			struct task_ident *out);
	pid_t (*undo_sharer)(struct task_probe *p, uint64_t list, pid_t not_tid); /* may be NULL */
	uint32_t (*purses)(struct task_probe *p, pid_t tid, struct ipc_purse *above,
			   uint32_t size); /* may be NULL */
	int (*in_group)(struct task_probe *p, pid_t tid, uint32_t gid);
	int (*listener_killable)(struct task_probe *p, pid_t tid); /* may be NULL */
	int (*file_refs)(struct task_probe *p, const int *fd, uint32_t n,
			 uint64_t *refs); /* may be NULL */
	void (*close)(struct task_probe *p);
};

struct task_probe {
	const struct task_ops *ops;
	uint64_t owner_user_ns;
};

/**
 * task_caps() - the bits of @effective (bit CAP_x), held in @user_ns, that ipc/ cares for and that
 * count from there, as enum ipc_cap.
 */
uint32_t task_caps(const struct task_probe *p, uint64_t user_ns, uint64_t effective);

int task_proc_open(struct task_probe **out);
#if IPCNS_WITH_BPF
int task_bpf_open(struct task_probe **out);
#else
static inline int task_bpf_open(struct task_probe **out)
{
	(void)out;
	return -EOPNOTSUPP;
}
#endif

#endif
