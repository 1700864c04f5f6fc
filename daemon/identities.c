/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Translations by seccomp/idmap.h and ipc/pids.h; nothing is remembered here. */
#include "daemon/identities.h"

#include <errno.h>

int server_pid_in(struct server *srv, uint32_t tgid, uint64_t pid_ns)
{
	return (int)(pid_ns == srv->own_pid_ns ? tgid : pids_show(&srv->ns, tgid, pid_ns));
}

static uint32_t show_id(struct server *srv, const struct task_ident *caller, enum idmap_kind kind,
			uint32_t id)
{
	return idmap_show(srv->idmap, kind, (pid_t)caller->cred.tid, caller->user_ns, id);
}

void server_show_perm(struct server *srv, const struct task_ident *caller,
		      struct kern_ipc_perm *perm)
{
	perm->uid = show_id(srv, caller, IDMAP_UID, perm->uid);
	perm->gid = show_id(srv, caller, IDMAP_GID, perm->gid);
	perm->cuid = show_id(srv, caller, IDMAP_UID, perm->cuid);
	perm->cgid = show_id(srv, caller, IDMAP_GID, perm->cgid);
}

int server_take_ids(struct server *srv, const struct task_ident *caller, uint32_t *uid,
		    uint32_t *gid)
{
	const pid_t tid = (pid_t)caller->cred.tid;
	const uint64_t ns = caller->user_ns;

	/* Both or none: an id that is not mapped is -1, which no object takes. */
	if (!idmap_take(srv->idmap, IDMAP_UID, tid, ns, *uid, uid) ||
	    !idmap_take(srv->idmap, IDMAP_GID, tid, ns, *gid, gid))
		return -EINVAL;
	return 0;
}

void server_note_user_ns(struct server *srv, pid_t tid, uint64_t user_ns)
{
	(void)idmap_has(srv->idmap, IDMAP_UID, tid, user_ns, 0);
}

void server_weigh(const struct server *srv, struct task_ident *who)
{
	if (srv->owner_user_ns)
		who->cred.caps = task_caps_over(who, srv->owner_user_ns);
}

static bool env_in_group(void *ctx, const struct ipc_cred *cred, uint32_t gid)
{
	return task_in_group(((struct server *)ctx)->probe, (pid_t)cred->tid, gid) > 0;
}

static bool env_maps(void *ctx, const struct ipc_cred *cred, uint32_t uid, uint32_t gid)
{
	struct server *srv = ctx;

	return idmap_has(srv->idmap, IDMAP_UID, (pid_t)cred->tid, cred->user_ns, uid) &&
	       idmap_has(srv->idmap, IDMAP_GID, (pid_t)cred->tid, cred->user_ns, gid);
}

static uint32_t env_purses(void *ctx, const struct ipc_cred *cred, struct ipc_purse *above,
			   uint32_t size)
{
	return task_purses(((struct server *)ctx)->probe, (pid_t)cred->tid, above, size);
}

static int hook_identify(void *ctx, pid_t tid, struct ipc_cred *out)
{
	struct server *srv = ctx;
	struct task_ident ident;
	int r = task_identify(srv->probe, tid, -1, &ident);

	if (r == 0) {
		server_weigh(srv, &ident);
		*out = ident.cred;
	}
	return r;
}

static int hook_rlimit(void *ctx, pid_t tid, uint64_t *soft)
{
	(void)ctx;
	return task_rlimit_msgqueue(tid, soft);
}

static void hook_reader(void *ctx, pid_t tid, struct ipcns_fuse_reader *out)
{
	struct server *srv = ctx;
	struct task_ident ident;

	if (task_identify(srv->probe, tid, -1, &ident) < 0)
		return;
	out->user_ns = ident.user_ns;
	out->pid_ns = ident.pid_ns;
	server_note_user_ns(srv, tid, ident.user_ns);
}

static uint32_t hook_pid(void *ctx, uint32_t tgid, const struct ipcns_fuse_reader *who)
{
	return who->pid_ns ? (uint32_t)server_pid_in(ctx, tgid, who->pid_ns) : 0;
}

static uint32_t hook_id(struct server *srv, enum idmap_kind kind, uint32_t id,
			const struct ipcns_fuse_reader *who)
{
	return who->user_ns ? idmap_show(srv->idmap, kind, who->tid, who->user_ns, id) : id;
}

static uint32_t hook_uid(void *ctx, uint32_t uid, const struct ipcns_fuse_reader *who)
{
	return hook_id(ctx, IDMAP_UID, uid, who);
}

static uint32_t hook_gid(void *ctx, uint32_t gid, const struct ipcns_fuse_reader *who)
{
	return hook_id(ctx, IDMAP_GID, gid, who);
}

void identities_env(struct ipc_env *env)
{
	env->in_group = env_in_group;
	env->maps = env_maps;
	env->purses = env_purses;
}

void identities_hooks(struct ipcns_fuse_hooks *hooks)
{
	hooks->identify = hook_identify;
	hooks->rlimit_msgqueue = hook_rlimit;
	hooks->reader = hook_reader;
	hooks->pid_for_reader = hook_pid;
	hooks->uid_for_reader = hook_uid;
	hooks->gid_for_reader = hook_gid;
}
