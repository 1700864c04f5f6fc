/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * org.ipcnsd.Manager1. Arguments are checked here; what can be wrong otherwise the manager tells by
 * errno. Only CreateNamespace is answered later: its namespace's thread has to come up first.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/bus.h"
#include "fuse/mount.h"
#include "ipc/config.h"
#include "seccomp/listener.h"

/* The namespace that the first argument names, or NULL with @e set. */
static struct ns_thread *take_namespace(struct bus *b, sd_bus_message *m, sd_bus_error *e, int *r)
{
	const char *name;
	struct ns_thread *ns;

	*r = sd_bus_message_read_basic(m, 's', &name);
	if (*r < 0)
		return NULL;
	if (!ns_name_valid(name)) {
		*r = bus_error(e, "InvalidName", "'%.100s' is no namespace name", name);
		return NULL;
	}
	ns = manager_find(b->manager, name);
	if (!ns)
		*r = bus_error(e, "NoSuchNamespace", "there is no namespace '%s'", name);
	return ns;
}

static int create_error(sd_bus_error *e, const char *name, const char *parent, int r)
{
	switch (-r) {
	case EINVAL:
		return bus_error(e, "InvalidName",
				 "'%.100s' is no namespace name: 1 to 64 of a-z A-Z 0-9 . _ -, not "
				 "beginning with . or -",
				 name);
	case EEXIST:
		return bus_error(e, "NamespaceExists", "there is a namespace '%s' already", name);
	case ENOENT:
		return bus_error(e, "NoSuchNamespace", "there is no namespace '%s', the parent",
				 parent);
	case EUSERS:
		return bus_error(e, "TooManyNamespaces",
				 "there are as many namespaces as MaxNamespaces allows");
	default:
		return bus_error(e, "Failed", "cannot make namespace '%s': %s", name, strerror(-r));
	}
}

static int on_create(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;
	char parent[NS_NAME_MAX + 1];
	struct settings settings;
	struct ns_thread *ns;
	const char *name;
	int r = sd_bus_message_read_basic(m, 's', &name);

	if (r >= 0)
		r = bus_take_settings(m, &settings, parent, e);
	if (r < 0)
		return r;
	r = manager_create(
		b->manager,
		&(struct ns_wish){
			.name = name, .parent = parent, .settings = &settings, .adopt_fd = -1},
		&ns);
	if (r < 0)
		return create_error(e, name, parent, r);
	ns->request = sd_bus_message_ref(m);
	return 1;
}

void bus_started(struct bus *b, struct ns_thread *ns)
{
	char *path = bus_path_of(ns->name);

	if (b->bus && path) {
		(void)sd_bus_emit_object_added(b->bus, path);
		(void)sd_bus_emit_signal(b->bus, BUS_PATH, BUS_MANAGER, "NamespaceAdded", "sto",
					 ns->name, ns->id, path);
	}
	if (ns->request && path)
		(void)sd_bus_reply_method_return(ns->request, "ot", path, ns->id);
	ns->request = sd_bus_message_unref(ns->request);
	free(path);
}

void bus_failed(struct bus *b, struct ns_thread *ns)
{
	sd_bus_error e = SD_BUS_ERROR_NULL;

	(void)b;
	if (!ns->request)
		return;
	(void)bus_error(&e, "Failed", "cannot make namespace '%s': %s: %s", ns->name,
			ns->what ? ns->what : "it", strerror(-ns->error));
	(void)sd_bus_reply_method_error(ns->request, &e);
	sd_bus_error_free(&e);
	ns->request = sd_bus_message_unref(ns->request);
}

static int on_destroy(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;
	int r;
	struct ns_thread *ns = take_namespace(b, m, e, &r);

	if (!ns)
		return r;
	r = manager_destroy(b->manager, ns);
	return r < 0 ? bus_error_errno(e, ns->name, r) : sd_bus_reply_method_return(m, NULL);
}

static int on_get(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	int r;
	struct ns_thread *ns = take_namespace(userdata, m, e, &r);

	if (!ns)
		return r;
	char *path = bus_path_of(ns->name);

	r = path ? sd_bus_reply_method_return(m, "o", path) : -ENOMEM;
	free(path);
	return r;
}

static int on_list(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(m, &reply);

	(void)e;
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(stsuo)");
	for (struct ns_thread *ns = NULL; r >= 0 && (ns = manager_next(b->manager, ns));) {
		char *path = bus_path_of(ns->name);

		r = path ? sd_bus_message_append(reply, "(stsuo)", ns->name, ns->id, ns->parent,
						 ns->level, path)
			 : -ENOMEM;
		free(path);
	}
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

static int reply_fd(sd_bus_message *m, sd_bus_error *e, const char *ns, int fd)
{
	if (fd < 0)
		return bus_error_errno(e, ns, fd);
	/* The message has a copy of its own. */
	int r = sd_bus_reply_method_return(m, "h", fd);

	close(fd);
	return r < 0 ? bus_error_errno(e, ns, r) : r;
}

/* A clone of a clone: walks no path, so it does not ask who serves the file system. */
static int on_open_mount(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	int r;
	struct ns_thread *ns = take_namespace(userdata, m, e, &r);

	if (!ns)
		return r;
	if (!IPCNS_WITH_MQUEUE)
		return bus_error_left_out(e, families_left_out(FAMILY_MQUEUE));
	int fd = open_tree(ns->mqueue_fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	return reply_fd(m, e, ns->name, fd < 0 ? -errno : fd);
}

static int on_open_ipc(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	int r;
	struct ns_thread *ns = take_namespace(userdata, m, e, &r);

	if (!ns)
		return r;
	int fd = fcntl(ns->ipc_ns_fd, F_DUPFD_CLOEXEC, 3);

	return reply_fd(m, e, ns->name, fd < 0 ? -errno : fd);
}

static int on_join(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;
	int r, pair[2];
	struct ns_thread *ns = take_namespace(b, m, e, &r);

	if (!ns)
		return r;
	r = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ? -errno : 0;
	if (r == 0) {
		r = manager_add_run(b->manager, ns, pair[0]);
		if (r < 0) {
			close(pair[0]);
			close(pair[1]);
		} else {
			/* The message has a copy of its own. */
			r = sd_bus_reply_method_return(m, "h", pair[1]);
			close(pair[1]);
		}
	}
	if (r >= 0)
		return r;
	/* Of a namespace that does not answer something is said already. */
	if (r != -ETIMEDOUT)
		manager_turned_away(b->manager, ns, -r);
	return bus_error_errno(e, ns->name, r);
}

static int on_attach(sd_bus_message *m, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;
	int r, fd;
	struct ns_thread *ns = take_namespace(b, m, e, &r);

	if (!ns)
		return r;
	r = sd_bus_message_read_basic(m, 'h', &fd);
	if (r < 0)
		return r;
	if (!listener_is(fd))
		return bus_error(
			e, "InvalidListener",
			"the descriptor is no seccomp listener (SECCOMP_FILTER_FLAG_NEW_LISTENER)");
	/* The message's own descriptor goes with the message. */
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return bus_error_errno(e, ns->name, -errno);
	r = manager_add_listener(b->manager, ns, fd, NULL);
	if (r < 0) {
		close(fd);
		return bus_error_errno(e, ns->name, r);
	}
	return sd_bus_reply_method_return(m, NULL);
}

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property,
		       sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
	(void)bus, (void)path, (void)interface, (void)property, (void)userdata, (void)e;
	return sd_bus_message_append(reply, "s", IPCNS_VERSION);
}

static int get_count(sd_bus *bus, const char *path, const char *interface, const char *property,
		     sd_bus_message *reply, void *userdata, sd_bus_error *e)
{
	struct bus *b = userdata;
	uint32_t n = 0;

	(void)bus, (void)path, (void)interface, (void)property, (void)e;
	for (struct ns_thread *ns = NULL; (ns = manager_next(b->manager, ns));)
		n++;
	return sd_bus_message_append(reply, "u", n);
}

const sd_bus_vtable bus_manager_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("CreateNamespace", SD_BUS_ARGS("s", name, "a{sv}", options),
				SD_BUS_RESULT("o", path, "t", id), on_create,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("DestroyNamespace", SD_BUS_ARGS("s", name), SD_BUS_NO_RESULT,
				on_destroy, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("GetNamespace", SD_BUS_ARGS("s", name), SD_BUS_RESULT("o", path),
				on_get, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ListNamespaces", SD_BUS_NO_ARGS,
				SD_BUS_RESULT("a(stsuo)", namespaces), on_list,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("OpenMount", SD_BUS_ARGS("s", name), SD_BUS_RESULT("h", mount),
				on_open_mount, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("OpenIpcNamespace", SD_BUS_ARGS("s", name),
				SD_BUS_RESULT("h", ipc_namespace), on_open_ipc,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("AttachListener", SD_BUS_ARGS("s", name, "h", listener),
				SD_BUS_NO_RESULT, on_attach, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Join", SD_BUS_ARGS("s", name), SD_BUS_RESULT("h", run), on_join,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("NamespaceCount", "u", get_count, 0, 0),
	SD_BUS_SIGNAL_WITH_ARGS("NamespaceAdded", SD_BUS_ARGS("s", name, "t", id, "o", path), 0),
	SD_BUS_SIGNAL_WITH_ARGS("NamespaceRemoved", SD_BUS_ARGS("s", name, "t", id, "o", path), 0),
	SD_BUS_VTABLE_END,
};
