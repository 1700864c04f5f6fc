/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors, and dictionaries of numbers. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bus.h"

int bus_error(sd_bus_error *e, const char *name, const char *fmt, ...)
{
	char full[64], text[256];
	va_list ap;

	snprintf(full, sizeof(full), BUS_ERROR "%s", name);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return sd_bus_error_set(e, full, text);
}

int bus_error_errno(sd_bus_error *e, const char *ns, int r)
{
	switch (-r) {
	case ETIMEDOUT:
		return bus_error(e, "Busy", "namespace '%s' does not answer", ns);
	case EBUSY:
		return bus_error(e, "HasChildren", "namespace '%s' has children", ns);
	case EMFILE:
	case ENFILE:
		return bus_error(e, "Failed",
				 "namespace '%s': the service has no descriptors left: %s", ns,
				 strerror(-r));
	default:
		return bus_error(e, "Failed", "%s: %s", ns, strerror(-r));
	}
}

int bus_error_left_out(sd_bus_error *e, const char *what)
{
	return sd_bus_error_setf(e, SD_BUS_ERROR_INVALID_ARGS, "%s: left out of this build", what);
}

char *bus_path_of(const char *name)
{
	char *path = NULL;

	return sd_bus_path_encode(BUS_NS_PREFIX, name, &path) < 0 ? NULL : path;
}

/* Any integer that is not negative, or its text. */
static int take_number(sd_bus_message *m, enum setting id, uint64_t *out)
{
	const char *type;
	char t;
	int r = sd_bus_message_peek_type(m, NULL, &type);
	union {
		uint8_t y;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
		const char *s;
	} v = {0};
	int64_t n;

	if (r < 0)
		return r;
	t = type[0];
	if (!t || type[1] || !strchr("ynqiuxts", t))
		return -EINVAL;
	r = sd_bus_message_enter_container(m, 'v', type);
	if (r >= 0)
		r = sd_bus_message_read_basic(m, t, &v);
	if (r < 0)
		return r;
	switch (t) {
	case 's':
		r = settings_parse(id, v.s, out);
		break;
	case 'n':
	case 'i':
	case 'x':
		n = t == 'n' ? v.n : t == 'i' ? v.i : v.x;
		r = n < 0 ? -ERANGE : 0;
		*out = (uint64_t)n;
		break;
	default:
		*out = t == 'y' ? v.y : t == 'q' ? v.q : t == 'u' ? v.u : v.t;
	}
	if (r < 0)
		return r;
	return sd_bus_message_exit_container(m);
}

static int take_parent(sd_bus_message *m, char parent[NS_NAME_MAX + 1], sd_bus_error *e)
{
	const char *name;

	if (sd_bus_message_read(m, "v", "s", &name) < 0)
		return bus_error(e, "InvalidOption", "Parent is a string");
	if (!ns_name_valid(name))
		return bus_error(e, "InvalidName", "'%.100s' is no namespace name", name);
	snprintf(parent, NS_NAME_MAX + 1, "%s", name);
	return 0;
}

static int take_one(sd_bus_message *m, struct settings *s, char *parent, sd_bus_error *e)
{
	uint64_t n, min, max;
	const char *key;
	int r = sd_bus_message_read_basic(m, 's', &key);

	if (r < 0)
		return r;
	if (parent && strcmp(key, "Parent") == 0) {
		if (parent[0])
			return bus_error(e, "InvalidOption", "Parent is given twice");
		return take_parent(m, parent, e);
	}
	int id = settings_find(key);

	if (id < 0)
		return bus_error(e, parent ? "InvalidOption" : "InvalidLimit",
				 "there is no limit or quota '%.100s'", key);
	if (settings_left_out(id))
		return bus_error_left_out(e, settings_left_out(id));
	if (s->there[id])
		return bus_error(e, "InvalidLimit", "%s is given twice", key);
	r = take_number(m, id, &n);
	if (r == -EINVAL)
		return bus_error(e, "InvalidLimit", "%s is not a number", key);
	if (r < 0 && r != -ERANGE)
		return r;
	settings_range(id, &min, &max);
	if (r == -ERANGE || settings_put(s, id, n) < 0)
		return bus_error(e, "InvalidLimit", "%s is %llu to %llu", key,
				 (unsigned long long)min, (unsigned long long)max);
	return 0;
}

int bus_take_settings(sd_bus_message *m, struct settings *s, char parent[NS_NAME_MAX + 1],
		      sd_bus_error *e)
{
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	memset(s, 0, sizeof(*s));
	if (parent)
		parent[0] = 0;
	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = take_one(m, s, parent, e);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_put_settings(sd_bus_message *reply, const struct settings *s)
{
	int r = sd_bus_message_open_container(reply, 'a', "{st}");

	for (int i = 0; r >= 0 && i < SETTINGS; i++)
		if (s->there[i] && !settings_left_out(i))
			r = sd_bus_message_append(reply, "{st}", settings_name(i), s->value[i]);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

int bus_put_usage(sd_bus_message *reply, const struct usage *u)
{
	int r = sd_bus_message_open_container(reply, 'a', "{st}");

	for (int i = 0; r >= 0 && i < FAMILIES; i++) {
		char objects[32], bytes[32];

		snprintf(objects, sizeof(objects), "%s_objects", families_name(i));
		snprintf(bytes, sizeof(bytes), "%s_bytes", families_name(i));
		r = sd_bus_message_append(reply, "{st}{st}", objects, u->objects[i], bytes,
					  u->bytes[i]);
	}
	if (r >= 0)
		r = sd_bus_message_append(reply, "{st}{st}", "parked_calls", u->parked, "listeners",
					  u->listeners);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}
