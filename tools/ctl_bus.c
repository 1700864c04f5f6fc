/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to the service, and what its errors mean to the user. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "tools/ctl.h"
#include "tools/run.h"

#define SERVICE "org.ipcnsd"
/* Creating takes longest; the service itself gives up on a namespace much earlier. */
#define TIMEOUT_US 30000000u

int ctl_connect(struct ctl *c)
{
	int r;

	if (c->bus)
		return 0;
	if (c->user)
		return sd_bus_open_user(&c->bus);
	if (!c->address)
		return sd_bus_open_system(&c->bus);
	r = sd_bus_new(&c->bus);
	if (r >= 0)
		r = sd_bus_set_address(c->bus, c->address);
	if (r >= 0)
		r = sd_bus_set_bus_client(c->bus, 1);
	if (r >= 0)
		r = sd_bus_negotiate_fds(c->bus, 1);
	if (r >= 0)
		r = sd_bus_start(c->bus);
	if (r < 0)
		c->bus = sd_bus_unref(c->bus);
	return r < 0 ? r : 0;
}

void ctl_disconnect(struct ctl *c)
{
	c->bus = sd_bus_flush_close_unref(c->bus);
}

char *ctl_path(const char *name)
{
	char *path = NULL;

	return sd_bus_path_encode(CTL_NS_PREFIX, name, &path) < 0 ? NULL : path;
}

/* The bus's own refusal names rules of its policy, which say nothing to a user. */
static bool is_policys(const sd_bus_error *e)
{
	return sd_bus_error_has_name(e, SD_BUS_ERROR_ACCESS_DENIED);
}

/* @m: what was sent. */
static int explain(sd_bus_message *m, const sd_bus_error *e, int r)
{
	static const char *const absent[] = {
		"org.freedesktop.DBus.Error.ServiceUnknown",
		"org.freedesktop.DBus.Error.NameHasNoOwner",
		"org.freedesktop.DBus.Error.Disconnected",
	};
	/* How activation fails: by the bus itself, or by systemd (disabled, masked, failed). */
	static const char *const not_started[] = {
		"org.freedesktop.DBus.Error.Spawn.",
		"org.freedesktop.DBus.Error.TimedOut",
		"org.freedesktop.systemd1.",
	};

	if (!e->name) {
		say("the service does not answer: %s", strerror(-r));
		return CTL_NO_SERVICE;
	}
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		if (strcmp(e->name, absent[i]) == 0) {
			say("the service ipcnsd does not run");
			return CTL_NO_SERVICE;
		}
	}
	for (size_t i = 0; i < sizeof(not_started) / sizeof(not_started[0]); i++) {
		if (strncmp(e->name, not_started[i], strlen(not_started[i])) == 0) {
			say("the service ipcnsd does not run, and cannot be started: %s",
			    e->message ? e->message : e->name);
			return CTL_NO_SERVICE;
		}
	}
	/* What the path of an object that has gone gives. */
	if (sd_bus_error_has_name(e, SD_BUS_ERROR_UNKNOWN_OBJECT)) {
		char *name = NULL;

		if (sd_bus_path_decode(sd_bus_message_get_path(m), CTL_NS_PREFIX, &name) > 0)
			say("there is no namespace '%s'", name);
		else
			say("there is no such namespace");
		free(name);
		return CTL_NOT_FOUND;
	}
	if (is_policys(e))
		say("permission denied: the service is for root, and for members of the group "
		    "ipcnsd, who may "
		    "look at all and change nothing");
	else
		say("%s", e->message ? e->message : e->name);
	if (sd_bus_error_has_name(e, "org.ipcnsd.Error.NoSuchNamespace") ||
	    sd_bus_error_has_name(e, "org.ipcnsd.Error.NoSuchObject"))
		return CTL_NOT_FOUND;
	if (is_policys(e) || sd_bus_error_has_name(e, "org.ipcnsd.Error.AccessDenied"))
		return CTL_DENIED;
	return CTL_FAILED;
}

static int need_bus(struct ctl *c)
{
	int r = ctl_connect(c);

	if (r == 0)
		return CTL_OK;
	say("cannot connect to the %s: %s", c->address || c->user ? "bus" : "system bus",
	    strerror(-r));
	return CTL_NO_SERVICE;
}

int ctl_send(struct ctl *c, sd_bus_message *m, sd_bus_message **reply)
{
	sd_bus_error e = SD_BUS_ERROR_NULL;
	int r = sd_bus_call(c->bus, m, TIMEOUT_US, &e, reply);
	int status = CTL_OK;

	if (r < 0 && c->awaited && sd_bus_error_has_name(&e, c->awaited))
		status = CTL_AWAITED;
	else if (r < 0)
		status = explain(m, &e, r);

	sd_bus_error_free(&e);
	sd_bus_message_unref(m);
	return status;
}

int ctl_call(struct ctl *c, const char *path, const char *interface, const char *method,
	     sd_bus_message **reply, const char *types, ...)
{
	sd_bus_message *m = NULL;
	int status = need_bus(c), r;
	va_list ap;

	if (status != CTL_OK)
		return status;
	r = sd_bus_message_new_method_call(c->bus, &m, SERVICE, path, interface, method);
	va_start(ap, types);
	if (r >= 0 && types)
		r = sd_bus_message_appendv(m, types, ap);
	va_end(ap);
	if (r >= 0 && c->no_start)
		r = sd_bus_message_set_auto_start(m, 0);
	if (r < 0) {
		sd_bus_message_unref(m);
		say("cannot make a message: %s", strerror(-r));
		return CTL_FAILED;
	}
	return ctl_send(c, m, reply);
}

int ctl_join(struct ctl *c, const char *name, bool quiet)
{
	sd_bus_message *m = NULL, *reply = NULL;
	sd_bus_error e = SD_BUS_ERROR_NULL;
	int fd = -1, r = ctl_connect(c);

	if (r < 0 && !quiet)
		(void)need_bus(c);
	if (r >= 0)
		r = sd_bus_message_new_method_call(c->bus, &m, SERVICE, CTL_PATH, CTL_MANAGER,
						   "Join");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", name);
	if (r >= 0)
		r = sd_bus_message_set_auto_start(m, 0);
	if (r >= 0) {
		r = sd_bus_call(c->bus, m, TIMEOUT_US, &e, &reply);
		if (r < 0 && !quiet)
			(void)explain(m, &e, r);
	}
	if (r >= 0 && sd_bus_message_read(reply, "h", &fd) >= 0)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	sd_bus_error_free(&e);
	sd_bus_message_unref(m);
	sd_bus_message_unref(reply);
	ctl_disconnect(c);
	return fd;
}

int ctl_append_limits(sd_bus_message *m, const char *parent, int n, char **assignments)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0 && parent)
		r = sd_bus_message_append(m, "{sv}", "Parent", "s", parent);
	for (int i = 0; r >= 0 && i < n; i++) {
		char *value = strchr(assignments[i], '=');

		*value++ = 0;
		r = sd_bus_message_append(m, "{sv}", assignments[i], "s", value);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}
