/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Widths are the C library's. Its functions look at the thread's locale; what it is set to is no matter
 * here, because names are UTF-8 on the bus, and so they are printed.
 */
#include "tools/table_text.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* @bytes: how many it has, at least 1. */
static size_t character(const char *text, size_t left, mbstate_t *state, size_t *bytes)
{
	wchar_t c;
	size_t n = mbrtowc(&c, text, left, state);
	int width;

	if (n == 0 || n > left) {
		memset(state, 0, sizeof(*state));
		*bytes = 1;
		return 1;
	}
	*bytes = n;
	width = wcwidth(c);
	return width < 0 ? 1 : (size_t)width;
}

static bool is_ascii(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p >= 0x80)
			return false;
	return true;
}

size_t text_fits(const char *text, size_t *width)
{
	const size_t len = strlen(text);

	if (is_ascii(text)) {
		*width = len < *width ? len : *width;
		return *width;
	}
	/* Without this locale, which glibc always has, a byte counts as a character. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
	size_t at = 0, sum = 0, bytes;
	mbstate_t state = {0};

	while (at < len) {
		const size_t w = character(text + at, len - at, &state, &bytes);

		if (w > *width - sum)
			break;
		sum += w;
		at += bytes;
	}
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	*width = sum;
	return at;
}

size_t text_width(const char *text)
{
	size_t width = (size_t)-1;

	(void)text_fits(text, &width);
	return width;
}
