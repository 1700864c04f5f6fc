/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection, and who may call. The bus's policy keeps others away already; that it does is not
 * relied on: a filter in front of all handlers asks who the sender is, as the bus knows it.
 */
#include "daemon/bus.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/ns_name.h"

#define RETRY_US 1000000u
/* The bus itself must answer within this; nothing of ours does. */
#define CALL_TIMEOUT_US 5000000u
#define GROUP "ipcnsd"

static int connect_bus(struct bus *b);

bool bus_is_reading(sd_bus_message *m)
{
	static const char *const methods[] = {"GetNamespace", "ListNamespaces", "ListObjects",
					      "DescribeObject"};
	static const char *const standard[] = {
		"org.freedesktop.DBus.Peer",
		"org.freedesktop.DBus.Introspectable",
		"org.freedesktop.DBus.ObjectManager",
	};
	const char *interface = sd_bus_message_get_interface(m);
	const char *member = sd_bus_message_get_member(m);

	for (size_t i = 0; interface && i < sizeof(standard) / sizeof(standard[0]); i++)
		if (strcmp(interface, standard[i]) == 0)
			return true;
	/* All properties can only be read. */
	if (interface && strcmp(interface, "org.freedesktop.DBus.Properties") == 0)
		return true;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (member && strcmp(member, methods[i]) == 0)
			return true;
	return false;
}

/* By the user's name, as the bus does it, not by what one process happens to have. */
static bool in_group(uid_t uid)
{
	gid_t groups[256];
	int n = 256;
	struct group *g = getgrnam(GROUP);
	gid_t gid = g ? g->gr_gid : (gid_t)-1;
	struct passwd *p = g ? getpwuid(uid) : NULL;

	if (!p || getgrouplist(p->pw_name, p->pw_gid, groups, &n) < 0)
		return false;
	for (int i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

static int refuse(sd_bus_message *m, const char *why)
{
	sd_bus_error e = SD_BUS_ERROR_NULL;

	(void)bus_error(&e, "AccessDenied", "%s", why);
	(void)sd_bus_reply_method_error(m, &e);
	sd_bus_error_free(&e);
	return 1;
}

/*
 * Who changes what is for the journal; who joins or looks at a mount is not worth a line for each run. Of
 * a namespace's own method the path tells the name, of the manager's the first argument.
 */
static void say_caller(sd_bus_message *m, pid_t pid, uid_t uid)
{
	static const char *const changing[] = {"CreateNamespace", "DestroyNamespace", "SetLimits",
					       "RemoveObject", "Destroy"};
	const char *method = sd_bus_message_get_member(m), *first = NULL;
	char *name = NULL;
	int level = LOG_DEBUG;

	for (size_t i = 0; method && i < sizeof(changing) / sizeof(changing[0]); i++)
		if (strcmp(method, changing[i]) == 0)
			level = LOG_INFO;
	if (sd_bus_path_decode(sd_bus_message_get_path(m), BUS_NS_PREFIX, &name) > 0)
		first = name;
	else if (sd_bus_message_has_signature(m, "s") || sd_bus_message_has_signature(m, "sa{sv}"))
		(void)sd_bus_message_read_basic(m, 's', &first);
	log_say(level,
		&(struct log_about){.ns = first && ns_name_valid(first) ? first : NULL, .pid = pid},
		"%s was called by process %d of user %u", method ? method : "?", (int)pid, uid);
	(void)sd_bus_message_rewind(m, true);
	free(name);
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	const struct bus *b = userdata;
	sd_bus_creds *creds = NULL;
	uid_t uid = (uid_t)-1;
	pid_t pid = 0;

	(void)e;
	if (!sd_bus_message_is_method_call(m, NULL, NULL))
		return 0;
	int r = sd_bus_query_sender_creds(m, SD_BUS_CREDS_EUID | SD_BUS_CREDS_PID, &creds);

	if (r >= 0)
		r = sd_bus_creds_get_euid(creds, &uid);
	if (r >= 0)
		(void)sd_bus_creds_get_pid(creds, &pid);
	sd_bus_creds_unref(creds);
	if (r < 0)
		return refuse(m, "the bus does not say who calls");
	if (uid == 0 || uid == b->own_uid) {
		if (!bus_is_reading(m))
			say_caller(m, pid, uid);
		return 0;
	}
	if (b->kind == BUS_USER)
		return refuse(m, "this is another user's service");
	if (!in_group(uid)) {
		log_say(LOG_NOTICE, NULL, "user %u is refused", uid);
		return refuse(m, "only root and the group " GROUP " may use this service");
	}
	return bus_is_reading(m) ? 0 : refuse(m, "only root may change anything");
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***nodes,
		     sd_bus_error *e)
{
	struct bus *b = userdata;
	size_t n = 0;

	(void)bus, (void)prefix, (void)e;
	for (struct ns_thread *ns = NULL; (ns = manager_next(b->manager, ns));)
		n++;
	*nodes = calloc(n + 1, sizeof(**nodes));
	if (!*nodes)
		return -ENOMEM;
	n = 0;
	for (struct ns_thread *ns = NULL; (ns = manager_next(b->manager, ns));)
		if (((*nodes)[n] = bus_path_of(ns->name)))
			n++;
	return 1;
}

static int find_namespace(sd_bus *bus, const char *path, const char *interface, void *userdata,
			  void **found, sd_bus_error *e)
{
	struct bus *b = userdata;
	char *name = NULL;
	int there = sd_bus_path_decode(path, BUS_NS_PREFIX, &name) > 0 &&
		    manager_find(b->manager, name);

	(void)bus, (void)interface, (void)e;
	free(name);
	*found = b;
	return there;
}

static void disconnect(struct bus *b)
{
	b->bus = sd_bus_flush_close_unref(b->bus);
}

static int on_retry(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct bus *b = userdata;
	int r = connect_bus(b);

	(void)s, (void)usec;
	if (r < 0) {
		if (b->failures++ == 0)
			log_say(LOG_WARNING, NULL, "cannot connect to the bus yet: %s",
				strerror(-r));
		(void)sd_event_source_set_time_relative(b->retry, RETRY_US);
		return sd_event_source_set_enabled(b->retry, SD_EVENT_ONESHOT);
	}
	b->failures = 0;
	log_say(LOG_NOTICE, NULL, "the bus is back");
	return 0;
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;

	(void)m, (void)e;
	log_say(LOG_WARNING, NULL,
		"the bus is gone; namespaces go on, and the name will be taken again");
	/* Not here: the bus is in use. */
	(void)sd_event_source_set_time_relative(b->retry, RETRY_US / 10);
	return sd_event_source_set_enabled(b->retry, SD_EVENT_ONESHOT);
}

static int open_connection(struct bus *b)
{
	int r;

	if (b->kind == BUS_USER)
		return sd_bus_open_user(&b->bus);
	if (b->kind == BUS_SYSTEM)
		return sd_bus_open_system(&b->bus);
	r = sd_bus_new(&b->bus);
	if (r >= 0)
		r = sd_bus_set_address(b->bus, b->address);
	if (r >= 0)
		r = sd_bus_set_bus_client(b->bus, 1);
	if (r >= 0)
		r = sd_bus_negotiate_fds(b->bus, 1);
	return r < 0 ? r : sd_bus_start(b->bus);
}

/* Who owns this connection, by the same numbers by which callers are told. */
static int find_own_uid(struct bus *b)
{
	sd_bus_creds *creds = NULL;
	const char *name;
	int r = sd_bus_get_unique_name(b->bus, &name);

	if (r >= 0)
		r = sd_bus_get_name_creds(b->bus, name, SD_BUS_CREDS_EUID, &creds);
	if (r >= 0)
		r = sd_bus_creds_get_euid(creds, &b->own_uid);
	sd_bus_creds_unref(creds);
	return r;
}

static int connect_bus(struct bus *b)
{
	int r;

	disconnect(b);
	r = open_connection(b);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(b->bus, CALL_TIMEOUT_US);
	if (r >= 0)
		r = find_own_uid(b);
	if (r >= 0)
		r = sd_bus_add_filter(b->bus, NULL, on_message, b);
	if (r >= 0)
		r = sd_bus_add_object_vtable(b->bus, NULL, BUS_PATH, BUS_MANAGER,
					     bus_manager_vtable, b);
	if (r >= 0)
		r = sd_bus_add_object_manager(b->bus, NULL, BUS_PATH);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(b->bus, NULL, BUS_NS_PREFIX, BUS_NAMESPACE,
					       bus_namespace_vtable, find_namespace, b);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(b->bus, NULL, BUS_NS_PREFIX, enumerate, b);
	if (r >= 0)
		r = sd_bus_match_signal(b->bus, NULL, "org.freedesktop.DBus.Local",
					"/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
					"Disconnected", on_disconnected, b);
	if (r >= 0)
		r = sd_bus_request_name(b->bus, BUS_NAME, 0);
	if (r >= 0)
		r = sd_bus_attach_event(b->bus, b->event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0) {
		disconnect(b);
		return r;
	}
	return 0;
}

static void on_started(void *ctx, struct ns_thread *ns)
{
	bus_started(ctx, ns);
}

static void on_failed(void *ctx, struct ns_thread *ns)
{
	bus_failed(ctx, ns);
}

static void on_removed(void *ctx, struct ns_thread *ns)
{
	struct bus *b = ctx;
	char *path = bus_path_of(ns->name);

	if (b->bus && path) {
		(void)sd_bus_emit_object_removed(b->bus, path);
		(void)sd_bus_emit_signal(b->bus, BUS_PATH, BUS_MANAGER, "NamespaceRemoved", "sto",
					 ns->name, ns->id, path);
	}
	free(path);
}

static void changed(struct bus *b, struct ns_thread *ns, const char *property)
{
	char *path = bus_path_of(ns->name);

	if (b->bus && path)
		(void)sd_bus_emit_properties_changed(b->bus, path, BUS_NAMESPACE, property, NULL);
	free(path);
}

static void on_usage_changed(void *ctx, struct ns_thread *ns)
{
	changed(ctx, ns, "Usage");
}

static void on_limits_changed(void *ctx, struct ns_thread *ns)
{
	changed(ctx, ns, "Limits");
}

int bus_open(struct bus *b, struct manager *m, sd_event *event, enum bus_kind kind,
	     const char *address)
{
	*b = (struct bus){.manager = m, .event = event, .kind = kind, .address = address};
	int r = sd_event_add_time_relative(event, &b->retry, CLOCK_MONOTONIC, 0, 0, on_retry, b);

	if (r >= 0)
		r = sd_event_source_set_enabled(b->retry, SD_EVENT_OFF);
	if (r >= 0)
		r = connect_bus(b);
	m->hooks[MANAGER_BUS] = (struct manager_hooks){
		.ctx = b,
		.started = on_started,
		.failed = on_failed,
		.removed = on_removed,
		.usage_changed = on_usage_changed,
		.limits_changed = on_limits_changed,
	};
	return r < 0 ? r : 0;
}

void bus_close(struct bus *b)
{
	sd_event_source_unref(b->retry);
	disconnect(b);
}
