/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The D-Bus face of the service: org.ipcnsd, on the system bus unless told otherwise. All of it runs
 * on the main thread. Without the bus the service goes on, and takes its name again when the bus is
 * back.
 *
 *	bus.c           connection, name, who may call, signals
 *	bus_manager.c   /org/ipcnsd, org.ipcnsd.Manager1
 *	bus_namespace.c /org/ipcnsd/ns/NAME, org.ipcnsd.Namespace1
 *	bus_args.c      arguments and properties that both have
 *
 * docs/dbus.md describes the interfaces.
 */
#ifndef DAEMON_BUS_H
#define DAEMON_BUS_H

#include <systemd/sd-bus.h>

#include "daemon/manager.h"

#define BUS_NAME "org.ipcnsd"
#define BUS_PATH "/org/ipcnsd"
#define BUS_NS_PREFIX "/org/ipcnsd/ns"
#define BUS_MANAGER "org.ipcnsd.Manager1"
#define BUS_NAMESPACE "org.ipcnsd.Namespace1"
#define BUS_ERROR "org.ipcnsd.Error."

/** Which bus: BUS_ADDRESS with an address. */
enum bus_kind { BUS_SYSTEM, BUS_USER, BUS_ADDRESS };

struct bus {
	struct manager *manager;
	sd_event *event;
	enum bus_kind kind;
	const char *address;
	sd_bus *bus; /* NULL: there is none at the moment */
	sd_event_source *retry;
	unsigned failures;
	uid_t own_uid; /* as the bus has it: that is not in our user namespace */
};

/** bus_open() - connect and take the name; hooks of @m become the bus's. Return: 0; negative errno:
 * -EEXIST: another one has the name. */
int bus_open(struct bus *b, struct manager *m, sd_event *event, enum bus_kind kind,
	     const char *address);
void bus_close(struct bus *b);

/* Between the files. */

extern const sd_bus_vtable bus_manager_vtable[];
extern const sd_bus_vtable bus_namespace_vtable[];

/** bus_is_reading() - is this method one that changes nothing and hands out nothing? */
bool bus_is_reading(sd_bus_message *m);

/** bus_path_of() - object path of namespace @name; free(3). NULL without memory. */
char *bus_path_of(const char *name);

/** bus_started(), bus_failed() - answer the CreateNamespace that waits for @ns. */
void bus_started(struct bus *b, struct ns_thread *ns);
void bus_failed(struct bus *b, struct ns_thread *ns);

/** bus_error() - BUS_ERROR + @name. Return: what a handler returns. */
int bus_error(sd_bus_error *e, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/** bus_error_left_out() - the standard error that is EINVAL: @what is not in this build. */
int bus_error_left_out(sd_bus_error *e, const char *what);
/** bus_error_errno() - the error for what a manager_*() returned about namespace @ns. */
int bus_error_errno(sd_bus_error *e, const char *ns, int r);

/** bus_take_settings() - an a{sv} of limits and quotas; where @parent is not NULL also "Parent".
 * Return: >= 0, or negative with @e set. */
int bus_take_settings(sd_bus_message *m, struct settings *s, char parent[NS_NAME_MAX + 1],
		      sd_bus_error *e);
/** bus_put_settings(), bus_put_usage() - an a{st}. Return: negative errno on failure. */
int bus_put_settings(sd_bus_message *reply, const struct settings *s);
int bus_put_usage(sd_bus_message *reply, const struct usage *u);

#endif
