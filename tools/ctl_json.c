/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* D-Bus values as JSON: dictionaries become objects, arrays and structs arrays. */
#include <ctype.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "tools/ctl.h"

static json_object *basic(sd_bus_message *m, char type)
{
	union {
		uint8_t y;
		int b;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
		double d;
		const char *s;
	} v = {0};

	if (sd_bus_message_read_basic(m, type, &v) < 0)
		return NULL;
	switch (type) {
	case 'y':
		return json_object_new_int(v.y);
	case 'b':
		return json_object_new_boolean(v.b);
	case 'n':
		return json_object_new_int(v.n);
	case 'q':
		return json_object_new_int(v.q);
	case 'i':
		return json_object_new_int(v.i);
	case 'u':
		return json_object_new_int64(v.u);
	case 'x':
		return json_object_new_int64(v.x);
	case 't':
		/* A quota that is none. JSON's numbers are doubles to many, which cannot hold this one. */
		return v.t == UINT64_MAX ? NULL : json_object_new_uint64(v.t);
	case 'd':
		return json_object_new_double(v.d);
	case 's':
	case 'o':
	case 'g':
		return json_object_new_string(v.s);
	default:
		return NULL;
	}
}

static json_object *dictionary(sd_bus_message *m, const char *entry)
{
	json_object *o = json_object_new_object();

	while (sd_bus_message_enter_container(m, 'e', entry) > 0) {
		const char *key = NULL;

		if (sd_bus_message_read_basic(m, entry[0], &key) < 0)
			break;
		json_object_object_add(o, key, ctl_json(m));
		if (sd_bus_message_exit_container(m) < 0)
			break;
	}
	return o;
}

static json_object *sequence(sd_bus_message *m)
{
	json_object *a = json_object_new_array();

	while (!sd_bus_message_at_end(m, 0))
		json_object_array_add(a, ctl_json(m));
	return a;
}

json_object *ctl_json(sd_bus_message *m)
{
	json_object *o;
	const char *inner;
	char type, entry[256];

	if (sd_bus_message_peek_type(m, &type, &inner) <= 0)
		return NULL;
	if (!strchr("avr", type))
		return basic(m, type);
	if (sd_bus_message_enter_container(m, type, inner) < 0)
		return NULL;
	size_t len = inner ? strlen(inner) : 0;

	if (type == 'a' && inner[0] == '{' && len < sizeof(entry)) {
		snprintf(entry, sizeof(entry), "%.*s", (int)len - 2, inner + 1);
		/* Keys of ours are strings or paths. */
		o = dictionary(m, entry);
	} else if (type == 'v') {
		o = ctl_json(m);
	} else {
		o = sequence(m);
	}
	(void)sd_bus_message_exit_container(m);
	return o;
}

json_object *ctl_snake_case(json_object *properties)
{
	json_object *o = json_object_new_object();

	json_object_object_foreach(properties, key, v)
	{
		char name[128];
		size_t n = 0;

		for (const char *p = key; *p && n < sizeof(name) - 2; p++) {
			if (isupper((unsigned char)*p) && p > key)
				name[n++] = '_';
			name[n++] = (char)tolower((unsigned char)*p);
		}
		name[n] = 0;
		json_object_object_add(o, name, json_object_get(v));
	}
	return o;
}

int ctl_print_json(json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	return CTL_OK;
}
