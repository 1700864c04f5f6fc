/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Read as a whole, because what is behind the object counts as well: nothing may be. */
#include "tools/oci_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE_LIMIT (16u << 20)

static int read_all(int fd, char **text, size_t *len)
{
	size_t size = 0;

	*text = NULL;
	*len = 0;
	for (;;) {
		ssize_t n;

		if (*len == size) {
			size = size ? size * 2 : 64 << 10;
			char *more = size > SIZE_LIMIT ? NULL : realloc(*text, size);

			if (!more)
				return size > SIZE_LIMIT ? -EFBIG : -ENOMEM;
			*text = more;
		}
		n = read(fd, *text + *len, size - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		*len += (size_t)n;
	}
}

static int parse(const char *text, size_t len, json_object **out, struct oci_error *e)
{
	struct json_tokener *tok = json_tokener_new();
	enum json_tokener_error err;
	size_t end;

	if (!tok)
		return oci_fail(e, -ENOMEM, "no memory");
	*out = json_tokener_parse_ex(tok, text, (int)len);
	err = json_tokener_get_error(tok);
	end = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	while (end < len && isspace((unsigned char)text[end]))
		end++;
	if (err == json_tokener_success && end == len &&
	    json_object_is_type(*out, json_type_object))
		return 0;
	json_object_put(*out);
	*out = NULL;
	return oci_fail(
		e, -EINVAL, "it is no JSON object (%s at byte %zu)",
		err == json_tokener_success ? "something else" : json_tokener_error_desc(err), end);
}

int oci_read(int fd, json_object **out, struct oci_error *e)
{
	char *text;
	size_t len;
	int r = read_all(fd, &text, &len);

	*out = NULL;
	if (r < 0)
		oci_fail(e, r, "cannot read it: %s", strerror(-r));
	else
		r = parse(text, len, out, e);
	free(text);
	return r;
}

int oci_write(FILE *f, json_object *o)
{
	const char *text = json_object_to_json_string_ext(
		o,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		return -ENOMEM;
	errno = 0;
	if (fputs(text, f) < 0 || fputc('\n', f) < 0 || fflush(f) != 0)
		return errno ? -errno : -EIO;
	return 0;
}
