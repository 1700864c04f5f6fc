/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small helpers over json-c; see the header. */
#include "tools/oci_json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int oci_fail(struct oci_error *e, int r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return r;
}

json_object *oci_get(json_object *o, const char *key)
{
	json_object *v = NULL;

	if (json_object_is_type(o, json_type_object))
		(void)json_object_object_get_ex(o, key, &v);
	return v;
}

const char *oci_get_string(json_object *o, const char *key)
{
	json_object *v = oci_get(o, key);

	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : NULL;
}

bool oci_empty(json_object *o)
{
	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, v)
		{
			(void)key;
			if (!oci_empty(v))
				return false;
		}
		return true;
	}
	if (json_object_is_type(o, json_type_array))
		return json_object_array_length(o) == 0;
	if (json_object_is_type(o, json_type_string))
		return json_object_get_string_len(o) == 0;
	return json_object_is_type(o, json_type_null);
}

bool oci_has_string(json_object *a, const char *text)
{
	if (!json_object_is_type(a, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(a); i++) {
		json_object *v = json_object_array_get_idx(a, i);

		if (json_object_is_type(v, json_type_string) &&
		    strcmp(json_object_get_string(v), text) == 0)
			return true;
	}
	return false;
}
