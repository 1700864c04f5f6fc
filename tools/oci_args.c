/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See the header. */
#include "tools/oci_args.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

struct condition {
	unsigned index;
	const char *op;
	uint64_t value, value_two;
};

static const struct {
	const char *op, *opposite;
} comparisons[] = {
	{"SCMP_CMP_NE", "SCMP_CMP_EQ"}, {"SCMP_CMP_EQ", "SCMP_CMP_NE"},
	{"SCMP_CMP_LT", "SCMP_CMP_GE"}, {"SCMP_CMP_GE", "SCMP_CMP_LT"},
	{"SCMP_CMP_LE", "SCMP_CMP_GT"}, {"SCMP_CMP_GT", "SCMP_CMP_LE"},
};

#define MASKED "SCMP_CMP_MASKED_EQ"

static int read_condition(json_object *o, struct condition *c, struct oci_error *e)
{
	json_object *index = oci_get(o, "index"), *value = oci_get(o, "value");
	json_object *two = oci_get(o, "valueTwo");

	if (!json_object_is_type(index, json_type_int) || json_object_get_int64(index) < 0 ||
	    json_object_get_int64(index) > 5 || !json_object_is_type(value, json_type_int) ||
	    (two && !json_object_is_type(two, json_type_int)) || !oci_get_string(o, "op"))
		return oci_fail(e, -EINVAL, "a condition of a rule is not understood: %s",
				json_object_to_json_string(o));
	*c = (struct condition){
		.index = (unsigned)json_object_get_int(index),
		.op = oci_get_string(o, "op"),
		.value = json_object_get_uint64(value),
		.value_two = two ? json_object_get_uint64(two) : 0,
	};
	return 0;
}

/* The "args" of a rule that has this condition only. */
static json_object *alone(const struct condition *c)
{
	json_object *o = json_object_new_object(), *args = json_object_new_array();

	json_object_object_add(o, "index", json_object_new_int((int)c->index));
	json_object_object_add(o, "value", json_object_new_uint64(c->value));
	json_object_object_add(o, "valueTwo", json_object_new_uint64(c->value_two));
	json_object_object_add(o, "op", json_object_new_string(c->op));
	json_object_array_add(args, o);
	return args;
}

/* Adds to @out the conditions of which one holds where @c does not, each as "args". */
static int negate(const struct condition *c, json_object *out, struct oci_error *e)
{
	struct condition n = *c;

	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
		if (strcmp(c->op, comparisons[i].op) != 0)
			continue;
		n.op = comparisons[i].opposite;
		return json_object_array_add(out, alone(&n));
	}
	if (strcmp(c->op, MASKED) != 0)
		return oci_fail(e, -EINVAL, "'%s' is no comparison", c->op);
	/* libseccomp compares masked bits only, also where the value has others. */
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t b = UINT64_C(1) << bit;

		if (!(c->value & b))
			continue;
		n.value = b;
		n.value_two = ~c->value_two & b;
		json_object_array_add(out, alone(&n));
	}
	return 0;
}

int oci_args_rest(json_object *args, json_object *rest, struct oci_error *e)
{
	struct condition c;
	int r;

	if (!json_object_is_type(args, json_type_array))
		return oci_fail(e, -EINVAL, "\"args\" of a rule is no array");
	if (json_object_array_length(args) != 1)
		return oci_fail(e, -EOPNOTSUPP, "it is denied under several conditions at once");
	r = read_condition(json_object_array_get_idx(args, 0), &c, e);
	return r < 0 ? r : negate(&c, rest, e);
}
