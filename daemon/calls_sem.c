/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * semget, semop, semtimedop, semctl: arguments and memory, with errors in the order in which
 * ipc/sem.c finds them. Before a set with undo entries is looked at, the processes that hold them
 * are asked whether they live: natively an exit's undo is visible when waitpid(2) returns.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include "daemon/calls.h"
#include "daemon/holders.h"
#include "ipc/config.h"

_Static_assert(sizeof(struct sembuf) == 6, "sembuf");

static void settle_undo(struct call_ctx *c, int32_t semid)
{
	if (holders_any(c->srv->holders) &&
	    (c->slot->u.sem.undo || sem_set_has_undo(&c->srv->ns, semid)))
		holders_check(c->srv->holders);
}

enum call_next calls_semget(struct call_ctx *c)
{
	return call_result(c, sem_get(&c->srv->ns, &c->slot->cred, (int32_t)c->call.args[0],
				      (int32_t)c->call.args[1], (int32_t)c->call.args[2]));
}

/* A relative timeout becomes a moment; one too far to be told never comes. */
static uint64_t deadline_after(const struct timespec *rel)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (rel->tv_sec > INT64_MAX / 4000000000)
		return 0;
	return ((uint64_t)now.tv_sec + (uint64_t)rel->tv_sec) * 1000000000u +
	       (uint64_t)now.tv_nsec + (uint64_t)rel->tv_nsec;
}

static int fetch_sops(struct call_ctx *c, uint64_t addr, uint32_t n)
{
	struct ipc_slot *s = c->slot;
	struct arena *calls = &c->srv->ns.calls;
	struct sembuf in[16], *raw = in;
	int r;

	/* kvmalloc() refuses more than INT_MAX bytes. */
	if (n > INT_MAX / sizeof(*raw))
		return -ENOMEM;
	if (n > sizeof(in) / sizeof(in[0])) {
		raw = malloc(n * sizeof(*raw));
		if (!raw)
			return -ENOMEM;
	}
	r = call_copy_in(c, addr, raw, n * sizeof(*raw));
	if (r == 0 && arena_alloc(calls, n * sizeof(struct ipc_sembuf), &s->u.sem.sops) < 0)
		r = -ENOMEM;
	if (r == 0) {
		struct ipc_sembuf *sops = arena_ptr(calls, s->u.sem.sops);

		for (uint32_t i = 0; i < n; i++) {
			sops[i] = (struct ipc_sembuf){
				.num = raw[i].sem_num,
				.op = raw[i].sem_op,
				.flg = raw[i].sem_flg,
			};
			s->u.sem.undo |= (raw[i].sem_flg & SEM_UNDO) != 0;
		}
		s->u.sem.nsops = n;
	}
	if (raw != in)
		free(raw);
	return r;
}

static void drop_sops(struct call_ctx *c)
{
	struct ipc_slot *s = c->slot;

	arena_free(&c->srv->ns.calls, s->u.sem.sops, s->u.sem.nsops * sizeof(struct ipc_sembuf));
	s->u.sem.sops = 0;
}

enum call_next calls_semtimedop(struct call_ctx *c)
{
	struct ipc_slot *s = c->slot;
	int32_t semid = (int32_t)c->call.args[0];
	uint32_t nsops = (uint32_t)c->call.args[2];
	uint64_t utimeout = c->call.args[3];
	struct abi_bytes b;
	struct timespec ts = {0};
	int r, ts_valid = 0;

	if (utimeout) {
		r = call_get(c, utimeout, &b, abi_sizeof_timespec(c->call.abi));
		if (r < 0)
			return call_result(c, r);
		ts_valid = abi_get_timespec(c->call.abi, &b, &ts);
	}
	/* Compared unsigned: a negative semopm is no limit. */
	if (nsops > (uint32_t)ipc_limits(&c->srv->ns)->semopm)
		return call_result(c, -E2BIG);
	if (nsops < 1)
		return call_result(c, -EINVAL);
	r = fetch_sops(c, c->call.args[1], nsops);
	if (r < 0)
		return call_result(c, r);
	if (semid < 0 || ts_valid < 0) {
		drop_sops(c);
		return call_result(c, -EINVAL);
	}
	if (utimeout) {
		s->clock = CLOCK_MONOTONIC;
		s->deadline_ns = deadline_after(&ts);
	}
	settle_undo(c, semid);
	if (s->u.sem.undo) {
		s->undo = holders_identity(&c->ident);
		r = holders_add(c->srv->holders, &c->ident);
		if (r < 0) {
			drop_sops(c);
			/* Of ours, not of the caller's, there may be no descriptor left. */
			return call_result(c, r == -ESRCH ? r : -ENOMEM);
		}
	}
	r = sem_op(&c->srv->ns, s, semid);
	if (IPCNS_WITH_SHIM && (r == 0 || r == -EAGAIN))
		calls_offer_sem(c, semid);
	return call_outcome(c, r);
}

static int ctl_info(struct call_ctx *c, int cmd)
{
	struct sem_info info;
	struct abi_bytes b;
	int max = sem_ctl_info(&c->srv->ns, cmd, &info);

	if (max < 0)
		return max;
	abi_put_seminfo(c->call.abi, &info, &b);
	int r = call_put(c, c->call.args[3], &b);
	return r < 0 ? r : max;
}

static int ctl_stat(struct call_ctx *c, int32_t semid, int cmd)
{
	struct sem_stat st;
	struct abi_bytes b;
	int ret = sem_ctl_stat(&c->srv->ns, &c->slot->cred, semid, cmd, &st);

	if (ret < 0)
		return ret;
	server_show_perm(c->srv, &c->ident, &st.perm);
	abi_put_semid_ds(c->call.abi, &st, &b);
	int r = call_put(c, c->call.args[3], &b);
	return r < 0 ? r : ret;
}

static int ctl_set(struct call_ctx *c, int32_t semid)
{
	struct abi_ipc_set set;
	struct abi_bytes b;
	int r = call_get(c, c->call.args[3], &b, abi_sizeof_semid_ds(c->call.abi));

	if (r < 0)
		return r;
	abi_get_semid_ds(c->call.abi, &b, &set);
	if (server_take_ids(c->srv, &c->ident, &set.uid, &set.gid) < 0)
		set.uid = UINT32_MAX; /* found after the permission to change them */
	return sem_ctl_set(&c->srv->ns, &c->slot->cred, semid, set.uid, set.gid, set.mode);
}

static int ctl_all(struct call_ctx *c, int32_t semid, int cmd)
{
	struct ipc_ns *ns = &c->srv->ns;
	const struct ipc_cred *cred = &c->slot->cred;
	int n = sem_ctl_nsems(ns, cred, semid, cmd);

	if (n < 0)
		return n;
	uint16_t *vals = calloc((size_t)n, sizeof(*vals));

	if (!vals)
		return -ENOMEM;
	int r;
	if (cmd == GETALL) {
		r = sem_ctl_getall(ns, cred, semid, vals, (uint32_t)n);
		if (r == 0)
			r = call_copy_out(c, c->call.args[3], vals, (size_t)n * sizeof(*vals));
	} else {
		r = call_copy_in(c, c->call.args[3], vals, (size_t)n * sizeof(*vals));
		if (r == 0)
			r = sem_ctl_setall(ns, cred, semid, vals, (uint32_t)n);
	}
	free(vals);
	return r;
}

/*
 * i386's semctl(2) with an IPC_64 that only ipc(2) would have taken out of the command:
 * compat_ksys_semctl() looks past it, its helpers compare the whole command and know none of these.
 * semctl_setval() does not look at it.
 */
static int ctl_strange(struct call_ctx *c, int32_t semid, int32_t semnum, int cmd)
{
	struct ipc_ns *ns = &c->srv->ns;
	const struct ipc_cred *cred = &c->slot->cred;
	struct abi_bytes b;
	struct sem_stat st;
	int r;

	switch (cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return ctl_info(c, IPC_INFO);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		r = sem_ctl_stat(ns, cred, semid, IPC_STAT, &st);
		if (r == 0)
			r = ctl_stat(c, semid, IPC_STAT);
		return r < 0 ? r : st.perm.id;
	case GETALL:
	case SETALL:
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
		r = sem_ctl_nsems(ns, cred, semid, GETALL);
		return r < 0 ? r : -EINVAL;
	case SETVAL:
		return sem_ctl_setval(ns, cred, semid, semnum, (int32_t)c->call.args[3]);
	case IPC_SET:
		r = call_get(c, c->call.args[3], &b, abi_sizeof_semid_ds(c->call.abi));
		return r < 0 ? r : -EINVAL;
	}
	return -EINVAL;
}

enum call_next calls_semctl(struct call_ctx *c)
{
	struct ipc_ns *ns = &c->srv->ns;
	const struct ipc_cred *cred = &c->slot->cred;
	int32_t semid = (int32_t)c->call.args[0], semnum = (int32_t)c->call.args[1];
	int cmd = (int)c->call.args[2];

	if (semid < 0)
		return call_result(c, -EINVAL);
	settle_undo(c, semid);
	if (c->call.cmd_has_ipc_64)
		return call_result(c, ctl_strange(c, semid, semnum, cmd));
	switch (cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return call_result(c, ctl_info(c, cmd));
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return call_result(c, ctl_stat(c, semid, cmd));
	case GETALL:
	case SETALL:
		return call_result(c, ctl_all(c, semid, cmd));
	case GETVAL:
	case GETNCNT:
	case GETZCNT:
		return call_result(c, sem_ctl_get(ns, cred, semid, semnum, cmd));
	case GETPID: {
		int pid = sem_ctl_get(ns, cred, semid, semnum, cmd);

		return call_result(c, pid < 0 ? pid : server_pid_in(c->srv, (uint32_t)pid, c->ident.pid_ns));
	}
	case SETVAL:
		return call_result(c, sem_ctl_setval(ns, cred, semid, semnum,
						     (int32_t)c->call.args[3]));
	case IPC_SET:
		return call_result(c, ctl_set(c, semid));
	case IPC_RMID:
		return call_result(c, sem_ctl_rmid(ns, cred, semid));
	}
	return call_result(c, -EINVAL);
}
