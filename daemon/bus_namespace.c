/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * org.ipcnsd.Namespace1. @userdata of every handler is the struct bus; which namespace is meant the
 * path says, anew each time, because a namespace can go while a call to it is on its way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bus.h"

static struct ns_thread *find_by_path(struct bus *b, const char *path)
{
	char *name = NULL;
	struct ns_thread *ns = NULL;

	if (sd_bus_path_decode(path, BUS_NS_PREFIX, &name) > 0)
		ns = manager_find(b->manager, name);
	free(name);
	return ns;
}

static struct ns_thread *find_of(struct bus *b, sd_bus_message *m)
{
	return find_by_path(b, sd_bus_message_get_path(m));
}

static int no_such(sd_bus_error *e)
{
	return bus_error(e, "NoSuchNamespace", "the namespace has gone");
}

static int append_object(void *ctx, const struct object *o)
{
	return sd_bus_message_append(ctx, "(ssiuuuttt)", families_name(o->family), o->id, o->key,
				     o->uid, o->gid, o->mode, o->bytes, o->count, o->waiting);
}

static int take_family(sd_bus_message *m, sd_bus_error *e, bool all, int *f)
{
	const char *name;
	int r = sd_bus_message_read_basic(m, 's', &name);

	if (r < 0)
		return r;
	*f = all && !name[0] ? -1 : families_find(name);
	if (*f == -ENOENT)
		return bus_error(e, "InvalidFamily", "'%.50s' is not msg, sem, shm or mqueue%s",
				 name, all ? ", nor empty for all" : "");
	return *f >= 0 && families_left_out(*f) ? bus_error_left_out(e, families_left_out(*f)) : 0;
}

static int on_list_objects(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;
	struct ns_thread *ns = find_of(b, m);
	sd_bus_message *reply = NULL;
	int f, r = take_family(m, e, true, &f);

	if (r < 0)
		return r;
	if (!ns)
		return no_such(e);
	r = sd_bus_message_new_method_return(m, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(ssiuuuttt)");
	if (r >= 0) {
		r = manager_walk(b->manager, ns, f, append_object, reply);
		if (r < 0)
			r = bus_error_errno(e, ns->name, r);
	}
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

struct search {
	const char *id;
	struct object found;
};

static int match(void *ctx, const struct object *o)
{
	struct search *s = ctx;

	if (strcmp(o->id, s->id) != 0)
		return 0;
	s->found = *o;
	return -EEXIST; /* ends the walk */
}

static int no_such_object(sd_bus_error *e, const char *ns, int f, const char *id)
{
	return bus_error(e, "NoSuchObject", "namespace '%s' has no %s object '%.100s'", ns,
			 families_name(f), id);
}

static int on_describe(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;
	struct ns_thread *ns = find_of(b, m);
	struct search s;
	int f, r = take_family(m, e, false, &f);

	if (r >= 0)
		r = sd_bus_message_read_basic(m, 's', &s.id);
	if (r < 0)
		return r;
	if (!ns)
		return no_such(e);
	r = manager_walk(b->manager, ns, f, match, &s);
	if (r == 0)
		return no_such_object(e, ns->name, f, s.id);
	if (r != -EEXIST)
		return bus_error_errno(e, ns->name, r);

	const struct object *o = &s.found;

	return sd_bus_reply_method_return(m, "a{sv}", 10, "Family", "s", families_name(f), "Id",
					  "s", o->id, "Key", "i", o->key, "Uid", "u", o->uid, "Gid",
					  "u", o->gid, "Mode", "u", o->mode, "Bytes", "t", o->bytes,
					  "Count", "t", o->count, "Waiting", "t", o->waiting,
					  "Changed", "x", o->changed);
}

static int on_remove(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;
	struct ns_thread *ns = find_of(b, m);
	const char *id;
	int f, r = take_family(m, e, false, &f);

	if (r >= 0)
		r = sd_bus_message_read_basic(m, 's', &id);
	if (r < 0)
		return r;
	if (!ns)
		return no_such(e);
	r = manager_remove(b->manager, ns, f, id);
	if (r == -ENOENT)
		return no_such_object(e, ns->name, f, id);
	return r < 0 ? bus_error_errno(e, ns->name, r) : sd_bus_reply_method_return(m, NULL);
}

static int on_set_limits(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;
	struct ns_thread *ns = find_of(b, m);
	struct settings s;
	int r = bus_take_settings(m, &s, NULL, e);

	if (r < 0)
		return r;
	if (!ns)
		return no_such(e);
	r = manager_set(b->manager, ns, &s);
	if (r == -EACCES || r == -EPERM)
		return bus_error(e, "AccessDenied",
				 "namespace '%s': shmmax, shmall, shmmni and shm_rmid_forced are "
				 "the kernel's, "
				 "which lets only root of their user namespace set them; a quota "
				 "does as much",
				 ns->name);
	return r < 0 ? bus_error_errno(e, ns->name, r) : sd_bus_reply_method_return(m, NULL);
}

static int on_destroy(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;
	struct ns_thread *ns = find_of(b, m);

	if (!ns)
		return no_such(e);
	int r = manager_destroy(b->manager, ns);

	return r < 0 ? bus_error_errno(e, ns->name, r) : sd_bus_reply_method_return(m, NULL);
}

static int get_property(sd_bus *bus, const char *path, const char *interface, const char *property,
			sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;
	struct ns_thread *ns = find_by_path(b, path);
	struct settings limits;
	struct usage usage;

	(void)bus, (void)interface;
	if (!ns)
		return no_such(e);
	if (strcmp(property, "Name") == 0)
		return sd_bus_message_append(reply, "s", ns->name);
	if (strcmp(property, "Id") == 0)
		return sd_bus_message_append(reply, "t", ns->id);
	if (strcmp(property, "Parent") == 0)
		return sd_bus_message_append(reply, "s", ns->parent);
	if (strcmp(property, "Level") == 0)
		return sd_bus_message_append(reply, "u", ns->level);
	if (strcmp(property, "IpcNamespace") == 0)
		return sd_bus_message_append(reply, "t", ns->srv.backing_ipc_ns);
	/* One that does not answer shows what it had: a list of all must not fail for one. */
	if (strcmp(property, "Limits") == 0) {
		(void)manager_look(b->manager, ns, &limits, NULL);
		return bus_put_settings(reply, &limits);
	}
	(void)manager_look(b->manager, ns, NULL, &usage);
	return bus_put_usage(reply, &usage);
}

const sd_bus_vtable bus_namespace_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Name", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Id", "t", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Parent", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Level", "u", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("IpcNamespace", "t", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Limits", "a{st}", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Usage", "a{st}", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_METHOD_WITH_ARGS("ListObjects", SD_BUS_ARGS("s", family),
				SD_BUS_RESULT("a(ssiuuuttt)", objects), on_list_objects,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("DescribeObject", SD_BUS_ARGS("s", family, "s", id),
				SD_BUS_RESULT("a{sv}", object), on_describe,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("SetLimits", SD_BUS_ARGS("a{sv}", limits), SD_BUS_NO_RESULT,
				on_set_limits, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("RemoveObject", SD_BUS_ARGS("s", family, "s", id), SD_BUS_NO_RESULT,
				on_remove, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Destroy", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_destroy,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};
