/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The JSON is json-c's to parse; here is what may stand where. */
#include "daemon/oci_state.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oci_reader {
	struct json_tokener *tok;
	size_t taken;
};

static int bad(char *error, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int bad(char *error, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, size, fmt, ap);
	va_end(ap);
	return -EBADMSG;
}

/* What comes from a configuration of somebody's must not make lines of its own in the log. */
static void printable(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; n + 1 < size && text[n]; n++)
		out[n] = text[n] >= ' ' && text[n] < 0x7f ? text[n] : '?';
	out[n] = 0;
}

/* A string without a NUL inside, which C would see the end in; NULL if it is none. */
static const char *text_of(struct json_object *o)
{
	if (!o || !json_object_is_type(o, json_type_string))
		return NULL;
	const char *s = json_object_get_string(o);

	return strlen(s) == (size_t)json_object_get_string_len(o) ? s : NULL;
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *found = NULL;

	return json_object_object_get_ex(o, key, &found) ? found : NULL;
}

static int take_name(char out[NS_NAME_MAX + 1], const char *name, const char *what, char *error,
		     size_t size)
{
	char shown[80];

	printable(shown, sizeof(shown), name);
	if (!ns_name_valid(name))
		return bad(error, size, "%s '%s' is no namespace name", what, shown);
	memcpy(out, name, strlen(name) + 1);
	return 0;
}

static int take_limit(struct oci_state *out, const char *key, const char *value, char *error,
		      size_t size)
{
	const int id = settings_find(key);
	char shown[80];
	uint64_t n;

	printable(shown, sizeof(shown), key);
	if (id < 0)
		return bad(error, size, "listenerMetadata: there is no '%s'", shown);
	if (settings_left_out((enum setting)id))
		return bad(error, size, "listenerMetadata: '%s': this build has no %s", shown,
			   settings_left_out((enum setting)id));
	if (out->limits.there[id])
		return bad(error, size, "listenerMetadata: '%s' twice", shown);
	if (settings_parse((enum setting)id, value, &n) < 0 ||
	    settings_put(&out->limits, (enum setting)id, n) < 0)
		return bad(error, size, "listenerMetadata: this is no value for '%s'", shown);
	return 0;
}

static int take_pair(struct oci_state *out, char *pair, char *error, size_t size)
{
	char *value = strchr(pair, '=');
	const bool is_name = strncmp(pair, "namespace=", 10) == 0;

	if (!value)
		return bad(error, size, "listenerMetadata: not KEY=VALUE");
	*value++ = 0;
	if (!is_name && strcmp(pair, "parent") != 0)
		return take_limit(out, pair, value, error, size);
	if (is_name ? out->name[0] : out->parent[0])
		return bad(error, size, "listenerMetadata: '%s' twice", pair);
	return take_name(is_name ? out->name : out->parent, value, "listenerMetadata:", error,
			 size);
}

int oci_metadata(const char *text, struct oci_state *out, char *error, size_t size)
{
	char *copy = strdup(text), *rest = copy, *pair;
	int r = copy ? 0 : bad(error, size, "out of memory");

	while (r == 0 && text[0] && (pair = strsep(&rest, ",")))
		r = take_pair(out, pair, error, size);
	free(copy);
	return r;
}

/* Some runtimes leave the list of descriptors away; where it is there it must be the one of ours. */
static int check_fds(struct json_object *fds, char *error, size_t size)
{
	if (!fds)
		return 0;
	if (!json_object_is_type(fds, json_type_array) || json_object_array_length(fds) != 1)
		return bad(error, size, "fds: not one descriptor");

	const char *name = text_of(json_object_array_get_idx(fds, 0));

	return name && strcmp(name, "seccompFd") == 0 ? 0
						      : bad(error, size, "fds: not the seccompFd");
}

/* An annotation that is empty is a wish for one of its own, as to the hook. */
static int choose(struct json_object *root, struct json_object *state, const char *id,
		  struct oci_state *out, char *error, size_t size)
{
	struct json_object *metadata = member(root, "metadata"),
			   *annotations = member(state, "annotations"), *wish;
	const char *text = metadata ? text_of(metadata) : "";
	int r = text ? oci_metadata(text, out, error, size)
		     : bad(error, size, "metadata: not a string");

	out->chosen = OCI_BY_METADATA;
	if (r < 0 || out->name[0])
		return r;
	if (annotations && !json_object_is_type(annotations, json_type_object))
		return bad(error, size, "state.annotations: not an object");
	wish = annotations ? member(annotations, OCI_ANNOTATION) : NULL;
	text = wish ? text_of(wish) : NULL;
	if (wish && !(text && !text[0])) {
		out->chosen = OCI_BY_ANNOTATION;
		return text ? take_name(out->name, text, "annotation " OCI_ANNOTATION ":", error,
					size)
			    : bad(error, size, "annotation " OCI_ANNOTATION ": not a string");
	}
	out->chosen = OCI_BY_ID;
	ns_name_from(id, out->name);
	return 0;
}

static int take(struct json_object *root, struct oci_state *out, char *error, size_t size)
{
	memset(out, 0, sizeof(*out));
	if (!json_object_is_type(root, json_type_object))
		return bad(error, size, "not a JSON object");

	struct json_object *state = member(root, "state");

	if (!json_object_is_type(state, json_type_object))
		return bad(error, size, "state: not an object");

	const char *id = text_of(member(state, "id"));

	if (!id || !id[0] || strlen(id) > OCI_ID_MAX)
		return bad(error, size, "state.id: not 1 to %d characters", OCI_ID_MAX);
	printable(out->id, sizeof(out->id), id);

	int r = check_fds(member(root, "fds"), error, size);

	return r < 0 ? r : choose(root, state, id, out, error, size);
}

struct oci_reader *oci_reader_new(void)
{
	struct oci_reader *r = calloc(1, sizeof(*r));

	if (r)
		r->tok = json_tokener_new();
	if (r && !r->tok) {
		free(r);
		return NULL;
	}
	if (r)
		json_tokener_set_flags(r->tok,
				       JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	return r;
}

void oci_reader_free(struct oci_reader *r)
{
	if (!r)
		return;
	json_tokener_free(r->tok);
	free(r);
}

int oci_reader_feed(struct oci_reader *r, const char *piece, size_t len, struct oci_state *out,
		    char *error, size_t size)
{
	struct json_object *root;

	if (len > OCI_STATE_MAX - r->taken) {
		(void)bad(error, size, "more than %u bytes", OCI_STATE_MAX);
		return -EMSGSIZE;
	}
	if (len == 0)
		return 0;
	r->taken += len;
	root = json_tokener_parse_ex(r->tok, piece, (int)len);
	if (!root) {
		enum json_tokener_error e = json_tokener_get_error(r->tok);

		if (e == json_tokener_continue)
			return 0;
		/* Success without an object is the value null. */
		return bad(error, size, "not JSON: %s", json_tokener_error_desc(e));
	}
	int ret = take(root, out, error, size);

	json_object_put(root);
	return ret < 0 ? ret : 1;
}
