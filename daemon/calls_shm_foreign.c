/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shmget, shmat, shmdt, shmctl of callers who are in another kernel IPC namespace than the one that
 * holds the segments (daemon/foreign_shm.h). The kernel does these calls for us, who are inside; what is
 * to be decided by who calls is decided here, in the kernel's order: ipcget_public(), shmctl_stat(),
 * shmctl_down(), shmctl_do_lock(), do_shmat() of ipc/util.c and ipc/shm.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/shm.h>
#include <unistd.h>

#include "daemon/backing.h"
#include "daemon/calls.h"
#include "daemon/foreign_shm.h"
#include "ipc/perm.h"

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif
#ifndef SHM_NORESERVE
#define SHM_NORESERVE 010000
#endif
#ifndef SHM_HUGETLB
#define SHM_HUGETLB 04000
#endif

/* SHM_HUGE_MASK at SHM_HUGE_SHIFT: which size of huge pages. */
#define HUGE_SIZE_BITS (0x3fu << 26)

#define PAGE UINT64_C(4096)

static const struct ipc_cred *cred(const struct call_ctx *c)
{
	return &c->slot->cred;
}

static int perms(const struct call_ctx *c, const struct shm_stat *st, uint32_t flag)
{
	return ipc_perms(&c->srv->ns, cred(c), &st->perm, flag);
}

/* ns_capable() of the namespace's owner; what is held in the initial user namespace counts, too. */
static bool has_lock_cap(const struct call_ctx *c)
{
	const uint64_t owner = c->srv->owner_user_ns ? c->srv->owner_user_ns : c->srv->own_user_ns;

	return (c->ident.effective >> CAP_IPC_LOCK & 1) &&
	       (c->ident.user_ns == owner || c->ident.user_ns == c->srv->own_user_ns);
}

/* Where it cannot be asked, there is none: the kernel looks at ours all the same. */
static uint64_t memlock_limit(const struct call_ctx *c)
{
	uint64_t limit;

	return task_rlimit_memlock((pid_t)cred(c)->tgid, &limit) < 0 ? UINT64_MAX : limit;
}

/* ---- shmget ---- */

/* can_do_hugetlb_shm(), which the kernel asks of us, after it has looked at the size. */
static bool may_have_huge(const struct call_ctx *c)
{
	uint32_t gid = UINT32_MAX;
	FILE *f;

	if ((c->ident.effective >> CAP_IPC_LOCK & 1) && c->ident.user_ns == c->srv->own_user_ns)
		return true;
	f = fopen("/proc/sys/vm/hugetlb_shm_group", "re");
	if (f && fscanf(f, "%u", &gid) != 1)
		gid = UINT32_MAX;
	if (f)
		fclose(f);
	return gid != UINT32_MAX && ipc_in_group(&c->srv->ns, cred(c), gid);
}

static int make(struct call_ctx *c, int32_t key, uint64_t size, int32_t flg)
{
	const struct kern_ipc_perm perm = {
		.key = key, .uid = cred(c)->euid, .gid = cred(c)->egid, .mode = (uint32_t)flg};
	const bool refused = (flg & SHM_HUGETLB) && !may_have_huge(c);
	int id = shm_check_quota(c);

	if (id < 0)
		return id;
	id = backing_make_segment(
		&perm, size, (int)((uint32_t)flg & (SHM_HUGETLB | SHM_NORESERVE | HUGE_SIZE_BITS)));
	if (id < 0)
		return refused && id == -ENOMEM ? -EPERM : id;
	if (refused) {
		(void)backing_remove(id);
		return -EPERM;
	}
	foreign_made(c->srv->foreign, id, cred(c));
	server_usage_change(c->srv);
	return id;
}

static int get(struct call_ctx *c)
{
	const int32_t key = (int32_t)c->call.args[0], flg = (int32_t)c->call.args[2];
	const uint64_t size = c->call.args[1];
	struct shm_stat st;

	for (int tries = 0; tries < 16; tries++) {
		int id = key == IPC_PRIVATE ? -ENOENT : backing_find(key);

		if (id < 0) {
			if (key != IPC_PRIVATE && !(flg & IPC_CREAT))
				return -ENOENT;
			id = make(c, key, size, flg);
			if (id == -EEXIST && key != IPC_PRIVATE)
				continue; /* a member was faster */
			return id;
		}
		if ((flg & IPC_CREAT) && (flg & IPC_EXCL))
			return -EEXIST;
		if (foreign_stat(c->srv->foreign, id, false, &st) < 0)
			continue;
		if (st.size < size)
			return -EINVAL;

		int r = perms(c, &st, (uint32_t)flg);

		return r < 0 ? r : id;
	}
	return -ENOENT;
}

/* ---- shmctl ---- */

static int ctl_info(struct call_ctx *c)
{
	struct shm_limits info;
	struct abi_bytes b;
	int max = backing_limits(&info);

	if (max < 0)
		return max;
	abi_put_shminfo(c->call.abi, &info, &b);
	int r = call_put(c, c->call.args[2], &b);
	return r < 0 ? r : max;
}

static int ctl_usage(struct call_ctx *c)
{
	struct shm_usage info;
	struct abi_bytes b;
	int max = backing_usage(&info);

	if (max < 0)
		return max;
	abi_put_shm_info(c->call.abi, &info, &b);
	int r = call_put(c, c->call.args[2], &b);
	return r < 0 ? r : max;
}

static int ctl_stat(struct call_ctx *c, int cmd)
{
	struct shm_stat st;
	struct abi_bytes b;
	int id = foreign_stat(c->srv->foreign, (int32_t)c->call.args[0], cmd != IPC_STAT, &st);
	int r = id < 0 ? id : 0;

	if (r == 0 && cmd != SHM_STAT_ANY)
		r = perms(c, &st, 0444);
	if (r < 0)
		return r;
	server_show_perm(c->srv, &c->ident, &st.perm);
	abi_put_shmid_ds(c->call.abi, &st, server_pid_in(c->srv, st.cpid, c->ident.pid_ns),
			 server_pid_in(c->srv, st.lpid, c->ident.pid_ns), &b);
	r = call_put(c, c->call.args[2], &b);
	return r < 0 ? r : cmd == IPC_STAT ? 0 : id;
}

/* Who may change it: ipcctl_obtain_check(). */
static int obtain(struct call_ctx *c, struct shm_stat *st)
{
	int r = foreign_stat(c->srv->foreign, (int32_t)c->call.args[0], false, st);

	return r < 0 ? r : ipc_may_control(cred(c), &st->perm);
}

static int ctl_set(struct call_ctx *c)
{
	struct abi_ipc_set set;
	struct abi_bytes b;
	struct shm_stat st;
	int r = call_get(c, c->call.args[2], &b, abi_sizeof_shmid_ds(c->call.abi));

	if (r < 0)
		return r;
	abi_get_shmid_ds(c->call.abi, &b, &set);
	r = obtain(c, &st);
	if (r == 0)
		r = server_take_ids(c->srv, &c->ident, &set.uid, &set.gid);
	if (r < 0)
		return r;

	st.perm.uid = set.uid;
	st.perm.gid = set.gid;
	st.perm.mode = set.mode;
	return backing_set((int32_t)c->call.args[0], &st.perm);
}

static int ctl_rmid(struct call_ctx *c)
{
	struct shm_stat st;
	int r = obtain(c, &st);

	if (r < 0)
		return r;
	server_usage_change(c->srv);
	return foreign_remove(c->srv->foreign, (int32_t)c->call.args[0]);
}

/*
 * What is locked is counted for us. The caller's own limit is looked at for this segment alone: what else
 * its user has locked nobody tells.
 */
static int ctl_lock(struct call_ctx *c, int cmd)
{
	struct shm_stat st;
	int r = foreign_stat(c->srv->foreign, (int32_t)c->call.args[0], false, &st);

	if (r < 0)
		return r;
	if (!has_lock_cap(c)) {
		if (cred(c)->euid != st.perm.uid && cred(c)->euid != st.perm.cuid)
			return -EPERM;

		const uint64_t limit = cmd == SHM_LOCK ? memlock_limit(c) : UINT64_MAX;

		if (limit == 0)
			return -EPERM;
		if (!(st.perm.mode & SHM_LOCKED) && limit < ((st.size + PAGE - 1) & ~(PAGE - 1)))
			return -ENOMEM;
	}
	return backing_lock((int32_t)c->call.args[0], cmd == SHM_LOCK);
}

static int ctl(struct call_ctx *c)
{
	const int cmd = (int)c->call.args[1];

	if (cmd < 0 || (int32_t)c->call.args[0] < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
		return ctl_info(c);
	case SHM_INFO:
		return ctl_usage(c);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		return ctl_stat(c, cmd);
	case IPC_SET:
		return ctl_set(c);
	case IPC_RMID:
		return ctl_rmid(c);
	case SHM_LOCK:
	case SHM_UNLOCK:
		return ctl_lock(c, cmd);
	}
	return -EINVAL;
}

/* ---- shmat, shmdt ---- */

/* do_shmat() before it looks for the segment. */
static int attach_address(uint64_t *addr, int32_t flg)
{
	if (!*addr)
		return flg & SHM_REMAP ? -EINVAL : 0;
	if (*addr & (PAGE - 1)) {
		if (!(flg & SHM_RND))
			return -EINVAL;
		*addr &= ~(PAGE - 1);
		if (!*addr && (flg & SHM_REMAP))
			return -EINVAL;
	}
	return 0;
}

/* With a descriptor of its own: an injector may outlive the listener's. */
static enum call_next submit(struct call_ctx *c, enum slot_op op)
{
	struct ipc_slot *s = c->slot;
	int fd = fcntl(server_listener_fd(c->srv, s), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	s->u.shm.listener = fd;
	s->op = op;
	s->state = SLOT_SENDING;
	if (fd >= 0 && foreign_submit(c->srv->foreign, s) == 0)
		return CALL_PARKED;
	s->op = SLOT_NONE;
	if (fd >= 0)
		close(fd);
	if (op == SLOT_SHM_ATTACH)
		foreign_abandon(c->srv->foreign, s->u.shm.id, s->u.shm.fd);
	return call_result(c, -ENOMEM);
}

static enum call_next attach(struct call_ctx *c)
{
	const int32_t id = (int32_t)c->call.args[0], flg = (int32_t)c->call.args[2];
	uint64_t addr = c->call.args[1];
	uint32_t mode = flg & SHM_RDONLY ? 0444 : 0666;
	struct shm_stat st;
	int r = id < 0 ? -EINVAL : attach_address(&addr, flg);

	if (r == 0)
		r = foreign_stat(c->srv->foreign, id, false, &st);
	if (r >= 0)
		r = perms(c, &st, flg & SHM_EXEC ? mode | 0111 : mode);
	if (r == 0 && addr && !(flg & SHM_REMAP) && addr + st.size < addr)
		r = -EINVAL;
	if (r >= 0)
		r = foreign_attach(c->srv->foreign, id, flg & SHM_RDONLY);
	if (r < 0)
		return call_result(c, r);
	c->slot->u.shm.addr = addr;
	c->slot->u.shm.fixed = c->call.args[1] != 0;
	c->slot->u.shm.size = st.size;
	c->slot->u.shm.result_at = c->call.multiplexed ? c->call.args[3] : 0;
	c->slot->u.shm.id = id;
	c->slot->u.shm.flags = flg;
	c->slot->u.shm.fd = r;
	return submit(c, SLOT_SHM_ATTACH);
}

static enum call_next detach(struct call_ctx *c)
{
	const uint64_t addr = c->call.args[0];

	if (addr & (PAGE - 1))
		return call_result(c, -EINVAL);
	c->slot->u.shm.addr = addr;
	c->slot->u.shm.result_at = 0;
	return submit(c, SLOT_SHM_DETACH);
}

enum call_next calls_shm_foreign(struct call_ctx *c)
{
	foreign_begin(c->srv->foreign);
	switch (c->call.nr) {
	case CALL_SHMGET:
		return call_result(c, get(c));
	case CALL_SHMCTL:
		return call_result(c, ctl(c));
	case CALL_SHMAT:
		return attach(c);
	default:
		return detach(c);
	}
}
