/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files that read and edit containers' JSON share (oci_*.c): how they look things up, and how
 * they say what is wrong. None of them does any I/O or prints.
 */
#ifndef TOOLS_OCI_JSON_H
#define TOOLS_OCI_JSON_H

#include <json-c/json.h>
#include <stdbool.h>

/** struct oci_error - one line for the user, without the name of the file that it is about. */
struct oci_error {
	char text[256];
};

/** oci_fail() - store the line. Return: @r, for `return oci_fail(...)`. */
int oci_fail(struct oci_error *e, int r, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** oci_get() - member @key of object @o, borrowed; NULL: none, or null, or @o is no object. */
json_object *oci_get(json_object *o, const char *key);

/** oci_get_string() - as oci_get(), of a string; NULL also when it is something else. */
const char *oci_get_string(json_object *o, const char *key);

/** oci_empty() - is @o nothing, or an object or array in which there is nothing, at any depth? */
bool oci_empty(json_object *o);

/** oci_has_string() - is @text among the strings of array @a (may be NULL)? */
bool oci_has_string(json_object *a, const char *text);

#endif
