/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ipcnsctl's verbs that talk to the service. What the service answers becomes JSON first, whatever
 * it is (ctl_json.c); tables are made of that, so --json and a table never tell different things.
 */
#ifndef TOOLS_CTL_H
#define TOOLS_CTL_H

#include <stdbool.h>

/* Theirs, so that a build without D-Bus needs neither library's headers. */
typedef struct json_object json_object;
typedef struct sd_bus sd_bus;
typedef struct sd_bus_message sd_bus_message;

#define CTL_PATH "/org/ipcnsd"
#define CTL_NS_PREFIX "/org/ipcnsd/ns"
#define CTL_MANAGER "org.ipcnsd.Manager1"
#define CTL_NAMESPACE "org.ipcnsd.Namespace1"

/** Exit statuses of these verbs; run and exec have those of tools/run.h. */
enum ctl_status {
	CTL_OK = 0,
	CTL_FAILED = 1,
	CTL_USAGE = 2,
	CTL_NO_SERVICE = 3,
	CTL_NOT_FOUND = 4,
	CTL_DENIED = 5,
	/* Between these files only: the error that struct ctl's @awaited names, of which nothing was said. */
	CTL_AWAITED = -1,
};

/** struct ctl - options that all verbs have, and the connection once it is made. */
struct ctl {
	bool json, quiet, user;
	bool no_start;	      /* ctl_call() does not have the bus start the service */
	const char *address;  /* NULL: the system's bus */
	const char *parent;   /* create --parent */
	const char *name;     /* run, oci-profile --name */
	const char *segments; /* run --segments */
	const char *shim;     /* run, exec --shim: "" or a file */
	/* oci-profile; @no_flags is "" if it was given */
	const char *base, *format, *metadata, *no_flags, *socket;
	const char *awaited; /* name of an error that ctl_send() leaves to its caller; NULL: none */
	sd_bus *bus;
};

/** ctl_connect() - Return: 0 or negative errno; says nothing. */
int ctl_connect(struct ctl *c);
/** ctl_disconnect() - also when there is no connection. */
void ctl_disconnect(struct ctl *c);

/** ctl_call() - a method of the service; @types and what follows as sd_bus_message_append().
 * Return: CTL_OK with *@reply (may be NULL), or another enum ctl_status after saying why. */
int ctl_call(struct ctl *c, const char *path, const char *interface, const char *method,
	     sd_bus_message **reply, const char *types, ...);

/** ctl_send() - the same for a message that the caller has made; it is unreferenced. */
int ctl_send(struct ctl *c, sd_bus_message *m, sd_bus_message **reply);

/** ctl_append_limits() - an a{sv} of @n texts LIMIT=VALUE (which are cut in two) and, unless NULL,
 * the parent. Return: negative errno on failure. */
int ctl_append_limits(sd_bus_message *m, const char *parent, int n, char **assignments);

/** ctl_path() - object path of namespace @name, or NULL (no memory). free(3). */
char *ctl_path(const char *name);

/** ctl_join() - a connection for a run (daemon/run_proto.h) to @name. Never starts the service.
 * @quiet: say nothing. Return: descriptor, or -1. */
int ctl_join(struct ctl *c, const char *name, bool quiet);

/** ctl_valid_name() - says so if @name is none: it goes into socket addresses, file names and object
 * paths. */
bool ctl_valid_name(const char *name);

/** ctl_valid_family() - the same for msg, sem, shm, mqueue. */
bool ctl_valid_family(const char *name);

/** ctl_json() - the next argument of @m. NULL at the end or when it cannot be read. */
json_object *ctl_json(sd_bus_message *m);
/** ctl_snake_case() - a copy of @properties with its own keys as JSON has them elsewhere: IpcNamespace
 * becomes ipc_namespace. */
json_object *ctl_snake_case(json_object *properties);
/** ctl_print_json() - and release. Return: CTL_OK. */
int ctl_print_json(json_object *o);

/** ctl_is_ours() - is some namespace's file system what is seen at @path? */
bool ctl_is_ours(const char *path);
/** ctl_is_mounted() - is it the queues' view of the superblock that mount @tree is of? If so, *@read_only
 * tells how. */
bool ctl_is_mounted(int tree, const char *path, bool *read_only);
/** ctl_attach() - mount @tree at @path, of which links are followed as mount(8) does. Return: 0;
 * -ENOTDIR; -ENOENT; other negative errno of move_mount(2). */
int ctl_attach(int tree, const char *path);

/* Verbs: arguments behind options. Return: enum ctl_status. */
int ctl_list(struct ctl *c, int argc, char **argv);
int ctl_show(struct ctl *c, int argc, char **argv);
int ctl_objects(struct ctl *c, int argc, char **argv);
int ctl_limits(struct ctl *c, int argc, char **argv);
int ctl_create(struct ctl *c, int argc, char **argv);
int ctl_destroy(struct ctl *c, int argc, char **argv);
int ctl_rm(struct ctl *c, int argc, char **argv);
int ctl_mount(struct ctl *c, int argc, char **argv);
int ctl_umount(struct ctl *c, int argc, char **argv);
int ctl_oci_profile(struct ctl *c, int argc, char **argv);
int ctl_doctor(struct ctl *c, int argc, char **argv);
int ctl_version(struct ctl *c, int argc, char **argv);

/** mount_helper() - be mount.ipcns, as mount(8) calls it. Return: mount(8)'s exit status. */
int mount_helper(int argc, char **argv);

#endif
