/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * semctl(2): looking at sets, setting values, owners, and the end of a set. The order of checks is
 * that of the kernel's functions named at each; it is visible in which errno comes first.
 *
 * Commit points: SETVAL and SETALL are idempotent, so a call that a recovery finds unfinished is
 * run again. IPC_RMID is committed by ids_remove(); what is not in the table any more is swept.
 */
#include "ipc/sem.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include "ipc/perm.h"
#include "ipc/sem_private.h"

/* Constants that are only reported (uapi/linux/sem.h); they do not follow the limits. */
#define KERNEL_SEMMNU 1024000000
#define KERNEL_SEMMAP 1024000000
#define KERNEL_SEMUME 500
#define KERNEL_SEMUSZ 20

static void fill_stat(const struct sem_record *rec, struct sem_stat *out)
{
	*out = (struct sem_stat){
		.perm = rec->perm,
		.otime = rec->otime,
		.ctime = rec->ctime,
		.nsems = rec->nsems,
	};
}

/* semctl_stat() */
int sem_ctl_stat(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, int cmd,
		 struct sem_stat *out)
{
	struct sem_record *rec;
	aref set;
	int r;

	if (cmd == IPC_STAT) {
		r = sem_obtain(ns, id, &set, &rec);
	} else {
		r = ids_by_index(&sem_root_of(ns)->ids, id, &set);
		rec = r == 0 ? sem_record_of(ns, set) : NULL;
	}
	if (r < 0)
		return r;
	sem_share_freeze(ns, rec);
	if (cmd != SEM_STAT_ANY) {
		r = ipc_perms(ns, cred, &rec->perm, 0444);
		if (r < 0)
			return r;
	}
	fill_stat(rec, out);
	return cmd == IPC_STAT ? 0 : rec->perm.id;
}

/* semctl_info() */
int sem_ctl_info(struct ipc_ns *ns, int cmd, struct sem_info *out)
{
	const struct ipc_limits *l = ipc_limits(ns);
	const struct sem_root *root = sem_root_of(ns);

	*out = (struct sem_info){
		.semmap = KERNEL_SEMMAP,
		.semmni = l->semmni,
		.semmns = l->semmns,
		.semmnu = KERNEL_SEMMNU,
		.semmsl = l->semmsl,
		.semopm = l->semopm,
		.semume = KERNEL_SEMUME,
		.semusz = KERNEL_SEMUSZ,
		.semvmx = IPC_SEMVMX,
		.semaem = SEM_ADJ_MAX,
	};
	if (cmd == SEM_INFO) {
		out->semusz = (int32_t)root->ids.in_use;
		out->semaem = (int32_t)root->used_sems;
	}
	return root->ids.max_idx < 0 ? 0 : root->ids.max_idx;
}

/* semctl_down() */
static int obtain_control(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, aref *set,
			  struct sem_record **rec)
{
	int r = sem_obtain(ns, id, set, rec);

	return r < 0 ? r : ipc_may_control(cred, &(*rec)->perm);
}

int sem_ctl_set(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, uint32_t uid,
		uint32_t gid, uint32_t mode)
{
	struct sem_record *rec;
	aref set;
	int r = obtain_control(ns, cred, id, &set, &rec);

	if (r < 0)
		return r;
	if (uid == UINT32_MAX || gid == UINT32_MAX)
		return -EINVAL;
	if (IPCNS_WITH_SHIM)
		sem_share_abandon(ns, rec);
	rec->perm.uid = uid;
	rec->perm.gid = gid;
	rec->perm.mode = (rec->perm.mode & ~0777u) | (mode & 0777);
	rec->ctime = ipc_now(ns).tv_sec;
	return 0;
}

int sem_ctl_rmid(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id)
{
	struct sem_record *rec;
	aref set;
	int r = obtain_control(ns, cred, id, &set, &rec);

	if (r < 0)
		return r;
	ids_remove(&sem_root_of(ns)->ids, &ns->sem_rec, set);
	sem_root_of(ns)->used_sems -= rec->nsems;
	sem_undo_drop_set(ns, rec);
	sem_fail_sleepers(ns, rec, NULL, -EIDRM);
	sem_destroy_record(ns, set);
	return 0;
}

/* semctl_main(): permission before the semaphore's number. */
int sem_ctl_get(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, int32_t semnum, int cmd)
{
	struct sem_record *rec;
	aref set;
	int r = sem_obtain(ns, id, &set, &rec);

	if (r == 0)
		r = ipc_perms(ns, cred, &rec->perm, 0444);
	if (r < 0)
		return r;
	if (semnum < 0 || (uint32_t)semnum >= rec->nsems)
		return -EINVAL;

	switch (cmd) {
	case GETVAL:
		return sem_values(ns, rec)[semnum].val;
	case GETPID:
		return (int)sem_values(ns, rec)[semnum].pid;
	case GETNCNT:
		return sem_count(ns, rec, (uint32_t)semnum, false);
	case GETZCNT:
		return sem_count(ns, rec, (uint32_t)semnum, true);
	default:
		return -EINVAL;
	}
}

/* semctl_setval(): the semaphore's number before permission. */
int sem_ctl_setval(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, int32_t semnum,
		   int32_t val)
{
	struct sem_record *rec;
	aref set;
	int r;

	if (id < 0)
		return -EINVAL;
	if (val < 0 || val > IPC_SEMVMX)
		return -ERANGE;
	r = sem_obtain(ns, id, &set, &rec);
	if (r < 0)
		return r;
	if (semnum < 0 || (uint32_t)semnum >= rec->nsems)
		return -EINVAL;
	r = ipc_perms(ns, cred, &rec->perm, 0222);
	if (r < 0)
		return r;

	sem_undo_clear(ns, rec, (uint32_t)semnum, 1);
	sem_values(ns, rec)[semnum] = (struct ipc_sem){.val = val, .pid = cred->tgid};
	rec->ctime = ipc_now(ns).tv_sec;
	sem_update(ns, rec, NULL, 0, false);
	return 0;
}

int sem_ctl_nsems(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, int cmd)
{
	struct sem_record *rec;
	aref set;
	int r = sem_obtain(ns, id, &set, &rec);

	if (r == 0)
		r = ipc_perms(ns, cred, &rec->perm, cmd == SETALL ? 0222 : 0444);
	return r < 0 ? r : (int)rec->nsems;
}

/* Between the halves of GETALL and SETALL the set may have gone, and that is EIDRM natively. */
static int obtain_again(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, int cmd,
			uint32_t n, struct sem_record **rec)
{
	aref set;
	int r = sem_ctl_nsems(ns, cred, id, cmd);

	if (r == -EACCES)
		return r;
	if (r < 0 || (uint32_t)r != n || sem_obtain(ns, id, &set, rec) < 0)
		return -EIDRM;
	return 0;
}

int sem_ctl_getall(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, uint16_t *vals,
		   uint32_t n)
{
	struct sem_record *rec;
	int r = obtain_again(ns, cred, id, GETALL, n, &rec);

	if (r < 0)
		return r;
	const struct ipc_sem *sems = sem_values(ns, rec);

	for (uint32_t i = 0; i < n; i++)
		vals[i] = (uint16_t)sems[i].val;
	return 0;
}

int sem_ctl_setall(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, const uint16_t *vals,
		   uint32_t n)
{
	struct sem_record *rec;
	int r;

	/* All values are looked at before the set is, again. */
	for (uint32_t i = 0; i < n; i++)
		if (vals[i] > IPC_SEMVMX)
			return -ERANGE;
	r = obtain_again(ns, cred, id, SETALL, n, &rec);
	if (r < 0)
		return r;

	struct ipc_sem *sems = sem_values(ns, rec);

	for (uint32_t i = 0; i < n; i++)
		sems[i] = (struct ipc_sem){.val = vals[i], .pid = cred->tgid};
	sem_undo_clear(ns, rec, 0, n);
	rec->ctime = ipc_now(ns).tv_sec;
	sem_update(ns, rec, NULL, 0, false);
	return 0;
}

bool sem_next(struct ipc_ns *ns, int32_t *idx, struct sem_stat *out)
{
	const struct ipc_ids *ids = &sem_root_of(ns)->ids;

	for (int32_t i = *idx; i >= 0 && i <= ids->max_idx; i++) {
		if (!ids->slot[i])
			continue;
		*idx = i;
		sem_share_freeze(ns, sem_record_of(ns, ids->slot[i]));
		fill_stat(sem_record_of(ns, ids->slot[i]), out);
		return true;
	}
	return false;
}
