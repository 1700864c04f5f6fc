/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making and ending namespaces, and telling of it. */
#include <errno.h>
#include <string.h>

#include "daemon/backing.h"
#include "daemon/log.h"
#include "daemon/manager_impl.h"

void manager_tell_started(struct manager *m, struct ns_thread *ns)
{
	for (int i = 0; i < MANAGER_HOOKS; i++)
		if (m->hooks[i].started)
			m->hooks[i].started(m->hooks[i].ctx, ns);
}

void manager_tell_failed(struct manager *m, struct ns_thread *ns)
{
	for (int i = 0; i < MANAGER_HOOKS; i++)
		if (m->hooks[i].failed)
			m->hooks[i].failed(m->hooks[i].ctx, ns);
}

void manager_tell_removed(struct manager *m, struct ns_thread *ns)
{
	for (int i = 0; i < MANAGER_HOOKS; i++)
		if (m->hooks[i].removed)
			m->hooks[i].removed(m->hooks[i].ctx, ns);
}

void manager_tell_usage(struct manager *m, struct ns_thread *ns)
{
	for (int i = 0; i < MANAGER_HOOKS; i++)
		if (m->hooks[i].usage_changed)
			m->hooks[i].usage_changed(m->hooks[i].ctx, ns);
}

void manager_tell_limits(struct manager *m, struct ns_thread *ns)
{
	for (int i = 0; i < MANAGER_HOOKS; i++)
		if (m->hooks[i].limits_changed)
			m->hooks[i].limits_changed(m->hooks[i].ctx, ns);
}

int manager_create(struct manager *m, const struct ns_wish *wish, struct ns_thread **out)
{
	struct settings all = m->config.defaults;
	struct ns_params p = {
		.name = wish->name,
		.parent = wish->parent,
		.state_dirfd = m->state_dirfd,
		.notify_fd = m->notify_fd,
		.settings = &all,
		.shared = &m->shared,
		.adopt_fd = wish->adopt_fd,
		.transient = wish->transient,
	};
	struct ns_thread *up, **tail = &m->list;

	if (!ns_name_valid(wish->name))
		return -EINVAL;
	if (manager_find_begun(m, wish->name))
		return -EEXIST;
	if (wish->parent[0]) {
		up = manager_find(m, wish->parent);
		if (!up)
			return -ENOENT;
		p.level = up->level + 1;
	}
	if (m->count >= m->config.max_namespaces)
		return -EUSERS;
	settings_merge(&all, wish->settings);
	p.id = m->next_id++;

	int r = ns_start(&p, out);

	if (r < 0)
		return r;
	while (*tail)
		tail = &(*tail)->next;
	*tail = *out;
	m->count++;
	return 0;
}

static bool has_children(struct manager *m, const struct ns_thread *ns)
{
	for (struct ns_thread *c = NULL; (c = manager_next(m, c));)
		if (strcmp(c->parent, ns->name) == 0)
			return true;
	return false;
}

/*
 * With its lock. @segments: remove those, too. A container's kernel namespace may have members that
 * are not ours, and outlive this one, so its limits are left alone.
 */
static void end(struct manager *m, struct ns_thread *ns, bool segments)
{
	/* First: who is told EIDRM must not find its segment there. */
	if (segments && backing_enter(ns->ipc_ns_fd) == 0) {
		struct settings none = {0};

		(void)settings_put(&none, SETTING_SHMMNI, 0);
		if (!ns->adopted)
			(void)settings_apply_backing(&none);
		backing_remove_all();
		backing_leave(m->home);
	}
	ns_end(ns);
	ns_unlock(ns);
	manager_tell_removed(m, ns);
	ns->state = NS_ENDING;
}

int manager_destroy(struct manager *m, struct ns_thread *ns)
{
	if (has_children(m, ns))
		return -EBUSY;
	int r = manager_lock(ns);

	if (r < 0)
		return r;
	log_say(LOG_INFO, &(struct log_about){.ns = ns->name}, "destroyed");
	end(m, ns, true);
	return 0;
}

void manager_end_idle(struct manager *m, struct ns_thread *ns)
{
	if (!ns->transient || ns->state != NS_RUNNING)
		return;
	ns->maybe_idle = true;
	/* A child's end brings us here again, and so does the timer. */
	if (has_children(m, ns))
		return;
	if (manager_lock(ns) < 0) {
		manager_arm_usage_timer(m);
		return;
	}
	ns->maybe_idle = false;
	if (ns_in_use(ns)) {
		ns_unlock(ns);
		return;
	}
	log_say(LOG_INFO, &(struct log_about){.ns = ns->name}, "ends: nobody is left in it");
	end(m, ns, !ns->adopted);
}

void manager_end_idle_ones(struct manager *m)
{
	for (struct ns_thread *ns = NULL; (ns = manager_next(m, ns));)
		if (ns->maybe_idle)
			manager_end_idle(m, ns);
}
