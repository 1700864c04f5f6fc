/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UTF-8 as RFC 3629 has it, which is what D-Bus checks. */
#include "daemon/queue_name.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

/* Return: bytes of the character at @s that may stand as they are; 0: the byte must be written out. */
static size_t plain(const unsigned char *s)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t min;
	} forms[] = {
		{0x80, 0x00, 0x20}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	for (size_t len = 1; len <= 4; len++) {
		if ((s[0] & forms[len - 1].mask) != forms[len - 1].lead)
			continue;
		uint32_t c = s[0] & ~(uint32_t)forms[len - 1].mask;

		for (size_t i = 1; i < len; i++) {
			/* A NUL is not such a byte, so nothing behind it is looked at. */
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (s[i] & 0x3fu);
		}
		/* Too long a form, half of a pair of UTF-16, and C1, which are control characters as well. */
		if (c < forms[len - 1].min || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ||
		    (c >= 0x7f && c < 0xa0) || c == '\\')
			return 0;
		return len;
	}
	return 0;
}

void queue_name_escape(char *out, size_t size, const char *name)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)name;
	size_t n = 0;

	while (*s) {
		const size_t len = plain(s), needs = len ? len : 4;

		if (n + needs >= size)
			break;
		if (len) {
			memcpy(out + n, s, len);
			s += len;
		} else {
			memcpy(out + n, (char[]){'\\', 'x', hex[*s >> 4], hex[*s & 15]}, 4);
			s++;
		}
		n += needs;
	}
	out[n] = 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int queue_name_unescape(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (const char *p = text; *p; p++) {
		int byte = (unsigned char)*p;

		if (*p == '\\') {
			if (p[1] != 'x' || digit(p[2]) < 0 || digit(p[3]) < 0)
				return -EINVAL;
			byte = digit(p[2]) << 4 | digit(p[3]);
			p += 3;
		}
		if (!byte)
			return -EINVAL;
		if (n + 1 >= size)
			return -ENAMETOOLONG;
		out[n++] = (char)byte;
	}
	out[n] = 0;
	return (int)n;
}
